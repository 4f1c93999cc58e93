// One queue: the messages of one recipient's lane over one channel, which are one partition of the log.
//
//   commit     offset o, metadata "LANE DONE NAME": all before o is done, and so are the offsets DONE
//              behind it (DoneOffsets)
//   pending    every other record up to the end, each the only copy of its message
//   order      by sequence: the offset of a message's first copy. Only the first is ever tried.
//   failed try the message goes to the end with attempt + 1, and its old offset is done: one append
//   delivered  its offset is done: a commit alone
//   straight   when DONE gets long, the messages that stand first go to the end, in order, so that the
//              commit moves past what is done
//
// Wherever the gateway dies, commit and records say what is pending: what was sent and not committed is
// sent again, and nothing else.

import EventLog

struct OutboxLane {
    struct Pending {
        var offset: Int64
        var sequence: Int64
        var message: Message
        /// When `message.elapsed` was true, by the clock of this boot.
        var since: Int64
        /// By the clock of this boot.
        var due: Int64

        /// Milliseconds that it has waited.
        func elapsed(_ time: NotifyTime) -> Int64 {
            message.elapsed + max(0, time.boot - since)
        }

        func isHeld(_ time: NotifyTime) -> Bool {
            message.after.map { elapsed(time) < $0 } ?? false
        }
    }

    let partition: PartitionID
    let recipient: String
    let lane: Lane
    private(set) var committed: Int64
    private(set) var done: DoneOffsets
    /// By sequence.
    private(set) var pending: [Pending] = []
    /// What has been read of the partition.
    private(set) var readTo: Int64
    /// What has to be read before anything is sent: a copy of the first may stand there.
    var needs: Int64 = 0
    /// An append is under way.
    var isAppending = false
    /// Its recipient is gone, and the partition was given back.
    var isReleased = false
    /// Values that are no messages, by offset.
    private(set) var unreadable: [(offset: Int64, record: LogRecord)] = []

    init(
        _ partition: PartitionID, _ recipient: String, _ lane: Lane, committed: Int64,
        done: DoneOffsets
    ) {
        self.partition = partition
        self.recipient = recipient
        self.lane = lane
        self.committed = committed
        self.done = done
        readTo = committed
    }

    /// What a commit's metadata says. The name stands last, as it may hold spaces.
    static func state(_ metadata: String) -> (lane: Lane, done: DoneOffsets, name: String)? {
        let words = metadata.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let lane = Lane(rawValue: String(words[0])),
            let done = DoneOffsets(words[1])
        else { return nil }
        return (lane, done, String(words[2]))
    }

    var metadata: String { Self.metadata(lane, done, recipient) }

    static func metadata(_ lane: Lane, _ done: DoneOffsets, _ name: String) -> String {
        "\(lane.rawValue) \(done.text) \(name)"
    }

    /// Whether the first of `pending` is the first there is.
    var isReady: Bool { !isAppending && readTo >= needs && unreadable.isEmpty }

    var isEmpty: Bool { pending.isEmpty && unreadable.isEmpty }

    /// Takes what has been read from `readTo` on.
    mutating func take(_ piece: NotifyPiece, _ time: NotifyTime, boot: String) {
        var place = readTo
        for record in piece.records where record.offset >= readTo {
            // What is lost is done: nobody can send it.
            done.insert(place..<record.offset)
            place = record.offset + 1
            if done.contains(record.offset) { continue }
            if let message = Message(record.value) {
                add(message, at: record.offset, time, boot)
            } else {
                unreadable.append((record.offset, record))
            }
        }
        done.insert(place..<max(place, piece.next))
        readTo = max(place, piece.next)
        committed = done.advance(from: committed)
    }

    /// Goes on behind records that are gone.
    mutating func skip(to start: Int64) {
        guard start > readTo else { return }
        done.insert(readTo..<start)
        readTo = start
        committed = done.advance(from: committed)
    }

    private mutating func add(
        _ message: Message, at offset: Int64, _ time: NotifyTime, _ boot: String
    ) {
        let isThisBoot = message.boot == boot && message.at <= time.boot
        let entry = Pending(
            offset: offset, sequence: message.sequence ?? offset, message: message,
            since: isThisBoot ? message.at : time.boot,
            due: isThisBoot ? message.due ?? message.at : time.boot)
        let place =
            pending.lastIndex { ($0.sequence, $0.offset) < (entry.sequence, offset) }
            .map { $0 + 1 } ?? 0
        pending.insert(entry, at: place)
    }

    /// The commit that says that `offsets` are done too.
    func commit(_ group: String, done offsets: [Int64]) -> AppendStep {
        var after = self
        after.finish(offsets)
        return .commit(
            group: group, partition, offset: after.committed, metadata: after.metadata)
    }

    /// They are done, and that is durable.
    mutating func finish(_ offsets: [Int64]) {
        for offset in offsets { done.insert(offset..<offset + 1) }
        committed = done.advance(from: committed)
        pending.removeAll { offsets.contains($0.offset) }
        unreadable.removeAll { offsets.contains($0.offset) }
    }

    /// Makes room by forgetting what was sent long ago; nil: not yet.
    func trim(_ stretch: Range<Int64>?) -> AppendStep? {
        guard let stretch, committed - stretch.lowerBound >= 2 * NotifyLimits.kept else {
            return nil
        }
        return .setLogStart(partition, offset: committed - NotifyLimits.kept)
    }

    /// What has to go to the end so that the commit's metadata stays short; empty: nothing.
    func crooked(_ limits: NotifyLimits) -> [Pending] {
        guard done.text.utf8.count > limits.doneBytes else { return [] }
        let first = pending.sorted { $0.offset < $1.offset }.prefix(NotifyLimits.straightened)
        return first.sorted { ($0.sequence, $0.offset) < ($1.sequence, $1.offset) }
    }
}
