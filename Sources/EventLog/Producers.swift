// Idempotent producers: which batches of a producer are in a partition already. Part of `LogIndex`;
// the writer asks for a verdict before it stages a batch.
//
// The rules are those of Kafka's ProducerStateManager since 2.5 (KIP-360), for one producer id in
// one partition:
//   - an older epoch is refused: `staleProducerEpoch`;
//   - the same epoch with exactly the sequences of one of the last five batches is a duplicate and
//     gets the offsets of then;
//   - the same epoch goes on with the sequence after the last one, 0 after Int32.max;
//   - a new epoch begins with sequence 0;
//   - everything else is `outOfOrderSequence`;
//   - a producer of which nothing is known may begin with any sequence. What was known is lost when
//     it was the longest unused one at the limit. Stock clients that are in the middle of their
//     sequences could do nothing else than stop for good (librdkafka treats error 45 and 59 as
//     fatal); the price is that a retry of a batch across such a loss is written twice.

/// Who wrote into what.
package struct ProducerKey: Hashable, Sendable {
    package var producer: Int64
    package var partition: PartitionID

    package init(producer: Int64, partition: PartitionID) {
        self.producer = producer
        self.partition = partition
    }
}

/// What a batch of a known producer is.
package enum BatchVerdict: Hashable, Sendable {
    case new
    /// It is in the log already, with these offsets.
    case duplicate(base: Int64, count: Int)
}

/// What is known of one producer in one partition. The writer keeps a copy of its own for batches
/// that are staged and not yet in the index.
package struct ProducerState: Hashable, Sendable {
    /// One batch of the last five.
    struct Sent: Hashable, Sendable {
        var lastSequence: Int32 = 0
        /// Offsets of the batch less one.
        var lastDelta: Int32 = 0
        var baseOffset: Int64 = 0

        var baseSequence: Int32 { (lastSequence &- lastDelta) & .max }
    }

    package private(set) var epoch: Int16
    private(set) var known: UInt8 = 0
    /// The newest is `e`, the one before it `d` and so on: no array, as thousands of these are kept.
    private var a = Sent(), b = Sent(), c = Sent(), d = Sent(), e = Sent()

    package init(epoch: Int16) {
        self.epoch = epoch
    }

    /// Oldest first.
    var sent: [Sent] { Array([a, b, c, d, e].suffix(Int(known))) }

    package func verdict(
        epoch: Int16, baseSequence: Int32, lastOffsetDelta: Int32
    ) throws(AppendError) -> BatchVerdict {
        if epoch < self.epoch { throw .staleProducerEpoch }
        guard epoch == self.epoch, known > 0 else {
            if baseSequence != 0 && epoch != self.epoch { throw .outOfOrderSequence }
            return .new
        }
        let last = Self.sequence(baseSequence, plus: lastOffsetDelta)
        if let match = duplicate(last, lastOffsetDelta) {
            return .duplicate(base: match.baseOffset, count: Int(match.lastDelta) + 1)
        }
        guard baseSequence == Self.sequence(e.lastSequence, plus: 1) else {
            throw .outOfOrderSequence
        }
        return .new
    }

    private func duplicate(_ last: Int32, _ delta: Int32) -> Sent? {
        func fits(_ sent: Sent, _ age: Int) -> Bool {
            age < known && sent.lastSequence == last && sent.lastDelta == delta
        }
        if fits(e, 0) { return e }
        if fits(d, 1) { return d }
        if fits(c, 2) { return c }
        if fits(b, 3) { return b }
        return fits(a, 4) ? a : nil
    }

    /// Takes in a batch that is in the log; it was judged before.
    package mutating func append(
        epoch: Int16, baseSequence: Int32, lastOffsetDelta: Int32, baseOffset: Int64
    ) {
        if epoch != self.epoch { self = ProducerState(epoch: epoch) }
        push(
            Sent(
                lastSequence: Self.sequence(baseSequence, plus: lastOffsetDelta),
                lastDelta: lastOffsetDelta, baseOffset: baseOffset))
    }

    mutating func push(_ sent: Sent) {
        (a, b, c, d, e) = (b, c, d, e, sent)
        known = min(known + 1, UInt8(LogLimits.batchesPerProducer))
    }

    /// Sequences go on with 0 after Int32.max.
    static func sequence(_ sequence: Int32, plus step: Int32) -> Int32 { (sequence &+ step) & .max }
}

