// What the panel's handlers share: eyes, archive, live feed, and who asks.

import FireLogic
import HTTPFace
import Hummingbird
import NIOCore
import Panel
import StatusFeed
import Users

struct PanelDesk: Sendable {
    let web: WebDesk
    let eye: PanelEye
    let archive: PanelArchive
    let thread: PanelThread
    let login: PanelLogin
    /// Who tells people of fires; nil: nobody is told.
    let notify: NotifyThread?
    /// The origin of a page that may show the panel inside of it.
    let framedBy: String?

    init(
        _ settings: PanelSettings, safetyLog: String?, serviceLog: String, web: WebDesk,
        notify: NotifyThread?
    ) {
        self.notify = notify
        self.web = web
        framedBy = settings.framedBy
        login = PanelLogin(web: web, looksLocally: settings.looksLocally)
        eye = PanelEye(settings, safetyLog: safetyLog, serviceLog: serviceLog)
        archive = PanelArchive(safetyLog: safetyLog, serviceLog: serviceLog)
        thread = PanelThread(eye)
    }

    func stop() {
        thread.stop()
        archive.stop()
    }

    /// Somebody who may do so much.
    /// - Throws: `HTTPFault` 401, 403, 421, 429 or 503.
    func viewer(
        _ request: Request, _ context: WebContext, _ level: PanelLevel
    ) async throws -> Viewer {
        guard let viewer = try await login.whoever(request, context) else {
            throw HTTPFault(.unauthorized, "log in with user and password")
        }
        guard let own = viewer.level, own >= level else {
            if viewer.user == nil {
                throw HTTPFault(.unauthorized, "log in with user and password")
            }
            throw HTTPFault(
                .forbidden,
                "that needs level \(level.rawValue); yours is \(viewer.level?.rawValue ?? 0)")
        }
        try await web.enter(viewer.visitor)
        return viewer
    }

    /// Whether the gateway's own log takes records.
    func isLogGood() async throws -> Bool {
        let desk = web.desk
        return try await web.loop.submit {
            desk.value.input?.troubles().contains(.logFails) != true
        }.get()
    }

    /// Asks the controller; nil: no answer came.
    func ask(_ request: OperatorRequest) async -> InputAnswer.Outcome? {
        let desk = web.desk
        return await withCheckedContinuation { continuation in
            web.loop.execute {
                guard let input = desk.value.input else {
                    return continuation.resume(returning: nil)
                }
                input.send(request) { continuation.resume(returning: $0) }
            }
        }
    }
}
