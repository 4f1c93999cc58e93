// A queue of numbers by deadline: a binary heap in one array that grows to its final size once.
// `ModbusSchedule` keeps its requests in it. At equal deadlines the smaller number comes first.

import FireLogic

struct ModbusDeadlines {
    private struct Entry {
        let due: Instant
        let job: Int

        func precedes(_ other: Entry) -> Bool {
            due == other.due ? job < other.job : due < other.due
        }
    }

    private var entries: [Entry] = []

    var count: Int { entries.count }

    /// The entry with the earliest deadline.
    var first: (due: Instant, job: Int)? {
        guard let entry = entries.first else { return nil }
        return (entry.due, entry.job)
    }

    mutating func insert(_ job: Int, due: Instant) {
        entries.append(Entry(due: due, job: job))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].precedes(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Precondition: not empty.
    mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while 2 * parent + 1 < entries.count {
            var child = 2 * parent + 1
            if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) {
                child += 1
            }
            guard entries[child].precedes(entries[parent]) else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
