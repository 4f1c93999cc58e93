// Journals in memory, whole and damaged in every way: what is read back is what was written, or
// less, and then it is told.

import ControlLoop
import FireLogic
import Testing

@testable import SafetyLog

@Suite struct JournalReplayTests {
    private static let few: [Record] = [
        .started(planChecksum: 7), .alarm(DetectorID(rawValue: 1), FloorID(rawValue: 0)),
        .valve(FloorID(rawValue: 0), .open, .release(.detector(DetectorID(rawValue: 1)))),
        .isolated(FloorID(rawValue: 2)),
        .disabled(DetectorID(rawValue: 2), Sample.who, .minutes(9)),
    ]

    @Test("RECORD: every record is read back from its frame, in order")
    func whole() {
        let (bytes, _) = Sample.journal(Sample.everyRecord)
        let (replay, seen) = Sample.replay(bytes)
        #expect(seen == Sample.everyRecord && replay.gaps == 0 && !replay.isForeign)
        #expect(replay.validBytes == bytes.count)
        #expect(replay.nextSequence == UInt64(2 + Sample.everyRecord.count))
    }

    @Test("No frame is longer than a reader takes")
    func frameSize() {
        let (_, ends) = Sample.journal(Sample.everyRecord)
        for (start, end) in zip(ends, ends.dropFirst()) {
            #expect(end - start < 2_048)
        }
    }

    @Test("RECORD: a torn tail is cut and what stands before it is kept")
    func torn() {
        let (bytes, ends) = Sample.journal(Self.few)
        for cut in 0...bytes.count {
            for tail in [
                [], [UInt8](repeating: 0, count: 600), [UInt8](repeating: 0xFF, count: 600),
            ] {
                let file = Array(bytes[..<cut]) + tail
                let (replay, seen) = Sample.replay(file)
                // Zeros behind the cut can be the very ones that were cut off.
                let frames = ends.filter { file.starts(with: bytes[..<$0]) }.count
                #expect(seen == Array(Self.few.prefix(max(0, frames - 1))))
                #expect(
                    replay.gaps == 0 && replay.validBytes == (frames == 0 ? 0 : ends[frames - 1]))
                #expect(replay.isForeign == (frames == 0 && !file.isEmpty))
            }
        }
    }

    @Test("RECORD: no flipped bit of a journal goes unnoticed, and none makes another record")
    func flips() {
        let (bytes, _) = Sample.journal(Self.few)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let (replay, seen) = Sample.replay(damaged)
            #expect(replay.gaps > 0 || replay.validBytes < bytes.count, "bit \(bit)")
            var rest = seen[...]
            for record in Self.few where rest.first == record { rest.removeFirst() }
            #expect(rest.isEmpty && seen.count < Self.few.count || bit < 49 * 8, "bit \(bit)")
        }
    }

    @Test("RECORD: rot in the middle costs what it hit, and is counted as a gap")
    func rot() {
        let (bytes, ends) = Sample.journal(Self.few)
        for frame in 0..<Self.few.count - 1 {
            var damaged = bytes
            for at in ends[frame]..<ends[frame + 1] { damaged[at] = 0 }
            let (replay, seen) = Sample.replay(damaged)
            var expected = Self.few
            expected.remove(at: frame)
            #expect(seen == expected && replay.gaps == 1 && replay.validBytes == bytes.count)
        }
    }

    @Test("RECORD: whole frames missing in the middle are a gap")
    func missing() {
        let (bytes, ends) = Sample.journal(Self.few)
        let (replay, seen) = Sample.replay(Array(bytes[..<ends[1]] + bytes[ends[2]...]))
        #expect(seen.count == Self.few.count - 1 && replay.gaps == 1)
    }

    @Test("LATCH: an old frame that the disk still held behind the end closes nothing")
    func stale() {
        let open: Record = .valve(FloorID(rawValue: 0), .open, .release(.manual))
        let close: Record = .valve(FloorID(rawValue: 0), .closed, .key)
        let (bytes, _) = Sample.journal([open], sequence: 100)
        let (old, oldEnds) = Sample.journal([close], sequence: 50)
        let (replay, seen) = Sample.replay(bytes + old[oldEnds[0]...])
        #expect(seen == [open] && replay.memory.open == [FloorID(rawValue: 0)])
        #expect(replay.validBytes == bytes.count)
    }

    @Test("The memory is the fold of the records, with the ages of this boot")
    func fold() {
        let records = Self.few
        for (writer, age) in [(Sample.boot, true), (Sample.otherBoot, false)] {
            let (bytes, _) = Sample.journal(records, boot: writer)
            let (replay, _) = Sample.replay(bytes, now: 60_000)
            var memory = Memory()
            for (index, record) in records.enumerated() {
                let past = Sample.stamp(60_000).boot - Sample.stamp(index).boot
                memory.apply(record, age: age ? past : nil)
            }
            #expect(replay.memory == memory)
        }
    }

    @Test("RECORD: bytes of any kind trap no reader and are seen to be no journal")
    func fuzz() {
        var (numbers, seed) = SeededNumbers.printed("journal")
        let (bytes, _) = Sample.journal(Sample.everyRecord)
        let deadline = BootTime.now + .seconds(SeededNumbers.seconds)
        var gaps = 0
        var rounds = 0
        while BootTime.now < deadline || rounds < 20 {
            rounds += 1
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...8, using: &numbers) {
                let at = Int.random(in: 0..<damaged.count, using: &numbers)
                let end = min(damaged.count, at + Int.random(in: 1...700, using: &numbers))
                switch numbers.next() % 5 {
                case 0: damaged[at] = UInt8(truncatingIfNeeded: numbers.next())
                case 1: for place in at..<end { damaged[place] = 0 }
                case 2: damaged.removeSubrange(at..<end)
                case 3: damaged.insert(contentsOf: damaged[at..<end], at: at)
                default: damaged.removeSubrange(at...)
                }
                if damaged.isEmpty { damaged = [1] }
            }
            let (replay, seen) = Sample.replay(damaged)
            gaps += replay.gaps
            // Whatever is read was written, and in that order.
            var rest = Sample.everyRecord[...]
            for record in seen {
                guard let at = rest.firstIndex(of: record) else {
                    Issue.record("seed \(seed): a record out of nowhere: \(record)")
                    return
                }
                rest = rest[(at + 1)...]
            }
        }
        print("journal: \(rounds) rounds, \(gaps) gaps")
        #expect(gaps > 0)
        let noise = (0..<100_000).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
        #expect(Sample.replay(noise).0.isForeign)
    }

    @Test("BOUNDED: a large rotten journal does not keep the start waiting")
    func searchTime() {
        // The worst for the search: numbers that could be lengths at every place.
        var bytes = [UInt8](repeating: 0, count: 1 << 15)
        for at in stride(from: 0, to: bytes.count, by: 4) { bytes[at + 1] = 0x08 }
        let before = BootTime.now
        #expect(Sample.replay(bytes).0.isForeign)
        let took = (BootTime.now - before).milliseconds
        print("journal: 32 KiB of rot searched in \(took) ms")
        #expect(took < 20_000)
    }
}
