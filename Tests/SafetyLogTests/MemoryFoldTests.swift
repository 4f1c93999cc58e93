// What the log says is what was, whatever stands in front of it and whoever was killed while writing.

import ControlLoop
import FireLogic
import TestSupport
import Testing

@testable import SafetyLog

@Suite struct MemoryFoldTests {
    private let machine = Sample.boot.head
    private let floor = FloorID(rawValue: 1)
    private let detector = DetectorID(rawValue: 101)

    private func entry(_ record: Record, at number: Int, machine: UInt64? = nil) -> LogEntry {
        LogEntry(
            kind: .record, number: UInt32(number), machine: machine ?? self.machine,
            stamp: SampleSite.stamp(number), words: record.words)
    }

    private func fold(_ entries: [LogEntry], now: Int = 1_000_000) -> Memory {
        var fold = MemoryFold(machine: machine, now: SampleSite.stamp(now).boot)
        for entry in entries { fold.take(entry) }
        return fold.memory
    }

    private var someMemory: Memory {
        fold([
            entry(.alarm(detector, floor), at: 1),
            entry(.valve(floor, .open, .release(.detector(detector))), at: 2),
            entry(.isolated(FloorID(rawValue: 0)), at: 3),
            entry(.disabled(DetectorID(rawValue: 3), Sample.who, .minutes(60)), at: 4),
        ])
    }

    @Test("LATCH: a memory that is written and read is the same memory")
    func roundTrip() {
        let stamp = SampleSite.stamp(1_000_000)
        for kind in [LogEntry.Kind.memoryAtStart, .memoryOnTheWay] {
            let entries = someMemory.entries(kind, machine: machine, stamp)
            #expect(fold(entries) == someMemory)
            // It takes the place of whatever was told before.
            let before = entry(.valve(FloorID(rawValue: 2), .open, .release(.manual)), at: 1)
            #expect(fold([before] + entries) == someMemory)
        }
        let empty = Memory().entries(.memoryAtStart, machine: machine, stamp)
        #expect(empty.count == 1 && fold([entry(.isolated(floor), at: 1)] + empty) == Memory())
    }

    @Test("LATCH: half a memory, whose writer was killed, does not count")
    func half() {
        let whole = someMemory.entries(.memoryOnTheWay, machine: machine, SampleSite.stamp(9))
        let before = [entry(.valve(FloorID(rawValue: 2), .open, .release(.manual)), at: 1)]
        for count in 1..<whole.count {
            let cut = before + whole[..<count]
            #expect(fold(cut).open == [FloorID(rawValue: 2)])
            #expect(fold(cut + [entry(.armed, at: 10)]).open == [FloorID(rawValue: 2)])
            #expect(fold(cut + whole) == fold(whole))
        }
    }

    @Test("A disablement counts on through a restart, and 30 min at most behind a power cut")
    func ages() {
        let id = DetectorID(rawValue: 3)
        let record = Record.disabled(id, Sample.who, .minutes(60))
        let minutes = 20 * 60_000
        let same = fold([entry(record, at: 0)], now: minutes)
        #expect(same.disabled[id]?.left == .minutes(40))
        let other = fold([entry(record, at: 0, machine: 77)], now: minutes)
        #expect(other.disabled[id]?.left == .minutes(30))
        // A clock that is behind the record is another boot's.
        let behind = fold([entry(record, at: 2 * minutes)], now: minutes)
        #expect(behind.disabled[id]?.left == .minutes(30))
    }

    @Test("A memory grows older as the program runs")
    func older() {
        let id = DetectorID(rawValue: 3)
        var memory = someMemory
        let left = memory.disabled[id]?.left ?? .zero
        memory.age(by: .minutes(10))
        #expect((memory.disabled[id]?.left ?? .zero) + .minutes(10) == left)
        memory.age(by: .minutes(60))
        #expect(memory.disabled.isEmpty && memory.endedDisablements == [id])
        #expect(memory.open == [floor])
    }
}
