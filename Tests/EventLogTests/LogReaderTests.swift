// Readers of a log on real files: what they find, what they skip, what they notice.

import EventLog
import Glibc
import Testing

@Suite(.timeLimit(.minutes(2))) struct LogReaderTests {
    private let partition = PartitionID(rawValue: 1)
    private let other = PartitionID(rawValue: 2)

    private func log(_ directory: TemporaryDirectory, segmentBytes: Int = 64 << 10) -> JournalMaker
    {
        let maker = JournalMaker(directory.path, segmentBytes: segmentBytes)
        maker.topic("a", partition, partitions: 2)
        return maker
    }

    /// The records that a reader brings from `offset` on: offset and value.
    private func records(
        _ reader: LogReader, _ partition: PartitionID, from offset: Int64, maxBytes: Int = 10_000
    ) throws -> (records: [(Int64, [UInt8])], gaps: [LogGap]) {
        var records: [(Int64, [UInt8])] = []
        var gaps: [LogGap] = []
        var next = offset
        while true {
            var bytes: [UInt8] = []
            let result = try reader.read(partition, from: next, maxBytes: maxBytes, into: &bytes)
            gaps += result.gaps
            try bytes.withUnsafeBytes { all in
                var rest = all
                while let header = BatchHeader(rest) {
                    try RecordBatch.forEachRecord(rest) { record in
                        records.append((record.offset, record.value ?? []))
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest[header.batchLength...])
                }
            }
            if result.next == next { return (records, gaps) }
            next = result.next
        }
    }

    private func value(_ number: Int64, _ partition: PartitionID) -> [UInt8] {
        let seed = UInt8(truncatingIfNeeded: number &* 7 &+ Int64(partition.rawValue))
        return [UInt8](repeating: seed, count: 20 + Int(number % 300))
    }

    private func fill(_ maker: JournalMaker, _ count: Int) {
        for number in 0..<count {
            let partition = number % 3 == 0 ? other : partition
            let next = maker.index.highWatermark(partition) ?? 0
            maker.append(partition, value(next, partition))
        }
    }

    @Test("RECORD: a reader finds every record from every offset, over many segments")
    func everyOffset() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        fill(maker, 2_000)
        #expect(maker.number > 5)
        let reader = try LogReader(directory: directory.path)
        #expect(reader.index == maker.index)
        for id in [partition, other] {
            let end = maker.index.highWatermark(id) ?? 0
            let all = try records(reader, id, from: 0)
            #expect(all.gaps.isEmpty && all.records.map(\.0) == Array(0..<end))
            #expect(all.records.allSatisfy { $0.1 == value($0.0, id) })
            for offset in stride(from: end - 1, through: 0, by: -7) {
                var bytes: [UInt8] = []
                let result = try reader.read(id, from: offset, maxBytes: 0, into: &bytes)
                #expect(result.batches == 1 && result.next == offset + 1)
                #expect(bytes.withUnsafeBytes { BatchHeader($0)?.baseOffset } == offset)
            }
            #expect(throws: ReadError.outOfRange(logStart: 0, end: end)) {
                var bytes: [UInt8] = []
                _ = try reader.read(id, from: end + 1, maxBytes: 1, into: &bytes)
            }
        }
        #expect(throws: ReadError.unknownPartition) {
            var bytes: [UInt8] = []
            _ = try reader.read(PartitionID(rawValue: 9), from: 0, maxBytes: 1, into: &bytes)
        }
    }

    @Test("RECORD: a reader follows frame by frame, through new segments and freed ones")
    func follows() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        let reader = try LogReader(directory: directory.path)
        for number in 0..<1_500 as Range<Int64> {
            maker.append(partition, value(number, partition))
            if number % 300 == 299 { maker.freeOldest() }
            if number % 11 != 0 { continue }
            #expect(try reader.refresh())
            #expect(try !reader.refresh())
            #expect(reader.index == maker.index)
        }
        #expect(reader.rotten == 0)
    }

    @Test(
        "RECORD: a reader of a log whose oldest segments are not there reads what is left",
        arguments: [1, 3])
    func missingSegments(count: Int) throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        fill(maker, 2_000)
        let before = try LogReader(directory: directory.path)
        _ = try records(before, partition, from: 0)
        for segment in 1...UInt32(count) {
            #expect(unlink(directory.path + "/" + SegmentName.segment(segment).text) == 0)
        }
        let end = maker.index.highWatermark(partition) ?? 0
        for reader in [before, try LogReader(directory: directory.path)] {
            let found = try records(reader, partition, from: 0)
            let gap = try #require(found.gaps.first)
            #expect(found.gaps.allSatisfy { $0.isExact })
            #expect(gap.offsets.lowerBound == 0)
            let next = found.gaps.last?.offsets.upperBound ?? 0
            #expect(found.records.map(\.0) == Array(next..<end))
            #expect(next < end)
            #expect(found.records.allSatisfy { $0.1 == value($0.0, partition) })
            #expect(try reader.offset(partition, atOrAfter: 0) == next)
        }
    }

    @Test("BOUNDED: whole batches up to maxBytes, the first one in any case")
    func maxBytes() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        for number in 0..<50 as Range<Int64> { maker.append(partition, value(number, partition)) }
        let reader = try LogReader(directory: directory.path)
        for limit in [0, 1, 100, 500, 5_000] {
            var offset: Int64 = 0
            while offset < 50 {
                var bytes: [UInt8] = [1, 2, 3]
                let result = try reader.read(
                    partition, from: offset, maxBytes: limit, into: &bytes)
                #expect(result.bytes == bytes.count - 3 && result.batches > 0)
                #expect(result.batches == 1 || result.bytes <= limit)
                offset = result.next
            }
            #expect(offset == 50)
        }
    }

    @Test("RECORD: the first record at or after a time is found, whatever the time")
    func times() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        var times: [Int64] = []
        var random = SplitMix(state: 5)
        var time: Int64 = 1_000
        for number in 0..<900 as Range<Int64> {
            // Clocks go back now and then.
            time += Int64.random(in: -3...10, using: &random)
            maker.add(
                partition, JournalMaker.batch([value(number, partition)], time: time), count: 1,
                at: number)
            maker.flush()
            times.append(time)
        }
        let reader = try LogReader(directory: directory.path)
        for wanted in stride(from: Int64(900), through: time + 20, by: 13) {
            let expected = times.firstIndex { $0 >= wanted }.map { Int64($0) }
            #expect(try reader.offset(partition, atOrAfter: wanted) == expected, "\(wanted)")
        }
    }

    @Test("RECORD: damage in one batch costs that batch and is reported as a gap with its offset")
    func rot() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        fill(maker, 600)
        let end = maker.index.highWatermark(partition) ?? 0
        let before = try LogReader(directory: directory.path)
        for offset in [3, 50, 51, 200, end - 2] as [Int64] {
            let place = try #require(find(maker, offset))
            maker.damage(place.segment, at: Int(place.position) + 32 + 70, [0xEE, 0xEE])
        }
        // One reader folded the frames when they were whole, one comes to them rotten.
        for reader in [before, try LogReader(directory: directory.path)] {
            let found = try records(reader, partition, from: 0)
            let lost = found.gaps.flatMap { Array($0.offsets) }.sorted()
            #expect(lost == [3, 50, 51, 200, end - 2], "\(lost)")
            #expect(found.records.allSatisfy { $0.1 == value($0.0, partition) })
            #expect(found.records.count == Int(end) - 5)
        }
    }

    @Test("RECORD: a block of later batches in a wrong place costs only what it overwrote")
    func misplaced() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        fill(maker, 600)
        let end = maker.index.highWatermark(partition) ?? 0
        let before = try LogReader(directory: directory.path)
        let to = try #require(find(maker, 50))
        let from = try #require(find(maker, 60))
        let bytes = maker.bytes(of: from.segment)
        let sector = Int(from.position) & ~511
        maker.damage(
            to.segment, at: Int(to.position) & ~511, Array(bytes[sector..<sector + 512]))
        for reader in [before, try LogReader(directory: directory.path)] {
            let found = try records(reader, partition, from: 0)
            #expect(found.gaps.flatMap { Array($0.offsets) } == [50])
            #expect(found.records.count == Int(end) - 1)
        }
    }

    @Test("RECORD: any damaged byte gives right bytes or a gap, and never ends the reading")
    func anyByte() throws {
        var random = SplitMix(state: UInt64.random(in: 0 ... .max))
        print("reader: seed \(random.state)")
        let directory = TemporaryDirectory()
        let maker = log(directory)
        fill(maker, 250)
        for _ in 0..<300 {
            let segment = UInt32.random(in: 1...maker.number, using: &random)
            let bytes = maker.bytes(of: segment)
            let used = segment == maker.number ? maker.position : bytes.count
            let place = Int.random(in: 0..<used, using: &random)
            let count = min(Int.random(in: 1...600, using: &random), used - place)
            maker.damage(segment, at: place, random.bytes(count))
            defer { maker.damage(segment, at: place, Array(bytes[place..<place + count])) }
            guard let reader = try? LogReader(directory: directory.path) else { continue }
            for id in [partition, other] {
                guard let info = reader.index.partition(id) else { continue }
                let found = try records(reader, id, from: info.logStart)
                #expect(found.records.allSatisfy { $0.1 == value($0.0, id) })
                #expect(found.records.map(\.0) == found.records.map(\.0).sorted())
            }
        }
    }

    /// Where the entry with `offset` stands, by the maker's own index and a walk.
    private func find(_ maker: JournalMaker, _ offset: Int64) -> Place? {
        guard let location = maker.index.locate(partition, offset: offset) else { return nil }
        let bytes = maker.bytes(of: location.place.segment)
        return bytes.withUnsafeBytes { bytes in
            var position = Int(location.place.position)
            while position < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
                if let entry = EntryHeader(rest), entry.kind == .batch,
                    entry.partition == partition.rawValue, entry.baseOffset == offset
                {
                    return Place(segment: location.place.segment, position: UInt32(position))
                }
                position += 8
            }
            return nil
        }
    }

    @Test("RECORD: a used segment under a slow reader is out of range, never other bytes")
    func lapped() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        fill(maker, 400)
        let reader = try LogReader(directory: directory.path)
        var bytes: [UInt8] = []
        let first = try reader.read(partition, from: 0, maxBytes: 2_000, into: &bytes)
        // The log goes round under it.
        for _ in 0..<20 {
            maker.freeOldest()
            fill(maker, 200)
        }
        bytes = []
        let start = try #require(maker.index.partition(partition)?.logStart)
        let end = try #require(maker.index.highWatermark(partition))
        #expect(start > first.next)
        #expect(throws: ReadError.outOfRange(logStart: start, end: end)) {
            _ = try reader.read(partition, from: first.next, maxBytes: 2_000, into: &bytes)
        }
        #expect(bytes.isEmpty)
        let found = try records(reader, partition, from: start)
        #expect(found.records.allSatisfy { $0.1 == value($0.0, partition) })
        #expect(found.records.map(\.0) == Array(start..<end))
    }

    @Test("LIVE: another log in the place of the first one is noticed, and so is its absence")
    func replaced() throws {
        let parent = TemporaryDirectory()
        let path = parent.path + "/log"
        mkdir(path, 0o700)
        var maker = JournalMaker(path, segmentBytes: 64 << 10)
        maker.topic("a", partition)
        let reader = try LogReader(directory: path)
        rename(path, path + ".old")
        #expect(throws: ReadError.self) { try reader.refresh() }
        mkdir(path, 0o700)
        #expect(throws: ReadError.noLog(path)) { try reader.refresh() }
        maker = JournalMaker(path, segmentBytes: 64 << 10, log: LogID(head: 8, tail: 8))
        maker.topic("b", partition)
        #expect(try reader.refresh())
        #expect(reader.index == maker.index)
        for folder in [path, path + ".old"] {
            unlink(folder + "/0000000001.segment")
            rmdir(folder)
        }
    }

    @Test("RECORD: no more than the page's durable end is seen while its writer lives")
    func durableOnly() throws {
        let directory = TemporaryDirectory()
        let run = TemporaryDirectory(inMemory: true)
        let maker = log(directory)
        let page = try LivePageWriter(
            path: run.path + "/page", log: maker.index.log, directory: directory.path)
        maker.append(partition, [1])
        page.publish(durable: maker.end, oldest: 1, LiveCounters())
        let reader = try LogReader(directory: directory.path)
        #expect(reader.isLive && reader.index.highWatermark(partition) == 1)
        maker.append(partition, [2])
        #expect(try !reader.refresh())
        #expect(reader.index.highWatermark(partition) == 1)
        #expect(!reader.wait(milliseconds: 1))
        page.publish(durable: maker.end, oldest: 1, LiveCounters())
        #expect(reader.wait(milliseconds: 1_000))
        #expect(try reader.refresh())
        #expect(reader.index.highWatermark(partition) == 2)
    }
}
