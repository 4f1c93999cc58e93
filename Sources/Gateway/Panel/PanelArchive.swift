// What was: events, audit, history and reports, read from the logs on a thread of its own, so that a
// long look back holds up neither the live feed nor the event loop.

import EventLog
import HTTPFace
import KafkaServer
import NIOPosix
import Panel
import Synchronization

final class PanelArchive: Sendable {
    /// Questions that may wait.
    private static let mostWaiting = 32
    /// Events that are looked through for a history or a report, the newest.
    private static let mostEvents: Int64 = 200_000
    /// Lines of an audit that are given out, the newest of each log.
    private static let mostLines: Int64 = 20_000

    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)
    private let own: Mutex<Own>

    private final class Own {
        let events: TopicTail?
        let audit: TopicTail?
        let ownAudit: TopicTail

        init(_ safety: String?, _ service: String) {
            let log = safety.map { ServedLog(path: $0) }
            events = log.map { TopicTail($0, topic: "notifications") }
            audit = log.map { TopicTail($0, topic: "audit") }
            ownAudit = TopicTail(ServedLog(path: service), topic: "audit.gateway")
        }

        /// All events of a time, in their order, as far as one look goes back.
        func forEachEvent(from: Int64, _ body: (PanelEvent) -> Void) {
            events?.refresh()
            guard let events, let offsets = events.offsets else { return }
            let first = max(offsets.lowerBound, offsets.upperBound - PanelArchive.mostEvents)
            events.forEach(in: events.first(from: from, in: first..<offsets.upperBound)) { record in
                if let event = PanelEvent(record) { body(event) }
            }
        }
    }

    init(safetyLog: String?, serviceLog: String) {
        own = Mutex(Own(safetyLog, serviceLog))
        pool.start()
    }

    func stop() { pool.shutdownGracefully { _ in } }

    /// - Throws: `HTTPFault` 503 where too much is asked for at a time.
    private func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (Own) -> Answer
    ) async throws -> Answer {
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).oldValue < Self.mostWaiting else {
            throw HTTPFault(.unavailable, "too much is being looked up", retryAfter: 1)
        }
        return try await pool.runIfActive { self.own.withLock { body($0) } }
    }

    func events(_ filter: EventFilter) async throws -> EventPage {
        try await ask { own in
            own.events?.refresh()
            guard let events = own.events, let offsets = events.offsets else {
                return EventPage(filter, in: 0..<0) { _ in [] }
            }
            return EventPage(filter, in: offsets) { part in
                events.records(from: part.lowerBound, to: part.upperBound, most: part.count)
                    .compactMap(PanelEvent.init)
            }
        }
    }

    /// `empty` with the events from `from` on.
    func history(_ empty: DetectorHistory, from: Int64) async throws -> DetectorHistory {
        try await ask { own in
            var history = empty
            own.forEachEvent(from: from) { history.take($0) }
            return history
        }
    }

    func walkTest(_ episode: String) async throws -> WalkTestReport {
        try await ask { own in
            var report = WalkTestReport(episode: episode)
            own.forEachEvent(from: .min) { report.take($0) }
            return report
        }
    }

    func month(_ month: Month) async throws -> MonthReport {
        try await ask { own in
            var report = MonthReport(month)
            own.forEachEvent(from: month.from) { report.take($0) }
            return report
        }
    }

    /// Lines of both audits in the order of their times.
    func audit(
        from: Int64, to: Int64
    ) async throws -> [(source: AuditLine.Source, line: AuditLine)] {
        try await ask { own in
            var lines: [(source: AuditLine.Source, line: AuditLine)] = []
            for (source, tail) in [
                (AuditLine.Source.controller, own.audit), (.gateway, own.ownAudit),
            ] {
                tail?.refresh()
                guard let tail, let offsets = tail.offsets else { continue }
                let first = max(offsets.lowerBound, offsets.upperBound - Self.mostLines)
                tail.forEach(in: first..<offsets.upperBound) { record in
                    guard let line = AuditLine(record), line.wall >= from, line.wall <= to else {
                        return
                    }
                    lines.append((source, line))
                }
            }
            return lines.sorted {
                ($0.line.wall, $0.source.rawValue, $0.line.number)
                    < ($1.line.wall, $1.source.rawValue, $1.line.number)
            }
        }
    }
}
