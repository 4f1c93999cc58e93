// Sparse samples of where entries stand in one segment, by offset and by time. Kept in memory for
// the active segment; when it is sealed, these bytes become its last frame but one (kind index) and
// only readers that look something up load them again.
//
// A run (see `PartitionRuns`) keeps its own first entry; here stands one more whenever 64 KiB of
// journal or 64 entries of the run have passed. When there are too many, every second one goes and
// the spacing doubles, so a segment's index is bounded however many partitions share it.
//
//   index  := version u8 = 1, spacing u8, number of series, series*
//   series := partition, position of the run, number of samples, sample*
//   sample := offset, position, frame before it, time before (signed), each but the frame as the
//             difference from the sample before

/// One entry of a run.
package struct RunSample: Hashable, Sendable {
    /// First offset of the entry.
    package var offset: Int64
    /// The largest timestamp in the run before the entry.
    package var timeBefore: Int64
    /// Where the entry's header stands, and the header of its frame.
    package var position: UInt32
    package var frame: UInt32
}

package struct SegmentIndex: Hashable, Sendable {
    /// The samples of one run.
    private struct Series: Hashable, Sendable {
        var partition: PartitionID
        var run: UInt32
        var samples: [RunSample]
    }

    /// By position of the run.
    private var series: [Series] = []
    package private(set) var count = 0
    /// How often the spacing was doubled.
    private var doublings: UInt8 = 0

    package init() {}

    /// Bytes on the heap, about.
    var heapBytes: Int {
        series.reduce(series.capacity * MemoryLayout<Series>.stride) {
            $0 + $1.samples.capacity * MemoryLayout<RunSample>.stride
        }
    }

    /// Whether a run is due for its next sample.
    func isDue(bytes: UInt32, entries: UInt32) -> Bool {
        bytes >> doublings >= LogLimits.sampleSpacingBytes
            || entries >> doublings >= LogLimits.sampleSpacingEntries
    }

    private func slot(of run: UInt32) -> Int {
        var low = 0
        var high = series.count
        while low < high {
            let middle = (low + high) / 2
            if series[middle].run < run { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Adds a sample behind the others of its run, which begins at position `run`.
    mutating func add(_ sample: RunSample, _ partition: PartitionID, run: UInt32, limit: Int) {
        if count >= limit { thin() }
        let slot = slot(of: run)
        if slot < series.count, series[slot].run == run {
            guard let last = series[slot].samples.last, last.offset < sample.offset,
                last.position < sample.position, last.timeBefore <= sample.timeBefore
            else { return }
            series[slot].samples.append(sample)
        } else {
            series.insert(Series(partition: partition, run: run, samples: [sample]), at: slot)
        }
        count += 1
    }

    private mutating func thin() {
        doublings = min(doublings + 1, 31)
        count = 0
        for slot in series.indices {
            let samples = series[slot].samples
            series[slot].samples = stride(from: 1, to: samples.count, by: 2).map { samples[$0] }
            count += samples.count / 2
        }
        series.removeAll { $0.samples.isEmpty }
    }

    /// The last sample of the run for which `isBefore` holds; it holds for the first ones only. Nil:
    /// the run's first entry is the nearest.
    func last(
        _ partition: PartitionID, run: UInt32, where isBefore: (RunSample) -> Bool
    ) -> RunSample? {
        let slot = slot(of: run)
        guard slot < series.count, series[slot].run == run, series[slot].partition == partition
        else { return nil }
        let samples = series[slot].samples
        var low = 0
        var high = samples.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(samples[middle]) { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? samples[low - 1] : nil
    }

    package func encoded() -> [UInt8] {
        var out = CodedBytesWriter()
        out.byte(1)
        out.byte(doublings)
        out.count(series.count)
        for one in series {
            out.number(one.partition.rawValue)
            out.number(one.run)
            out.count(one.samples.count)
            var before = RunSample(offset: 0, timeBefore: 0, position: one.run, frame: 0)
            for sample in one.samples {
                out.signed(sample.offset &- before.offset)
                out.number(sample.position &- before.position)
                out.number(sample.position &- sample.frame)
                out.signed(sample.timeBefore &- before.timeBefore)
                before = sample
            }
        }
        return out.bytes
    }

    /// The index in `bytes`; nil when they are not one. Its positions may still be nonsense: whoever
    /// reads there checks what stands there.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        var source = CodedBytesReader(bytes)
        self.init(&source)
        guard source.isDone else { return nil }
    }

    init(_ source: inout CodedBytesReader) {
        if source.byte() != 1 { source.spoil() }
        doublings = min(source.byte(), 31)
        for _ in 0..<source.count(each: 7) {
            let partition = PartitionID(rawValue: source.number32())
            let run = source.number32()
            if let last = series.last, last.run >= run { source.spoil() }
            var before = RunSample(offset: 0, timeBefore: 0, position: run, frame: 0)
            var samples: [RunSample] = []
            for _ in 0..<source.count(each: 4) {
                var sample = before
                sample.offset &+= source.signed()
                sample.position &+= source.number32()
                sample.frame = sample.position &- source.number32()
                sample.timeBefore &+= source.signed()
                if let last = samples.last,
                    last.offset >= sample.offset || last.position >= sample.position
                        || last.timeBefore > sample.timeBefore
                {
                    source.spoil()
                }
                if source.isBad { return }
                samples.append(sample)
                before = sample
            }
            if samples.isEmpty { source.spoil() }
            if source.isBad { return }
            count += samples.count
            series.append(Series(partition: partition, run: run, samples: samples))
        }
    }
}
