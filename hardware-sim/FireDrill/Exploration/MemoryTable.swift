// What the log would give back after a crash, each distinct memory once: a state carries only its
// number, and what a record or a tick makes of it is worked out once.

import FireLogic

struct MemoryTable {
    private struct Step: Hashable {
        var from: Int32
        var record: Record
    }

    private var memories: [Memory] = []
    /// Numbers of the memories that are rewritten alike.
    private var numbers: [[Record]: [Int32]] = [:]
    private var steps: [Step: Int32] = [:]
    /// One tick older each; `unknown` where it was not asked for yet.
    private var older: [Int32] = []
    /// Memories of which a rewritten log would not tell the same.
    private(set) var isForgetful = false

    private static let unknown: Int32 = -1

    /// Number 0 is the empty memory of a first start.
    init() { _ = number(of: Memory()) }

    subscript(number: Int32) -> Memory { memories[Int(number)] }

    mutating func apply(_ record: Record, to number: Int32) -> Int32 {
        let step = Step(from: number, record: record)
        if let known = steps[step] { return known }
        var memory = self[number]
        memory.apply(record, age: .zero)
        let result = self.number(of: memory)
        steps[step] = result
        return result
    }

    /// The same memory after `tick` more of running.
    mutating func aged(_ number: Int32, by tick: Interval) -> Int32 {
        let memory = self[number]
        guard !memory.disabled.isEmpty || !memory.walkTests.isEmpty else { return number }
        if older[Int(number)] == Self.unknown {
            older[Int(number)] = self.number(of: memory.aged(by: tick))
        }
        return older[Int(number)]
    }

    private mutating func number(of memory: Memory) -> Int32 {
        let records = memory.records()
        if let known = numbers[records]?.first(where: { self[$0] == memory }) { return known }
        let number = Int32(memories.count)
        memories.append(memory)
        older.append(Self.unknown)
        numbers[records, default: []].append(number)
        if memory.aged(by: .zero).records() != records { isForgetful = true }
        return number
    }
}

extension Memory {
    /// The same memory after `span` more of running: as a log that was just rewritten tells it.
    package func aged(by span: Interval) -> Memory {
        var result = Memory()
        for record in records() { result.apply(record, age: span) }
        return result
    }
}
