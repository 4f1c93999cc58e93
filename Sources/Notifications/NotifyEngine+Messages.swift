// How a message is made and into which queue it goes, and the daily test. Called by +Router.

import EventLog

extension NotifyEngine {
    // The daily test

    func isTestDue(_ time: NotifyTime) -> Bool {
        guard let minute = plan.dailyTest else { return false }
        let local = time.local
        // The hour after it: a gateway that was down then is not tested in the night.
        return local.day != testDay && (minute..<minute + 60).contains(local.minuteOfDay)
            && lastTest.map { time.boot - $0 >= 20 * 3_600_000 } ?? true
    }

    mutating func noteTest(_ time: NotifyTime) {
        testDay = time.local.day
        lastTest = time.boot
    }

    mutating func draftTest(
        _ recipient: Recipient, _ channel: Channel, _ source: String, _ time: NotifyTime,
        _ draft: inout Draft
    ) {
        var message = message(
            recipient, channel, .rest, .test, [], [:], source, -1, time)
        message.id += "-t\(time.local.day)"
        put(message, channel, time, &draft)
    }

    /// Without a controller's log there is no commit to write the test's day to: it may come again
    /// after a restart.
    mutating func test(_ time: NotifyTime) {
        guard isTestDue(time) else { return }
        var draft = Draft()
        for recipient in plan.recipients {
            for channel in Channel.allCases where recipient.address(channel) != nil {
                draftTest(recipient, channel, "none", time, &draft)
            }
        }
        noteTest(time)
        if !draft.isEmpty { append(draft.steps, .setup) }
    }

    // Messages

    func message(
        _ recipient: Recipient, _ channel: Channel, _ lane: Lane, _ kind: Message.Kind,
        _ items: [Item], _ more: [String: Int], _ source: String, _ offset: Int64,
        _ time: NotifyTime
    ) -> Message {
        let place = outboxes[channel]?.lane(recipient.name, lane) ?? 0
        let number = outboxes[channel]?.lanes[place].partition.rawValue ?? 0
        return Message(
            id: "\(channel.letter)\(number)-\(source)-\(offset)", recipient: recipient.name,
            lane: lane, kind: kind, episode: kind == .event ? items.first?.fields?.episode : nil,
            log: source, source: offset, attempt: 0, sequence: nil, elapsed: 0, boot: boot,
            at: time.boot, due: nil, after: nil, items: items, more: more.isEmpty ? nil : more,
            error: nil)
    }

    /// Into its queue, or, where that is full, to what failed.
    func put(
        _ message: Message, _ channel: Channel, _ time: NotifyTime, _ draft: inout Draft
    ) {
        guard let outbox = outboxes[channel],
            let number = outbox.lane(message.recipient, message.lane)
        else { return }
        let lane = outbox.lanes[number]
        let waiting =
            Int64(lane.pending.count)
            + (log.stretch(of: lane.partition)?.upperBound ?? 0) - lane.readTo
        if message.lane == .fire, waiting >= Int64(limits.fireBacklog),
            let failed = log.partitions(of: channel.failedTopic)?.first
        {
            var given = message
            given.error = "\(limits.fireBacklog) messages were waiting before it"
            draft.add(failed, given.record(time.wall))
        } else {
            draft.add(lane.partition, message.record(time.wall))
        }
    }
}

/// The records of one append, by partition.
struct Draft {
    private var records: [PartitionID: [LogRecord]] = [:]
    private(set) var bytes = 0

    var isEmpty: Bool { records.isEmpty }

    mutating func add(_ partition: PartitionID, _ record: LogRecord) {
        bytes += 64 + (record.key?.count ?? 0) + (record.value?.count ?? 0)
        records[partition, default: []].append(record)
    }

    var steps: [AppendStep] {
        records.sorted { $0.key < $1.key }.map { .batch($0.key, RecordBatch.encode($0.value)) }
    }
}