/// The producers in the order of their last use.
struct ProducerTable: Sendable {
    private struct Slot: Sendable {
        var key: ProducerKey
        var state: ProducerState
        var older: Int32
        var newer: Int32
    }

    private var slots: [Slot] = []
    private var places: [ProducerKey: Int32] = [:]
    private var oldest: Int32 = -1
    private var newest: Int32 = -1

    var count: Int { slots.count }

    /// Bytes on the heap, about.
    var heapBytes: Int {
        slots.capacity * MemoryLayout<Slot>.stride
            + places.capacity * MemoryLayout<(ProducerKey, Int32)>.stride * 4 / 3
    }

    subscript(key: ProducerKey) -> ProducerState? { places[key].map { slots[Int($0)].state } }

    /// Takes in a batch that is in the log.
    mutating func append(
        _ key: ProducerKey, epoch: Int16, baseSequence: Int32, lastOffsetDelta: Int32,
        baseOffset: Int64, limit: Int
    ) {
        let slot = slot(of: key, epoch: epoch, limit: limit)
        slots[slot].state.append(
            epoch: epoch, baseSequence: baseSequence, lastOffsetDelta: lastOffsetDelta,
            baseOffset: baseOffset)
    }

    /// As it stands in a checkpoint, where the longest unused comes first.
    mutating func restore(_ key: ProducerKey, _ state: ProducerState) {
        slots[slot(of: key, epoch: state.epoch, limit: .max)].state = state
    }

    /// The slot of the producer, now the newest.
    private mutating func slot(of key: ProducerKey, epoch: Int16, limit: Int) -> Int {
        if let place = places[key] {
            if place != newest {
                unlink(place)
                link(place)
            }
            return Int(place)
        }
        if slots.count >= limit, oldest >= 0 {
            let place = oldest
            unlink(place)
            places[slots[Int(place)].key] = nil
            slots[Int(place)].key = key
            slots[Int(place)].state = ProducerState(epoch: epoch)
            places[key] = place
            link(place)
            return Int(place)
        }
        slots.append(Slot(key: key, state: ProducerState(epoch: epoch), older: -1, newer: -1))
        let place = Int32(slots.count - 1)
        places[key] = place
        link(place)
        return Int(place)
    }

    private mutating func unlink(_ place: Int32) {
        let slot = slots[Int(place)]
        if slot.older >= 0 {
            slots[Int(slot.older)].newer = slot.newer
        } else {
            oldest = slot.newer
        }
        if slot.newer >= 0 {
            slots[Int(slot.newer)].older = slot.older
        } else {
            newest = slot.older
        }
    }

    private mutating func link(_ place: Int32) {
        slots[Int(place)].older = newest
        slots[Int(place)].newer = -1
        if newest >= 0 { slots[Int(newest)].newer = place } else { oldest = place }
        newest = place
    }

    /// Forgets who wrote into a partition that is gone.
    mutating func remove(_ partition: PartitionID) {
        guard slots.contains(where: { $0.key.partition == partition }) else { return }
        var kept = ProducerTable()
        forEach { key, state in
            if key.partition != partition { kept.restore(key, state) }
        }
        self = kept
    }

    /// The longest unused first.
    func forEach(_ body: (ProducerKey, ProducerState) -> Void) {
        var place = oldest
        while place >= 0 {
            let slot = slots[Int(place)]
            body(slot.key, slot.state)
            place = slot.newer
        }
    }
}

extension ProducerTable: Hashable {
    static func == (a: ProducerTable, b: ProducerTable) -> Bool {
        guard a.count == b.count else { return false }
        var (left, right) = (a.oldest, b.oldest)
        while left >= 0, right >= 0 {
            let (one, other) = (a.slots[Int(left)], b.slots[Int(right)])
            guard one.key == other.key, one.state == other.state else { return false }
            (left, right) = (one.newer, other.newer)
        }
        return left == right
    }

    func hash(into hasher: inout Hasher) {
        forEach { key, state in
            hasher.combine(key)
            hasher.combine(state)
        }
    }
}
