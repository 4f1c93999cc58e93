// The heap of deadlines against a plain list that is searched from end to end.

import FireLogic
import Testing

@Suite struct DeadlinesTests {
    @Test("BOUNDED: Deadlines agrees with a searched list over random operations, from a seed")
    func againstNaiveModel() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<50 {
            let count = Int.random(in: 1...40, using: &random)
            var heap = Deadlines(count: count, at: .zero)
            var naive = Array(repeating: Instant.zero, count: count)
            for step in 0..<2_000 {
                let time = Instant(nanoseconds: Int64.random(in: -50...50, using: &random))
                if Bool.random(using: &random) {
                    let index = Int.random(in: 0..<count, using: &random)
                    heap.bringForward(index, to: time)
                    naive[index] = min(naive[index], time)
                } else if let first = heap.nextIndex {
                    let later: Instant = Int.random(in: 0..<10, using: &random) == 0 ? .never : time
                    heap.correctFirst(to: later)
                    naive[first] = later
                }
                let context: Comment = "seed \(seed), round \(round), step \(step)"
                let least = naive.min() ?? .never
                guard heap.next == least, let first = heap.nextIndex, naive[first] == least
                else {
                    Issue.record("the heap lost its order: \(context)")
                    return
                }
            }
        }
    }

    @Test("BOUNDED: Deadlines of a site without detectors never comes up")
    func empty() {
        let heap = Deadlines(count: 0, at: .zero)
        #expect(heap.next == .never)
        #expect(heap.nextIndex == nil)
    }

    @Test("LIVE: a deadline is brought forward and never pushed back by another signal")
    func bringForward() {
        var heap = Deadlines(count: 3, at: Instant(nanoseconds: 10))
        heap.bringForward(2, to: Instant(nanoseconds: 5))
        #expect(heap.nextIndex == 2)
        heap.bringForward(2, to: Instant(nanoseconds: 50))
        #expect(heap.next == Instant(nanoseconds: 5))
        heap.correctFirst(to: .never)
        #expect(heap.next == Instant(nanoseconds: 10))
    }
}
