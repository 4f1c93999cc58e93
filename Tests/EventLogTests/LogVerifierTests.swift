// `verify` against logs that are damaged in every way that a test can think of.

import EventLog
import Glibc
import Testing

@Suite(.timeLimit(.minutes(5))) struct LogVerifierTests {
    private let partition = PartitionID(rawValue: 1)

    /// Two segments, a dozen frames, closed.
    private func smallLog(_ directory: TemporaryDirectory) -> JournalMaker {
        let maker = JournalMaker(directory.path, segmentBytes: 32 << 10)
        maker.topic("a", partition)
        for number in 0..<4 as Range<UInt8> { maker.append(partition, [number, 2, 3]) }
        maker.add(.commit(group: "g", partition, offset: 3, metadata: ""))
        maker.flush()
        maker.roll()
        let next = maker.index.highWatermark(partition) ?? 0
        for number in 0..<3 as Range<Int64> {
            maker.add(
                partition, JournalMaker.batch([[9], [8, 8]], time: number), count: 2,
                at: next + number * 2)
        }
        maker.flush()
        maker.close()
        return maker
    }

    private func verify(_ path: String) throws -> VerifyReport {
        var verifier = try LogVerifier(directory: path)
        return try verifier.run()
    }

    @Test("RECORD: an undamaged log is clean, closed, and counted whole")
    func clean() throws {
        let directory = TemporaryDirectory()
        let maker = smallLog(directory)
        let report = try verify(directory.path)
        #expect(report.isClean && report.findings.isEmpty && report.isClosed)
        #expect(report.segments == 2 && report.records == 10 && report.batches == 7)
        #expect(report.finalHash == maker.index.lastHash && report.log == maker.index.log)
        let first = report.firstSequence
        let last = report.lastSequence
        #expect(first == 0 && last.map { $0 + 1 } == maker.index.nextSequence)
        #expect(report.frames == maker.index.nextSequence)
    }

    @Test("RECORD: verify finds every flipped bit of headers, frames and the zeros between them")
    func everyBit() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let maker = smallLog(directory)
        var flips = 0
        var missed: [String] = []
        for segment in 1...2 as ClosedRange<UInt32> {
            let bytes = maker.bytes(of: segment)
            let end = Int(
                maker.index.segments.first { $0.number == segment }?.length ?? 0)
            for place in 0..<end {
                // One bit of a zero is as good as another, and there are many.
                let isZero = place >= 128 && bytes[max(0, place - 8)...place].allSatisfy { $0 == 0 }
                if place < 4_096 && isZero && place % 5 != 0 { continue }
                for bit in 0..<8 where !isZero || bit == place % 8 {
                    maker.damage(segment, at: place, [bytes[place] ^ 1 << UInt8(bit)])
                    if try verify(directory.path).isClean {
                        missed.append("\(segment): \(place).\(bit)")
                    }
                    flips += 1
                }
                maker.damage(segment, at: place, [bytes[place]])
            }
        }
        print("verify: \(flips) flipped bits, \(missed.count) missed")
        #expect(missed.isEmpty, "\(missed.prefix(20))")
        #expect(try verify(directory.path).isClean)
    }

    @Test("RECORD: lost, exchanged, doubled and zeroed sectors are found")
    func sectors() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let maker = smallLog(directory)
        let bytes = maker.bytes(of: 1)
        let end = Int(maker.index.segments.first?.length ?? 0)
        for place in stride(from: 0, to: end, by: 512) {
            for other in stride(from: 0, through: end, by: 512) {
                let sector =
                    other == end
                    ? [UInt8](repeating: 0, count: 512) : Array(bytes[other..<other + 512])
                guard sector != Array(bytes[place..<place + 512]) else { continue }
                maker.damage(1, at: place, sector)
                #expect(try !verify(directory.path).isClean, "\(other) at \(place)")
            }
            maker.damage(1, at: place, Array(bytes[place..<place + 512]))
        }
    }

    @Test("RECORD: a lost batch is named by its offsets")
    func gap() throws {
        let directory = TemporaryDirectory()
        let maker = smallLog(directory)
        let place = try #require(maker.index.locate(partition, offset: 0))
        for offset in 0..<4 as Range<Int64> {
            let frame = Int(place.frame) + Int(offset) * 512
            let bytes = Array(maker.bytes(of: 1)[frame..<frame + 512])
            maker.damage(1, at: frame, [UInt8](repeating: 0, count: 512))
            let report = try verify(directory.path)
            #expect(!report.isClean && report.lostOffsets == 1)
            let gap = LogGap(partition: partition, offsets: offset..<offset + 1, isExact: true)
            #expect(report.gaps == [gap])
            maker.damage(1, at: frame, bytes)
        }
    }

    @Test("RECORD: missing, foreign and short segments are found; other files are noted")
    func files() throws {
        for change in 0..<5 {
            let directory = TemporaryDirectory()
            let other = TemporaryDirectory()
            let maker = smallLog(directory)
            for _ in 0..<2 {
                maker.roll()
                maker.append(partition, [1])
            }
            let second = directory.path + "/0000000002.segment"
            var isClean = false
            switch change {
            case 0: unlink(second)
            case 1:
                _ = JournalMaker(
                    other.path, segmentBytes: 32 << 10, log: LogID(head: 5, tail: 5))
                rename(other.path + "/0000000001.segment", directory.path + "/0000000009.segment")
            case 2: truncate(second, 8_192)
            case 3: rename(second, directory.path + "/0000000007.segment")
            default:
                symlink("nowhere", directory.path + "/stray")
                isClean = true
            }
            let report = try verify(directory.path)
            #expect(report.isClean == isClean, "\(change): \(report.findings)")
            #expect(!report.findings.isEmpty)
        }
        #expect(throws: FileError.self) { try verify("/nonexistent/log") }
    }

    @Test("RECORD: older bytes in a segment that is used again are no damage")
    func recycled() throws {
        let directory = TemporaryDirectory()
        let maker = JournalMaker(directory.path, segmentBytes: 64 << 10)
        maker.topic("a", partition)
        for number in 0..<900 {
            maker.append(partition, [UInt8](repeating: UInt8(number % 250), count: number % 400))
            if number % 150 == 149 { maker.freeOldest() }
            if number % 50 == 0 {
                let report = try verify(directory.path)
                #expect(report.isClean, "\(report.findings)")
                #expect(report.finalHash == maker.index.lastHash)
            }
        }
    }

    @Test("RECORD: an end that the page of the last writer knows of is missed when it is gone")
    func knownEnd() throws {
        let directory = TemporaryDirectory()
        let run = TemporaryDirectory(inMemory: true)
        let maker = smallLog(directory)
        let before = maker.end
        maker.append(partition, [1])
        var page: LivePageWriter? = try LivePageWriter(
            path: run.path + "/page", log: maker.index.log, directory: directory.path)
        page?.publish(durable: maker.end, oldest: 1, LiveCounters())
        page = nil
        #expect(try verify(directory.path).isClean)
        maker.damage(2, at: Int(before.length), [UInt8](repeating: 0, count: 512))
        #expect(try !verify(directory.path).isClean)
    }
}
