// The panel's routes on the gateway's HTTP server: the table is `PanelRoute`, here is what each does.
// Who asks is settled first (PanelDesk); what is answered is made by module Panel.

import FireLogic
import HTTPFace
import HTTPTypes
import Hummingbird
import NIOCore
import Panel
import StatusFeed
import Users

struct PanelRoutes: Sendable {
    let desk: PanelDesk
    private let pages: PanelPages

    init(desk: PanelDesk) {
        self.desk = desk
        pages = PanelPages(framedBy: desk.framedBy)
    }

    func add(to router: Router<WebContext>) {
        for route in PanelRoute.allCases {
            guard let method = HTTPRequest.Method(route.method) else { continue }
            router.on(RouterPath(route.path), method: method) { request, context in
                try await answer(route, request, context)
            }
        }
    }

    private func answer(
        _ route: PanelRoute, _ request: Request, _ context: WebContext
    ) async throws -> Response {
        switch route {
        case .page: return try pages.response("index.html", request)
        case .file: return try pages.response(context.parameters.get("file") ?? "", request)
        case .session:
            try await desk.web.enter(WebDesk.Visitor(channel: context.channel, user: ""))
            return try await session(try await desk.login.whoever(request, context), request)
        case .logIn: return try await logIn(request, context)
        case .logOut: return try await logOut(request, context)
        case .acknowledge: return try await acknowledge(request, context)
        case .silence, .reset, .disable, .enable, .walkTest:
            return try await ask(route, request, context)
        case .auditCSV: return try await audit(request, context, asCSV: true)
        case .auditJSON: return try await audit(request, context, asCSV: false)
        case .openAPI: return try pages.response("openapi.json", request)
        case .health: return try await health(context)
        case .site, .state, .live, .events, .floors, .floor, .detectors, .detector, .history,
            .report, .metrics:
            _ = try await desk.viewer(request, context, .look)
            return try await look(route, request, context)
        }
    }

    /// What anybody who may look can see.
    private func look(
        _ route: PanelRoute, _ request: Request, _ context: WebContext
    ) async throws -> Response {
        switch route {
        case .site: return try site(request)
        case .state:
            let view = desk.eye.look()
            return .json(view.state.json(at: view.clock))
        case .live: return try live(context)
        case .events: return try await events(request)
        case .floors: return try floors()
        case .floor: return try floor(context)
        case .detectors: return try detectors(request)
        case .detector: return try detector(context)
        case .history: return try await history(request, context)
        case .report: return try await report(request)
        case .metrics: return metrics()
        default: throw HTTPFault(.notFound, "there is nothing here")
        }
    }

    // What is there

    private func site(_ request: Request) throws -> Response {
        guard let site = desk.eye.look().site else { throw Self.nothingYet }
        let tag = "\"\(site.tag)\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        if request.headers[.ifNoneMatch] == tag {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(
            status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: site.json)))
    }

    static let nothingYet = HTTPFault(
        .unavailable,
        "the controller has not shown anything yet: look whether standpipe-controller runs",
        retryAfter: 5)

    /// What can be said of single floors and detectors.
    private func whole() throws -> (site: PanelSite, view: PanelEye.View, card: DetectorCard) {
        let view = desk.eye.look()
        guard let site = view.site, let page = view.page, site.fits(page) else {
            throw Self.nothingYet
        }
        return (site, view, DetectorCard(site, page, at: view.clock))
    }

    private func floors() throws -> Response {
        let view = try whole().view
        return .json(
            JsonBytes.object { json in
                json.list("floors", view.page?.floors ?? []) {
                    $0.raw(PanelState.json($1, at: view.clock))
                }
            })
    }

    private func floor(_ context: WebContext) throws -> Response {
        let view = try whole().view
        guard let id = context.parameters.get("floor").flatMap({ Int16($0) }),
            let floor = view.page?.floors.first(where: { $0.id.rawValue == id })
        else { throw HTTPFault(.notFound, "the site has no floor of this number") }
        return .json(PanelState.json(floor, at: view.clock))
    }

    private func detectors(_ request: Request) throws -> Response {
        let query = try PanelQuery(request, ["after", "limit"])
        let after = try query.number("after", -1...Int(UInt32.max)) ?? -1
        let limit = try query.number("limit", 1...1_000) ?? 100
        let (site, _, card) = try whole()
        let places = Array(site.positions(after: after).prefix(limit + 1))
        return .json(
            JsonBytes.object { json in
                json.list("detectors", places.prefix(limit)) { $0.raw(card.json($1)) }
                json.field(
                    "next",
                    places.count > limit ? site.detectors[places[limit - 1]].id.rawValue : nil)
            })
    }

    func detectorPlace(_ context: WebContext, _ site: PanelSite) throws -> Int {
        guard let id = context.parameters.get("detector").flatMap({ UInt32($0) }),
            let place = site.position(DetectorID(rawValue: id))
        else { throw HTTPFault(.notFound, "the site has no detector of this number") }
        return place
    }

    private func detector(_ context: WebContext) throws -> Response {
        let (site, _, card) = try whole()
        return .json(card.json(try detectorPlace(context, site)))
    }

    // What happens

    private func live(_ context: WebContext) throws -> Response {
        let feed = desk.thread.feed
        let channel = context.channel
        guard let seat = feed.open(throwOut: { channel.close(promise: nil) }) else {
            throw HTTPFault(
                .unavailable, "\(LiveFeed.mostReaders) panels look at this site already",
                retryAfter: 30)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { feed.close(seat) }
                while let frames = await feed.next(seat) {
                    if frames.count == 1 {
                        try await writer.write(frames[0])
                    } else {
                        var all = frames[0]
                        for var frame in frames.dropFirst() { all.writeBuffer(&frame) }
                        try await writer.write(all)
                    }
                }
                try await writer.finish(nil)
            })
    }

    private func events(_ request: Request) async throws -> Response {
        let filter = try EventFilter(
            PanelQuery(
                request, ["before", "after", "limit", "kind", "floor", "detector", "from", "to"]))
        let page = try await desk.archive.events(filter)
        return .json(
            JsonBytes.object { json in
                json.list("events", page.events) { $0.raw($1.json) }
                json.field("next", page.next)
            })
    }
}
