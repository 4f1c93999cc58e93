// What becomes of messages: workers take them, and what they say is written down. Each outcome is one
// append; until it is durable nothing else goes to that recipient.

import EventLog

/// Work for a thread that may wait: on a mail server, or on the modem.
package enum NotifyTask: Sendable {
    case send(NotifyDelivery)
    /// To see whether the way is open.
    case check(token: UInt64)
}

/// A message on its way.
package struct NotifyDelivery: Sendable {
    package var token: UInt64
    package var recipient: Recipient
    package var message: Message
    /// When the message was made, as milliseconds since 1970: not exact over a power cut.
    package var wall: Int64
}

/// What became of a task. Texts are one sentence for people.
package enum NotifyOutcome: Hashable, Sendable {
    case sent
    /// It went out, or would, but something on the way fails.
    case degraded(String)
    /// The message has to be tried again.
    case later(String)
    /// It will never be taken for this recipient.
    case rejected(String)
    /// The way is closed, for all.
    case path(String)
    /// It is closed until a human has changed something.
    case configuration(String)
}

extension NotifyEngine {
    /// What a worker of `channel` is to do now; nil: nothing. Each has to be `finished`.
    package mutating func task(_ channel: Channel, _ time: NotifyTime) -> NotifyTask? {
        guard isReady, outboxes[channel] != nil else { return nil }
        lastToken += 1
        if let (recipient, pending) = outboxes[channel]?.next(lastToken, time, limits) {
            return .send(
                NotifyDelivery(
                    token: lastToken, recipient: recipient, message: pending.message,
                    wall: time.wall - pending.elapsed(time)))
        }
        if outboxes[channel]?.wantsCheck(lastToken, time, limits) == true {
            return .check(token: lastToken)
        }
        return nil
    }

    /// A worker has come back from `token`.
    package mutating func finished(
        _ channel: Channel, _ token: UInt64, _ outcome: NotifyOutcome, _ time: NotifyTime
    ) -> [NotifyJob] {
        guard let underway = outboxes[channel]?.end(token) else { return [] }
        switch outcome {
        case .sent:
            outboxes[channel]?.path.carried(time)
            // One message shows one server; a check shows all.
            if underway.lane == nil { outboxes[channel]?.path.isSound() }
        case .degraded(let text):
            outboxes[channel]?.path.carried(time)
            outboxes[channel]?.path.limps(text)
        case .rejected: outboxes[channel]?.path.carried(time)
        case .later:
            // Whoever says no to one message is there for the others.
            outboxes[channel]?.path.carried(time)
        case .path(let text):
            outboxes[channel]?.path.failed(
                text, isConfiguration: false, time, limits, &jitter)
        case .configuration(let text):
            outboxes[channel]?.path.failed(text, isConfiguration: true, time, limits, &jitter)
        }
        if let lane = underway.lane { settle(channel, lane, underway.offset, outcome, time) }
        return takeJobs()
    }

    private mutating func settle(
        _ channel: Channel, _ lane: Int, _ offset: Int64, _ outcome: NotifyOutcome,
        _ time: NotifyTime
    ) {
        guard
            let pending = outboxes[channel]?.lanes[lane].pending.first(where: {
                $0.offset == offset
            })
        else { return }
        switch outcome {
        case .sent, .degraded: finish(channel, lane, [offset])
        case .rejected(let text): fail(channel, lane, pending, text, time)
        case .later(let text):
            let message = again(pending, text, time)
            if message.elapsed >= limits.giveUp {
                fail(channel, lane, pending, text, time)
            } else {
                finish(channel, lane, [offset], again: [message], time)
            }
        case .path, .configuration: break
        }
    }

    /// The copy of a message for its next try.
    private mutating func again(
        _ pending: OutboxLane.Pending, _ text: String, _ time: NotifyTime
    ) -> Message {
        var message = copy(pending, time)
        message.attempt += 1
        message.error = String(text.prefix(400))
        message.due =
            time.boot
            + jitter.pause(
                limits.firstRetry, doublings: message.attempt - 1, most: limits.longestRetry)
        return message
    }

    /// The same message, with the time that it has waited.
    private func copy(_ pending: OutboxLane.Pending, _ time: NotifyTime) -> Message {
        var message = pending.message
        message.sequence = pending.sequence
        message.elapsed = pending.elapsed(time)
        message.boot = boot
        message.at = time.boot
        message.due = pending.due > time.boot ? pending.due : nil
        return message
    }

    /// Writes down that `offsets` of a lane are done; `messages` stand again at the end.
    private mutating func finish(
        _ channel: Channel, _ number: Int, _ offsets: [Int64], again messages: [Message] = [],
        _ time: NotifyTime? = nil, before steps: [AppendStep] = []
    ) {
        guard let lane = outboxes[channel]?.lanes[number] else { return }
        outboxes[channel]?.lanes[number].isAppending = true
        var steps = steps
        if !messages.isEmpty, let time {
            steps.insert(
                .batch(
                    lane.partition, RecordBatch.encode(messages.map { $0.record(time.wall) })),
                at: 0)
        }
        steps.append(lane.commit(channel.group, done: offsets))
        if let trim = lane.trim(log.stretch(of: lane.partition)) { steps.append(trim) }
        append(
            steps,
            .finish(channel, lane: number, offsets, comesBack: !messages.isEmpty))
    }

