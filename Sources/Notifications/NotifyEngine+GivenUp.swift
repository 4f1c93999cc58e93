// What was handed over and is given up later: the network took an SMS, and says hours afterwards that it
// reached nobody. It is not tried again, as the network did that all the time; it goes to `.failed`, with
// the flag for the lamp.

import EventLog

extension NotifyEngine {
    /// The network gave up an SMS to `phone`.
    ///
    /// - Parameters:
    ///   - message: what it held; nil: a gateway before this one had sent it.
    ///   - text: one sentence for people.
    package mutating func givenUp(
        _ message: Message?, to phone: String, _ text: String, _ time: NotifyTime
    ) -> [NotifyJob] {
        var failed = message ?? unknown(phone, time)
        failed.attempt += 1
        failed.error = text
        notice("\(Channel.sms.topic): \(failed.recipient) was not told: \(text)")
        guard let partition = log.partitions(of: Channel.sms.failedTopic)?.first else { return [] }
        append([.batch(partition, RecordBatch.encode([failed.record(time.wall)]))], .givenUp)
        return takeJobs()
    }

    /// A message of which nothing is known but whose it was.
    private func unknown(_ phone: String, _ time: NotifyTime) -> Message {
        let name = plan.recipients.first { Self.same($0.phone, phone) }?.name ?? phone
        return Message(
            id: "\(Channel.sms.letter)-unknown-\(boot)-\(time.boot)", recipient: name, lane: .rest,
            kind: .digest, episode: nil, log: "none", source: -1, attempt: 0, sequence: nil,
            elapsed: 0, boot: boot, at: time.boot, due: nil, after: nil, items: [], more: nil,
            error: nil)
    }
}
