// What goes on paper and into other programs: a detector's history, the audit as a file, reports, the
// figures for a monitoring program, and whether all is well.

import EventLog
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
    func history(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try PanelQuery(request, ["span"])
        let word = query["span"] ?? "day"
        guard let span = DetectorHistory.Span(rawValue: word) else {
            throw HTTPFault(.badRequest, "\"span\" is day or year")
        }
        guard let site = desk.eye.look().site else { throw Self.nothingYet }
        let detector = site.detectors[try detectorPlace(context, site)]
        let now = PanelEye.clock.wall
        let from = now - span.milliseconds
        let empty = DetectorHistory(
            detector: detector.id.rawValue, floor: Int(site.floors[detector.floor].id.rawValue),
            bus: detector.bus.map { site.buses[$0] }, from: from, to: now)
        return .json(try await desk.archive.history(empty, from: from).json)
    }

    func report(_ request: Request) async throws -> Response {
        let query = try PanelQuery(request, ["kind", "episode", "month"])
        guard let site = desk.eye.look().site else { throw Self.nothingYet }
        switch query["kind"] {
        case "walk-test":
            guard let episode = query["episode"], (1...64).contains(episode.utf8.count) else {
                throw HTTPFault(.badRequest, "\"episode\" is missing: the name of a walk test")
            }
            guard let json = try await desk.archive.walkTest(episode).json(site) else {
                throw HTTPFault(.notFound, "the log has no such walk test, or not any more")
            }
            return .json(json)
        case "month":
            guard let month = query["month"].flatMap({ Month($0) }) else {
                throw HTTPFault(.badRequest, "\"month\" is a month such as 2026-11")
            }
            return .json(try await desk.archive.month(month).json(site: site.name))
        default: throw HTTPFault(.badRequest, "\"kind\" is walk-test or month")
        }
    }

    /// The audit as a file: `asCSV` for spreadsheets, or else JSON.
    func audit(
        _ request: Request, _ context: WebContext, asCSV: Bool
    ) async throws -> Response {
        let viewer = try await desk.viewer(request, context, .maintain)
        let query = try PanelQuery(request, ["from", "to"])
        let from = try query.number("from", 0...Int(Int64.max)).map { Int64($0) } ?? .min
        let to = try query.number("to", 0...Int(Int64.max)).map { Int64($0) } ?? .max
        let lines = try await desk.archive.audit(from: from, to: to)
        desk.login.audit(
            AuditEntry(
                .panelExport, user: viewer.user ?? "", address: viewer.address,
                detail: "audit, \(lines.count) lines"))
        guard asCSV else {
            return .json(
                JsonBytes.object { json in
                    json.list("lines", lines) { $0.raw($1.line.json($1.source)) }
                })
        }
        var text = AuditLine.columns.joined(separator: ",") + "\r\n"
        for (source, line) in lines { text += line.csv(source) }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"audit.csv\"",
                .xContentTypeOptions: "nosniff",
            ], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// For a load balancer or a supervisor: nothing but whether all is well, so it asks for no log-in.
    func health(_ context: WebContext) async throws -> Response {
        try await desk.web.enter(WebDesk.Visitor(channel: context.channel, user: ""))
        let view = desk.eye.look()
        let isLogGood = try await desk.isLogGood()
        let state = view.state
        let isWell = state.isLive && isLogGood
        return .json(
            JsonBytes.object { json in
                json.field("live", state.isLive)
                json.field("armed", view.page?.isArmed ?? false)
                json.field("log", isLogGood)
            }, status: isWell ? .ok : .serviceUnavailable)
    }

    func metrics() -> Response {
        let view = desk.eye.look()
        var metrics = PanelMetrics(view.page, view.extras, at: view.clock)
        let feed = desk.thread.feed.figures
        metrics.add(
            "standpipe_panel_readers", "gauge", "Panels that are open.",
            [("", Double(feed.readers))])
        metrics.add(
            "standpipe_panel_skips_total", "counter", "Times that a panel was too slow.",
            [("", Double(feed.skips))])
        metrics.add(
            "standpipe_panel_sessions", "gauge", "People who are logged in.",
            [("", Double(desk.login.sessions))])
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store",
            ], body: .init(byteBuffer: ByteBuffer(bytes: metrics.bytes)))
    }
}
