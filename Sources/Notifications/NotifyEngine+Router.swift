// From events to messages. Two groups read the same events: the fire group routes each event of a fire
// at once, the other gathers what is left into digests. A routing step is one append: the messages for
// all recipients, and the commit behind the last event that they tell.
//
//   commit's metadata of the fire group    LOG
//   commit's metadata of the other         LOG BOOT LAST-DIGEST TEST-DAY
//
// LOG is the id of the safety log: another one begins anew. A digest's time counts in its boot only.

import EventLog
import Streams

extension NotifyEngine {
    /// Events that were passed over and are not committed: a new start looks at them again.
    private static var uncommitted: Int64 { 1_000 }

    mutating func route(_ time: NotifyTime) {
        guard let stretch = log.notifications else {
            hasSeenNone = true
            test(time)
            return
        }
        guard let partition = log.notificationsCommit else { return }
        if fire?.log != stretch.log || rest?.log != stretch.log { open(stretch, partition, time) }
        guard fire?.log == stretch.log, rest?.log == stretch.log else { return }
        routeFire(stretch, partition, time)
        gather(stretch, time)
        flush(partition, time)
    }

    /// Finds out how far each group has come.
    private mutating func open(
        _ stretch: NotificationStretch, _ partition: PartitionID, _ time: NotifyTime
    ) {
        guard fire?.isWaiting != true, rest?.isWaiting != true else { return }
        if fire != nil {
            notice("the controller's log was made anew; its events are told from its beginning")
        }
        func place(_ group: String, _ isAnew: Bool) -> Place {
            let start = stretch.offsets.lowerBound
            let first = Place(log: stretch.log, next: start, committed: start, isNew: true)
            guard let commit = log.commit(group, partition) else {
                // Whoever writes down recipients for an old site is not told of its whole past.
                let end = stretch.offsets.upperBound
                return isAnew
                    ? first : Place(log: stretch.log, next: end, committed: end, isNew: true)
            }
            guard commit.metadata.split(separator: " ").first.map({ $0 == stretch.log }) == true,
                commit.offset <= stretch.offsets.upperBound
            else { return first }
            return Place(log: stretch.log, next: commit.offset, committed: commit.offset)
        }
        let isAnew = hasSeenNone || fire != nil
        fire = place(NotifyTopics.fireGroup, isAnew)
        rest = place(NotifyTopics.restGroup, isAnew)
        let words = log.commit(NotifyTopics.restGroup, partition)?.metadata.split(separator: " ")
        if let words, words.count == 4 {
            testDay = testDay ?? Int64(words[3])
            if lastDigest == nil, words[1] == boot, let at = Int64(words[2]), at <= time.boot {
                lastDigest = at
            }
        }
    }

    /// Reads again what stands behind the commits: its append was too large.
    mutating func routeAgain(_ purpose: Purpose) {
        if case .fire = purpose, let committed = fire?.committed {
            fire?.next = committed
            fire?.isWaiting = false
        }
        if case .rest = purpose, let committed = rest?.committed {
            rest?.next = committed
            rest?.isWaiting = false
            gathering = Gathering()
        }
    }

    // Fire

    private mutating func routeFire(
        _ stretch: NotificationStretch, _ partition: PartitionID, _ time: NotifyTime
    ) {
        while let place = fire, !place.isWaiting {
            var next = max(place.next, stretch.offsets.lowerBound)
            if next > stretch.offsets.upperBound { next = stretch.offsets.lowerBound }
            guard next < stretch.offsets.upperBound || place.isNew else { return }
            var draft = Draft()
            if next < stretch.offsets.upperBound {
                guard
                    let piece = log.readNotifications(
                        from: next, maxBytes: NotifyLimits.pieceBytes)
                else { return }
                var isWhole = true
                for record in piece.records where record.offset >= next {
                    let most = isTight ? NotifyLimits.tightBytes : NotifyLimits.appendBytes
                    guard draft.bytes < most else {
                        isWhole = false
                        break
                    }
                    next = record.offset + 1
                    // Most are not, and need not be understood here.
                    let key = Item.key(of: record)
                    guard Item.isFire(key) || Item.isSeenAtPanel(key) else { continue }
                    var item = Item(record)
                    if isTight { item.tighten() }
                    take(item, stretch.log, time, &draft)
                }
                if isWhole { next = max(next, piece.next) }
                guard next > place.next || place.isNew else { return }
            }
            fire?.next = next
            if draft.isEmpty, !place.isNew, next - place.committed < Self.uncommitted {
                continue
            }
            fire?.isWaiting = true
            append(
                draft.steps + [
                    .commit(
                        group: NotifyTopics.fireGroup, partition, offset: next,
                        metadata: stretch.log)
                ], .fire(next: next, log: stretch.log))
        }
    }

