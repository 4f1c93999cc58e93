// What one partition has in the log, and where: its runs. Part of `LogIndex`.
//
// A run is a series of entries of one partition in one segment, in ascending order and without a
// hole between their offsets; entries of others may stand between them. The runs of a partition are
// kept in the order of their offsets and never overlap. Entries that were copied forward wait in
// `copies` until the segment that they come from is freed: until then the old ones are read, and a
// copy that was interrupted begins anew.

/// One run.
struct Run: Hashable, Sendable {
    var segment: UInt32
    /// Entry header of the first entry, and the frame that it stands in (the entry's own position
    /// when its frame is rotten).
    var position: UInt32
    var frame: UInt32
    /// Entry header of the last entry.
    var last: UInt32
    var first: Int64
    var next: Int64
    /// Largest timestamp of its batches; -1 when none has one.
    var maxTimestamp: Int64
    /// The largest in this run and all before it.
    var maxSoFar: Int64
    /// Bytes of its entries, headers and padding included.
    var bytes: UInt32

    var offsets: Range<Int64> { first..<next }
}

/// An entry on its way into the runs.
struct Arrival {
    var segment: UInt32
    var position: UInt32
    var frame: UInt32
    var first: Int64
    var next: Int64
    var maxTimestamp: Int64
    var bytes: UInt32

    var run: Run {
        Run(
            segment: segment, position: position, frame: frame, last: position, first: first,
            next: next, maxTimestamp: maxTimestamp, maxSoFar: maxTimestamp, bytes: bytes)
    }
}

/// One partition.
struct Partition: Hashable, Sendable {
    /// How far the run that grows is from its last sample.
    struct Spacing: Hashable, Sendable {
        var position: UInt32 = 0
        var entries: UInt32 = 0
    }

    var id: PartitionID
    var topic: String
    /// Its number in the topic.
    var number: Int32
    var isVital: Bool
    var logStart: Int64 = 0
    /// The offset that the next record gets.
    var highWatermark: Int64 = 0
    /// Where doubt begins, when lost bytes may have held records of this partition and the high
    /// watermark went ahead for them; -1: there is none.
    var doubt: Int64 = -1
    var runs: [Run] = []
    var copies: [Run] = []
    var spacing = Spacing()

    init(_ id: PartitionID, topic: String, number: Int32, isVital: Bool) {
        self.id = id
        self.topic = topic
        self.number = number
        self.isVital = isVital
    }

    /// The first run that ends behind `offset`.
    func slot(behind offset: Int64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].next <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first run with a batch at or after `timestamp`.
    func slot(atOrAfter timestamp: Int64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].maxSoFar < timestamp { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Goes on with the last run, if the entry does; nearly every entry comes in here.
    mutating func extend(_ entry: Arrival, _ samples: SegmentIndex) -> RunSample?? {
        let slot = runs.count - 1
        guard slot >= 0, entry.first == highWatermark, runs[slot].next == entry.first,
            runs[slot].segment == entry.segment, runs[slot].last < entry.position
        else { return nil }
        var sample: RunSample?
        spacing.entries &+= 1
        if samples.isDue(bytes: entry.position &- spacing.position, entries: spacing.entries) {
            sample = RunSample(
                offset: entry.first, timeBefore: runs[slot].maxTimestamp,
                position: entry.position, frame: entry.frame)
            spacing = Spacing(position: entry.position)
        }
        runs[slot].next = entry.next
        runs[slot].last = entry.position
        runs[slot].bytes = Self.sum(runs[slot].bytes, entry.bytes)
        runs[slot].maxTimestamp = max(runs[slot].maxTimestamp, entry.maxTimestamp)
        runs[slot].maxSoFar = max(runs[slot].maxSoFar, entry.maxTimestamp)
        highWatermark = entry.next
        return .some(sample)
    }

    /// Puts a run where its offsets belong; false: others have these offsets already.
    mutating func insert(_ run: Run) -> Bool {
        let slot = slot(behind: run.first)
        if slot < runs.count, runs[slot].first < run.next { return false }
        if slot > 0, runs[slot - 1].segment == run.segment, runs[slot - 1].next == run.first,
            runs[slot - 1].last < run.position
        {
            runs[slot - 1].next = run.next
            runs[slot - 1].last = run.last
            runs[slot - 1].bytes = Self.sum(runs[slot - 1].bytes, run.bytes)
            runs[slot - 1].maxTimestamp = max(runs[slot - 1].maxTimestamp, run.maxTimestamp)
            sumUp(from: slot - 1)
        } else {
            runs.insert(run, at: slot)
            sumUp(from: slot)
        }
        if slot >= runs.count - 1 { spacing = Spacing(position: run.last) }
        return true
    }

    /// Takes in a copied entry, and returns what it makes superfluous: runs that an interrupted
    /// copy left of the same offsets. Those go as a whole, as all of them is copied again.
    mutating func addCopy(_ entry: Arrival) -> [Run] {
        var old: [Run] = []
        if copies.contains(where: { $0.first < entry.next && entry.first < $0.next }) {
            copies.removeAll { run in
                guard run.first < entry.next, entry.first < run.next else { return false }
                old.append(run)
                return true
            }
        }
        if let last = copies.last, last.segment == entry.segment, last.next == entry.first,
            last.last < entry.position
        {
            let slot = copies.count - 1
            copies[slot].next = entry.next
            copies[slot].last = entry.position
            copies[slot].bytes = Self.sum(last.bytes, entry.bytes)
            copies[slot].maxTimestamp = max(last.maxTimestamp, entry.maxTimestamp)
            copies[slot].maxSoFar = copies[slot].maxTimestamp
        } else {
            copies.append(entry.run)
        }
        return old
    }

    /// Whether a copy of these offsets waits for the old ones to go.
    func isCopied(_ offsets: Range<Int64>) -> Bool {
        copies.contains { $0.first <= offsets.lowerBound && $0.next >= offsets.upperBound }
    }

    /// Makes `maxSoFar` true again from `slot` on.
    mutating func sumUp(from slot: Int) {
        var most = slot > 0 ? runs[slot - 1].maxSoFar : Int64.min
        for later in slot..<max(slot, runs.count) {
            most = max(most, runs[later].maxTimestamp)
            runs[later].maxSoFar = most
        }
    }

    private static func sum(_ a: UInt32, _ b: UInt32) -> UInt32 {
        let (sum, isOver) = a.addingReportingOverflow(b)
        return isOver ? .max : sum
    }
}
