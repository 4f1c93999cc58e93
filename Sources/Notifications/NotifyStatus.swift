// What people and the controller are told of the notifications themselves: the flags for the lamp, and
// `notify.json`, which `standpipe status` shows.

import EventLog
import FoundationEssentials

/// For the controller's fault lamp.
package struct NotifyFlags: Hashable, Sendable {
    package var mailFails = false
    package var smsFails = false
    /// Something is in a `.failed` topic that nobody has seen.
    package var undelivered = false
    /// The gateway's log takes nothing.
    package var logFails = false

    package init() {}
}

/// The state of the notifications, as it stands in `notify.json`.
package struct NotifyStatus: Codable, Hashable, Sendable {
    package struct Path: Codable, Hashable, Sendable {
        package var channel: Channel
        /// `up`, `down`, or `unknown` before anything has gone over it.
        package var state: String
        /// One sentence: what fails and what to do.
        package var trouble: String?
        /// Since when it is down, in seconds.
        package var seconds: Int64?
        /// Messages in `.failed`, and how many of them nobody has seen.
        package var failed: Int64
        package var unseen: Int64
        package var queues: [Queue]
    }

    package struct Queue: Codable, Hashable, Sendable {
        package var recipient: String
        package var lane: Lane
        package var waiting: Int
        /// Of the first one: tries so far, how long it has waited in seconds, and why it failed.
        package var attempt: Int?
        package var seconds: Int64?
        package var error: String?
    }

    /// Milliseconds since 1970.
    package var written: Int64
    package var paths: [Path]
    /// Why the gateway's log takes nothing.
    package var log: String?
    /// What was noticed last, the newest last.
    package var notices: [String]

    /// nil: not such a file.
    package init?(_ bytes: [UInt8]) {
        guard let status = try? JSONDecoder().decode(NotifyStatus.self, from: Data(bytes)) else {
            return nil
        }
        self = status
    }

    init(written: Int64, paths: [Path], log: String?, notices: [String]) {
        self.written = written
        self.paths = paths
        self.log = log
        self.notices = notices
    }

    package var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }
}

extension NotifyEngine {
    /// An append that is refused for a moment is no fault.
    private static var patience: Int64 { 5_000 }

    private func logFails(_ time: NotifyTime) -> Bool {
        refusedSince.map { time.boot - $0 >= Self.patience } ?? false
    }

    package func flags(_ time: NotifyTime) -> NotifyFlags {
        var flags = NotifyFlags()
        flags.mailFails = outboxes[.email]?.path.isFault ?? false
        flags.smsFails = outboxes[.sms]?.path.isFault ?? false
        flags.undelivered = failedSeen.values.contains { $0.seen < $0.end }
        flags.logFails = logFails(time)
        return flags
    }

    /// `notices`: what `takeNotices` gave last.
    package func status(_ time: NotifyTime, notices: [String]) -> NotifyStatus {
        NotifyStatus(
            written: time.wall,
            paths: Channel.allCases.compactMap { channel in
                outboxes[channel].flatMap { $0.lanes.isEmpty ? nil : path($0, time) }
            },
            log: logFails(time) ? refusal.map { "the gateway's log takes nothing: \($0)" } : nil,
            notices: notices)
    }

    private func path(_ outbox: Outbox, _ time: NotifyTime) -> NotifyStatus.Path {
        let state =
            switch outbox.path.state {
            case .unknown: "unknown"
            case .up: "up"
            case .down: "down"
            }
        let failed = failedSeen[outbox.channel]
        let stretch = log.partitions(of: outbox.channel.failedTopic)?.first
            .flatMap { log.stretch(of: $0) }
        return NotifyStatus.Path(
            channel: outbox.channel, state: state,
            trouble: outbox.path.trouble?.text ?? outbox.path.warning,
            seconds: outbox.path.trouble.map { (time.boot - $0.since) / 1_000 },
            failed: Int64(stretch?.count ?? 0),
            unseen: failed.map { max(0, $0.end - $0.seen) } ?? 0,
            queues: outbox.lanes.filter { !$0.isEmpty || !$0.isReleased }.map { lane in
                let first = lane.pending.first
                return NotifyStatus.Queue(
                    recipient: lane.recipient, lane: lane.lane, waiting: lane.pending.count,
                    attempt: first?.message.attempt,
                    seconds: first.map { $0.elapsed(time) / 1_000 }, error: first?.message.error)
            })
    }
}
