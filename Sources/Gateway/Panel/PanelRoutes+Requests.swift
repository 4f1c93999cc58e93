// What a person at the panel asks of the controller, and that he has seen an event. Each is written into
// the gateway's audit with the person and how things stood before and after; the controller writes it
// into its own. Nothing here waits in the controller: it answers when it has decided, or not at all.

import FireLogic
import HTTPFace
import HTTPTypes
import Hummingbird
import KafkaServer
import NIOCore
import Panel
import StatusFeed
import Users

extension PanelRoutes {
    /// Looks, ten milliseconds apart, until the controller's page shows what was done.
    private static let mostLooks = 100

    /// Somebody who may do so much, in a session.
    /// - Throws: `HTTPFault` 401, 403 or 429.
    private func person(_ request: Request, _ context: WebContext) async throws -> Viewer {
        let viewer = try await desk.viewer(request, context, .operate)
        try desk.login.mayChange(request, viewer)
        return viewer
    }

    func ask(
        _ route: PanelRoute, _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let viewer = try await person(request, context)
        let body = try await body(request)
        let view = desk.eye.look()
        guard let site = view.site, let page = view.page, site.fits(page) else {
            throw Self.nothingYet
        }
        let wish: PanelRequest
        do throws(PanelRequest.Flaw) {
            wish = try PanelRequest(route, body, site)
        } catch {
            throw HTTPFault(error.isUnknown ? .notFound : .badRequest, error.text)
        }
        let user = viewer.user ?? ""
        var who = OperatorName(user)
        // Records tell the panel on the wall and the timer apart from people by these names.
        if who == .panel || who == .timer { who = OperatorName("web:\(user)") }
        let outcome = await desk.ask(
            OperatorRequest(wish.operation, who: who, origin: .remote))
        var entry = AuditEntry(
            .panelRequest, user: user, address: viewer.address,
            detail: "\(wish.text): \(Self.word(outcome))")
        entry.before = wish.standing(page, site)
        entry.after = entry.before
        if outcome == .decided(.done) {
            let after = await pageAfter(page)
            entry.after = site.fits(after) ? wish.standing(after, site) : "unknown"
        }
        desk.login.audit(entry)
        return try Self.response(outcome, wish)
    }

    /// The first page that the controller has written since.
    private func pageAfter(_ page: StatusSnapshot) async -> StatusSnapshot {
        for _ in 0..<Self.mostLooks {
            let now = desk.eye.look(atMost: .zero).page ?? page
            if now.ticks != page.ticks || now.processID != page.processID { return now }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return page
    }

    private static func word(_ outcome: InputAnswer.Outcome?) -> String {
        switch outcome {
        case .decided(let decided): "\(decided)"
        case .tooMany: "busy"
        case nil: "unreachable"
        case .malformed, .unknownDetector, .notNetworkDetector: "refused"
        }
    }

    /// - Throws: `HTTPFault` for what was not done.
    private static func response(
        _ outcome: InputAnswer.Outcome?, _ wish: PanelRequest
    ) throws -> Response {
        switch outcome {
        case .decided(.done):
            return .json(
                JsonBytes.object { json in
                    json.field("outcome", "done")
                    json.field("text", "done: \(wish.text)")
                })
        case .decided(.notAllowed):
            throw HTTPFault(
                .forbidden,
                "the site does not let this be asked for from afar: 'remote' in its site file says"
                    + " what may be; the panel on the wall may")
        case .decided(.unknownTarget):
            throw HTTPFault(.notFound, "the controller knows no such detector, zone or floor")
        case .decided(.outOfRange):
            throw HTTPFault(.badRequest, "the time is out of range")
        case .decided(.detectorInAlarm):
            throw HTTPFault(
                .conflict,
                "a detector of the floor still reports fire: ending the test would release water")
        case .tooMany:
            throw HTTPFault(.tooMany, "the controller takes no more just now", retryAfter: 1)
        case .malformed, .unknownDetector, .notNetworkDetector:
            throw HTTPFault(.conflict, "the controller did not understand it")
        case nil:
            throw HTTPFault(
                .unavailable,
                "the controller does not answer: look whether standpipe-controller runs",
                retryAfter: 5)
        }
    }

    func acknowledge(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try await person(request, context)
        let body = try await body(request)
        let number: Int64
        do throws(PanelRequest.Flaw) {
            number = try PanelRequest.event(body)
        } catch {
            throw HTTPFault(.badRequest, error.text)
        }
        switch desk.eye.acknowledge(number) {
        case .unknown: throw HTTPFault(.notFound, "there is no event \(number)")
        case .already: break
        case .done(let event):
            // Nobody else is called for it.
            if let episode = event.fields?.episode {
                desk.notify?.acknowledge(episode: episode, by: viewer.user ?? "")
            }
            var entry = AuditEntry(
                .panelAcknowledged, user: viewer.user ?? "", address: viewer.address,
                detail: event.key)
            entry.before = "unacknowledged"
            entry.after = "acknowledged"
            entry.number = number
            desk.login.audit(entry)
        }
        return .json(
            JsonBytes.object { json in
                json.field("outcome", "done")
                json.field("text", "event \(number) is acknowledged")
            })
    }
}
