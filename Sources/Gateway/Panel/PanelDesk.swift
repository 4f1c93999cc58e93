// What the panel's handlers share: eyes, archive, live feed, and who asks.

import HTTPFace
import Hummingbird
import NIOCore
import Panel

struct PanelDesk: Sendable {
    let web: WebDesk
    let eye: PanelEye
    let archive: PanelArchive
    let thread: PanelThread

    init(_ settings: PanelSettings, safetyLog: String?, web: WebDesk) {
        self.web = web
        eye = PanelEye(settings, safetyLog: safetyLog)
        archive = PanelArchive(safetyLog: safetyLog)
        thread = PanelThread(eye)
    }

    func stop() {
        thread.stop()
        archive.stop()
    }

    /// - Throws: `HTTPFault` 401, 421, 429 or 503.
    func viewer(_ request: Request, _ context: WebContext) async throws -> WebDesk.Visitor {
        let visitor = try await web.visitor(request, context.channel)
        try await web.enter(visitor)
        return visitor
    }
}
