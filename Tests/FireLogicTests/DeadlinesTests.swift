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

    @Test("LIVE: In a large site every detector is still found silent at its limit, to the moment")
    func largeSite() {
        let plan = Example.plan(floors: 4, detectors: 90)
        var decisions = Decisions()
        var logic = SiteLogic(
            plan: plan, planChecksum: 0, memory: Memory(), at: .zero, into: &decisions)
        // All speak once, one millisecond apart.
        var now = Instant.zero
        for index in plan.detectors.indices {
            now = now + .milliseconds(1)
            logic.handle(.reading(detector: index, .normal), at: now, into: &decisions)
            logic.advance(to: now, into: &decisions)
        }
        decisions.removeAll()
        var silentAt: [DetectorID: Instant] = [:]
        var looks = 0
        while silentAt.count < plan.detectors.count && looks < 10_000 {
            looks += 1
            now = logic.nextDeadline
            logic.advance(to: now, into: &decisions)
            for case .detectorDown(let id, _, _) in decisions.records { silentAt[id] = now }
            decisions.removeAll()
        }
        for (index, detector) in plan.detectors.enumerated() {
            let expected = Instant.zero + .milliseconds(index + 1) + detector.limit
            #expect(silentAt[detector.id] == expected)
        }
    }
}
