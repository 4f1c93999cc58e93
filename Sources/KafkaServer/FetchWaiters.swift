// Fetches that wait for more: until there are enough bytes, or their time is over. Found by the
// partitions that they wait for, so that an append costs nothing for those who wait for others, and
// by their deadlines.

import EventLog
import KafkaWire

/// Fetch requests that have not been answered yet.
struct FetchWaiters {
    /// A partition of one of the logs.
    struct Place: Hashable {
        var log: ObjectIdentifier
        var partition: PartitionID
    }

    struct Waiter {
        var request: FetchRequest
        var connection: UInt64
        var deadline: Int64
        var places: [Place]
        var reply: (FetchResponse) -> Void
    }

    /// Entries of the heap that may be gone before it is cleaned.
    private static let slack = 1_024

    private var all: [UInt64: Waiter] = [:]
    private var byPlace: [Place: Set<UInt64>] = [:]
    private var byConnection: [UInt64: Set<UInt64>] = [:]
    /// A heap by deadline; it may name some that are gone.
    private var deadlines: [(at: Int64, number: UInt64)] = []
    private var last: UInt64 = 0

    var isEmpty: Bool { all.isEmpty }
    var nextDeadline: Int64? { deadlines.first?.at }

    mutating func add(_ waiter: Waiter) {
        last += 1
        all[last] = waiter
        for place in waiter.places { byPlace[place, default: []].insert(last) }
        byConnection[waiter.connection, default: []].insert(last)
        push((waiter.deadline, last))
    }

    subscript(number: UInt64) -> Waiter? { all[number] }

    mutating func remove(_ number: UInt64) {
        guard let waiter = all.removeValue(forKey: number) else { return }
        for place in waiter.places {
            byPlace[place]?.remove(number)
            if byPlace[place]?.isEmpty == true { byPlace[place] = nil }
        }
        byConnection[waiter.connection]?.remove(number)
        if byConnection[waiter.connection]?.isEmpty == true {
            byConnection[waiter.connection] = nil
        }
        while let first = deadlines.first, all[first.number] == nil { pop() }
        if deadlines.count > 2 * all.count + Self.slack {
            // A sorted array is a heap.
            deadlines = deadlines.filter { all[$0.number] != nil }.sorted { $0.at < $1.at }
        }
    }

    mutating func removeAll(of connection: UInt64) {
        for number in waiting(on: connection) { remove(number) }
    }

    /// Those of the connection, in the order in which they came.
    func waiting(on connection: UInt64) -> [UInt64] { byConnection[connection]?.sorted() ?? [] }

    /// Those who wait for one of the partitions, in the order in which they came.
    func waiting(for places: Set<Place>) -> [UInt64] {
        places.reduce(into: Set<UInt64>()) { $0.formUnion(byPlace[$1] ?? []) }.sorted()
    }

    /// Those who wait for a partition of the log.
    func waiting(for log: ObjectIdentifier) -> [UInt64] {
        byPlace.reduce(into: Set<UInt64>()) { numbers, entry in
            if entry.key.log == log { numbers.formUnion(entry.value) }
        }.sorted()
    }

    /// Those whose time is over.
    mutating func due(at now: Int64) -> [UInt64] {
        var numbers: [UInt64] = []
        while let first = deadlines.first, first.at <= now {
            pop()
            if all[first.number] != nil { numbers.append(first.number) }
        }
        return numbers
    }

    // The heap

    private mutating func push(_ entry: (at: Int64, number: UInt64)) {
        deadlines.append(entry)
        var child = deadlines.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if deadlines[parent].at <= deadlines[child].at { break }
            deadlines.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func pop() {
        deadlines.swapAt(0, deadlines.count - 1)
        deadlines.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < deadlines.count {
                if deadlines[child].at < deadlines[least].at { least = child }
            }
            if least == parent { return }
            deadlines.swapAt(parent, least)
            parent = least
        }
    }
}