    /// One event, for everybody who is to know of it at once.
    private mutating func take(
        _ item: Item, _ source: String, _ time: NotifyTime, _ draft: inout Draft
    ) {
        if item.isSeenAtPanel {
            let one = Acknowledgement(
                way: .panel, who: item.fields?.who ?? "panel", episode: nil, log: source,
                upTo: item.offset, time: item.time)
            acknowledgements.add(one)
            if let place = log.partitions(of: NotifyTopics.acknowledgements)?.first {
                draft.add(place, one.record())
            }
        }
        guard item.isFire else { return }
        if let episode = item.fields?.episode { remember(episode) }
        for recipient in plan.recipients where recipient.wants(item.key, at: time.local) {
            if recipient.after != nil, !isFirst(item, for: recipient) { continue }
            for channel in Channel.allCases where recipient.address(channel) != nil {
                var message = message(
                    recipient, channel, .fire, .event, [item], [:], source, item.offset, time)
                message.after = recipient.after.map { Int64($0) * 1_000 }
                put(message, channel, time, &draft)
            }
        }
    }

    /// Whether an event is the first one of its episode that goes to somebody who is told late.
    private mutating func isFirst(_ item: Item, for recipient: Recipient) -> Bool {
        guard let episode = item.fields?.episode else { return !item.isEnd }
        let mark = "\(episode) \(recipient.name)"
        if item.isEnd || escalated.contains(mark) { return false }
        escalated.append(mark)
        if escalated.count > NotifyLimits.episodes * 2 { escalated.removeFirst() }
        return true
    }

    mutating func remember(_ episode: String) {
        if episodes.last == episode { return }
        episodes.removeAll { $0 == episode }
        episodes.append(episode)
        if episodes.count > NotifyLimits.episodes { episodes.removeFirst() }
    }

    // The rest

    private mutating func gather(_ stretch: NotificationStretch, _ time: NotifyTime) {
        while let place = rest {
            var next = place.next
            if next > stretch.offsets.upperBound { next = stretch.offsets.lowerBound }
            if next < stretch.offsets.lowerBound {
                gathering.add(lost(next..<stretch.offsets.lowerBound, time), time)
                next = stretch.offsets.lowerBound
            }
            rest?.next = next
            guard next < stretch.offsets.upperBound,
                let piece = log.readNotifications(
                    from: next, maxBytes: NotifyLimits.pieceBytes),
                piece.next > next
            else { return }
            for record in piece.records where record.offset >= next {
                guard !Item.isFire(Item.key(of: record)) else { continue }
                var item = Item(record)
                if isTight { item.tighten() }
                gathering.add(item, time)
            }
            rest?.next = piece.next
        }
    }

    /// Events that were gone before they were read are told too.
    private func lost(_ offsets: Range<Int64>, _ time: NotifyTime) -> Item {
        var fields = EventFields()
        fields.event = "lost"
        fields.text =
            "FAULT: \(offsets.count) events were gone before anybody could be told of them"
        return Item(
            key: "system.notifications.lost", offset: offsets.upperBound - 1, time: time.wall,
            fields: fields)
    }

    /// Sends what was gathered, when it is time.
    private mutating func flush(_ partition: PartitionID, _ time: NotifyTime) {
        guard let place = rest, !place.isWaiting else { return }
        let isTest = isTestDue(time)
        var isDue = false
        if let since = gathering.since {
            isDue =
                time.boot >= since + limits.gather
                && time.boot >= (lastDigest ?? .min / 2) + limits.digestPause
        }
        let isBehind = gathering.isEmpty && place.next - place.committed >= Self.uncommitted
        guard isDue || isTest || isBehind || place.isNew else { return }
        var draft = Draft()
        for recipient in plan.recipients {
            for channel in Channel.allCases where recipient.address(channel) != nil {
                if isDue { digest(recipient, channel, place.log, time, &draft) }
                if isTest { draftTest(recipient, channel, place.log, time, &draft) }
            }
        }
        if isTest { noteTest(time) }
        // What is gathered and not sent is read again by a new start.
        let next = isDue || gathering.isEmpty ? place.next : place.committed
        if isDue { gathering = Gathering() }
        let at = isDue && !draft.isEmpty ? time.boot : lastDigest
        rest?.isWaiting = true
        append(
            draft.steps + [
                .commit(
                    group: NotifyTopics.restGroup, partition, offset: next,
                    metadata: "\(place.log) \(boot) \(at ?? -1) \(testDay ?? -1)")
            ], .rest(next: next, log: place.log, at: at))
    }

    private mutating func digest(
        _ recipient: Recipient, _ channel: Channel, _ source: String, _ time: NotifyTime,
        _ draft: inout Draft
    ) {
        let most = isTight ? NotifyLimits.tightLines : NotifyLimits.digestLines
        let lines = channel == .sms ? NotifyLimits.digestLinesSMS : most
        guard let content = gathering.content(lines, { recipient.wants($0, at: time.local) })
        else { return }
        let isOne = content.items.count == 1 && content.more.isEmpty
        let message = message(
            recipient, channel, .rest, isOne ? .event : .digest, content.items, content.more,
            source, gathering.source, time)
        put(message, channel, time, &draft)
    }
}
