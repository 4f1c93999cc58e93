// What was: events, audit and history, read from the logs on a thread of its own, so that a long look
// back holds up neither the live feed nor the event loop.

import EventLog
import HTTPFace
import KafkaServer
import NIOPosix
import Panel
import Synchronization

final class PanelArchive: Sendable {
    /// Questions that may wait.
    private static let mostWaiting = 32

    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic<Int>(0)
    private let own: Mutex<Own>

    private final class Own {
        let events: TopicTail?

        init(_ safety: String?) {
            events = safety.map { TopicTail(ServedLog(path: $0), topic: "notifications") }
        }
    }

    init(safetyLog: String?) {
        own = Mutex(Own(safetyLog))
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
}
