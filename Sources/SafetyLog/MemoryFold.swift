// Folds topic `records` into the memory with which the fire logic starts. Called for each entry from
// the committed offset on. A memory that stands in the log takes the place of what was folded before
// it, once it is whole; a half one, whose writer was killed, does not count.

import ControlLoop
import FireLogic

package struct MemoryFold: Sendable {
    package private(set) var memory = Memory()
    /// Entries that were records.
    package private(set) var records = 0
    private var next: Memory?
    private var left = 0
    private let machine: UInt64
    private let now: Instant

    /// Records of boot `machine` know their age at `now`; others lie before a power cut.
    package init(machine: UInt64, now: Instant) {
        self.machine = machine
        self.now = now
    }

    package mutating func take(_ entry: LogEntry) {
        let age = now - entry.stamp.boot
        let known = entry.machine == machine && machine != 0 && age >= .zero ? age : nil
        switch entry.kind {
        case .memoryAtStart, .memoryOnTheWay:
            next = Memory()
            left = Int(entry.number)
        case .remembered:
            guard left > 0 else { return }
            left -= 1
            if let record = entry.record { next?.apply(record, age: known) }
        case .record:
            next = nil
            records += 1
            if let record = entry.record { memory.apply(record, age: known) }
        case .episodes, .episode:
            return
        }
        if left == 0, let whole = next {
            memory = whole
            next = nil
        }
    }
}

extension Memory {
    /// The entries that say it: a head and its records.
    package func entries(
        _ kind: LogEntry.Kind, machine: UInt64, _ stamp: Stamp
    ) -> [LogEntry] {
        let records = records()
        var entries = [
            LogEntry(
                kind: kind, number: UInt32(records.count), machine: machine, stamp: stamp)
        ]
        for (index, record) in records.enumerated() {
            entries.append(
                LogEntry(
                    kind: .remembered, number: UInt32(index), machine: machine, stamp: stamp,
                    words: record.words))
        }
        return entries
    }
}