    /// It goes to `.failed`.
    private mutating func fail(
        _ channel: Channel, _ lane: Int, _ pending: OutboxLane.Pending, _ text: String,
        _ time: NotifyTime
    ) {
        var message = copy(pending, time)
        message.attempt += 1
        message.error = String(text.prefix(400))
        fail(channel, lane, pending.offset, message.record(time.wall))
        notice("\(channel.topic): \(message.recipient) was not told: \(text)")
    }

    private mutating func fail(
        _ channel: Channel, _ lane: Int, _ offset: Int64, _ record: LogRecord
    ) {
        guard let failed = log.partitions(of: channel.failedTopic)?.first else { return }
        finish(channel, lane, [offset], before: [.batch(failed, RecordBatch.encode([record]))])
    }

    // What is seen to in every step

    /// Reads what stands in the queues.
    mutating func load(_ channel: Channel, _ time: NotifyTime) {
        guard let lanes = outboxes[channel]?.lanes else { return }
        for (number, lane) in lanes.enumerated() {
            guard let stretch = log.stretch(of: lane.partition) else { continue }
            outboxes[channel]?.lanes[number].skip(to: stretch.lowerBound)
            while let place = outboxes[channel]?.lanes[number].readTo,
                place < stretch.upperBound,
                let piece = log.read(
                    lane.partition, from: place, maxBytes: NotifyLimits.pieceBytes),
                piece.next > place
            {
                outboxes[channel]?.lanes[number].take(piece, time, boot: boot)
            }
        }
        if let failed = log.partitions(of: channel.failedTopic)?.first,
            let end = log.stretch(of: failed)?.upperBound
        {
            failedSeen[channel]?.end = end
        }
    }

    /// What no worker is needed for: held messages that nobody needs any more, messages whose time is
    /// over, queues that are too long or not straight.
    mutating func settle(_ channel: Channel, _ time: NotifyTime) {
        guard let count = outboxes[channel]?.lanes.count else { return }
        for number in 0..<count {
            guard let outbox = outboxes[channel], !outbox.isBusy(number) else { continue }
            settle(channel, number, outbox, time)
        }
    }

    private mutating func settle(
        _ channel: Channel, _ number: Int, _ outbox: Outbox, _ time: NotifyTime
    ) {
        let lane = outbox.lanes[number]
        if let (offset, record) = lane.unreadable.first, !lane.isAppending {
            notice("\(channel.topic): a message to \(lane.recipient) cannot be read")
            return fail(channel, number, offset, record)
        }
        guard lane.isReady else { return }
        guard let first = lane.pending.first else {
            if outbox.recipients[number] == nil, !lane.isReleased { release(channel, number, lane) }
            return
        }
        if outbox.recipients[number] == nil {
            return fail(channel, number, first, "\(lane.recipient) is no recipient any more", time)
        }
        if first.message.after != nil, acknowledgements.covers(first.message) {
            return finish(channel, number, [first.offset])
        }
        if first.elapsed(time) >= limits.giveUp {
            let last = first.message.error ?? outbox.path.trouble?.text ?? "it was never its turn"
            return fail(
                channel, number, first,
                "it could not be delivered in \(limits.giveUp / 3_600_000) hours: \(last)", time)
        }
        if lane.lane == .rest, lane.pending.count > limits.restBacklog {
            return merge(channel, number, lane, time)
        }
        let crooked = lane.crooked(limits)
        if !crooked.isEmpty {
            finish(
                channel, number, crooked.map(\.offset), again: crooked.map { copy($0, time) },
                time)
        }
    }

    /// Whoever comes next may have the partition.
    private mutating func release(_ channel: Channel, _ number: Int, _ lane: OutboxLane) {
        outboxes[channel]?.lanes[number].isReleased = true
        append(
            [
                .commit(
                    group: channel.group, lane.partition, offset: lane.committed, metadata: "free")
            ], .release(channel, lane: number))
    }

    /// One message of many. The first stays, as it may have been tried.
    private mutating func merge(
        _ channel: Channel, _ number: Int, _ lane: OutboxLane, _ time: NotifyTime
    ) {
        let merged = Array(lane.pending.dropFirst())
        guard let last = merged.last else { return }
        var message = copy(last, time)
        let limit = channel == .sms ? NotifyLimits.digestLinesSMS : NotifyLimits.digestLines
        var more: [String: Int] = [:]
        for one in merged {
            for (word, count) in one.message.more ?? [:] {
                more[String(word.prefix(32)), default: 0] += min(max(count, 0), 1 << 30)
            }
        }
        let content = Gathering.cut(merged.flatMap(\.message.items), more, limit)
        message.kind = content.items.isEmpty ? .test : .digest
        message.episode = nil
        message.sequence = merged.first?.sequence
        message.items = content.items
        message.more = content.more.isEmpty ? nil : content.more
        message.due = nil
        finish(channel, number, merged.map(\.offset), again: [message], time)
    }
}
