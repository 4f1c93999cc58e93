// Offsets that were given and cannot be read any more. Part of `LogIndex`.

/// Offsets of a partition that are lost.
package struct LogGap: Hashable, Sendable {
    package var partition: PartitionID
    package var offsets: Range<Int64>
    /// False: nobody can say how many of these offsets were ever given, perhaps none.
    package var isExact: Bool

    package init(partition: PartitionID, offsets: Range<Int64>, isExact: Bool) {
        self.partition = partition
        self.offsets = offsets
        self.isExact = isExact
    }
}

/// The gaps by partition and offset, apart from each other.
struct GapTable: Hashable, Sendable {
    private(set) var all: [LogGap] = []
    /// How many were not listed because there were too many.
    var beyond: UInt64 = 0

    /// The first gap that is not wholly before `offset`.
    private func slot(_ partition: PartitionID, _ offset: Int64) -> Int {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            let gap = all[middle]
            if (gap.partition, gap.offsets.upperBound) <= (partition, offset) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// The gap that holds `offset`.
    func gap(_ partition: PartitionID, at offset: Int64) -> LogGap? {
        let slot = slot(partition, offset)
        guard slot < all.count, all[slot].partition == partition,
            all[slot].offsets.contains(offset)
        else { return nil }
        return all[slot]
    }

    /// Adds offsets that are lost; what was known of them before no longer counts.
    mutating func add(
        _ partition: PartitionID, _ offsets: Range<Int64>, isExact: Bool, limit: Int
    ) {
        guard !offsets.isEmpty else { return }
        remove(partition, offsets, limit: limit)
        let slot = slot(partition, offsets.lowerBound)
        func joins(_ index: Int) -> Bool {
            all.indices.contains(index) && all[index].partition == partition
                && all[index].isExact == isExact
        }
        let joinsNext = joins(slot) && all[slot].offsets.lowerBound == offsets.upperBound
        let joinsLast = joins(slot - 1) && all[slot - 1].offsets.upperBound == offsets.lowerBound
        switch (joinsLast, joinsNext) {
        case (true, true):
            all[slot - 1].offsets =
                all[slot - 1].offsets.lowerBound..<all[slot].offsets.upperBound
            all.remove(at: slot)
        case (true, false):
            all[slot - 1].offsets = all[slot - 1].offsets.lowerBound..<offsets.upperBound
        case (false, true):
            all[slot].offsets = offsets.lowerBound..<all[slot].offsets.upperBound
        case (false, false):
            guard all.count < limit else {
                miss()
                return
            }
            all.insert(
                LogGap(partition: partition, offsets: offsets, isExact: isExact), at: slot)
        }
    }

    /// Takes `offsets` out of all gaps: they can be read after all, or are not wanted any more.
    mutating func remove(_ partition: PartitionID, _ offsets: Range<Int64>, limit: Int) {
        guard !all.isEmpty, !offsets.isEmpty else { return }
        var slot = slot(partition, offsets.lowerBound)
        while slot < all.count, all[slot].partition == partition,
            all[slot].offsets.lowerBound < offsets.upperBound
        {
            let gap = all[slot]
            all.remove(at: slot)
            let isSplit =
                gap.offsets.lowerBound < offsets.lowerBound
                && gap.offsets.upperBound > offsets.upperBound
            if isSplit && all.count + 1 >= limit {
                miss()
            } else if gap.offsets.upperBound > offsets.upperBound {
                var rest = gap
                rest.offsets = offsets.upperBound..<gap.offsets.upperBound
                all.insert(rest, at: slot)
            }
            if gap.offsets.lowerBound < offsets.lowerBound {
                var rest = gap
                rest.offsets = gap.offsets.lowerBound..<offsets.lowerBound
                all.insert(rest, at: slot)
                slot += 1
            }
            if gap.offsets.upperBound >= offsets.upperBound { return }
        }
    }

    private mutating func miss() { beyond = beyond == .max ? .max : beyond + 1 }

    /// Forgets a partition that is gone.
    mutating func remove(_ partition: PartitionID) {
        all.removeAll { $0.partition == partition }
    }

    mutating func restore(_ gaps: [LogGap], beyond: UInt64) {
        all = gaps
        self.beyond = beyond
    }
}
