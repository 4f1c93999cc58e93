// Whose signal goes to the controller next when more come than it takes.

import KafkaServer
import TestSupport
import Testing

/// A queue that `#expect` may change.
private final class Waiting<Signal> {
    private var queue = SignalQueue<Signal>()
    var count: Int { queue.count }
    var isEmpty: Bool { queue.isEmpty }

    func add(_ signal: Signal, isAlarm: Bool = false, from sender: UInt64) -> Bool {
        queue.add(signal, isAlarm: isAlarm, from: sender)
    }

    func next() -> Signal? { queue.next() }

    func removeFirst(while late: (Signal) -> Bool) -> [Signal] { queue.removeFirst(while: late) }

    func drain(_ count: Int = .max) -> [Signal] {
        var out: [Signal] = []
        while out.count < count, let next = queue.next() { out.append(next) }
        return out
    }
}

@Suite struct SignalQueueTests {
    @Test("Senders take turns, and the order of one sender stays")
    func turns() {
        let queue = Waiting<String>()
        for number in 0..<3 { #expect(queue.add("a\(number)", from: 1)) }
        for number in 0..<2 { #expect(queue.add("b\(number)", from: 2)) }
        #expect(queue.count == 5)
        #expect(queue.drain() == ["a0", "b0", "a1", "b1", "a2"])
        #expect(queue.isEmpty)
        #expect(queue.next() == nil)
    }

    @Test(
        "APART, RELEASE: a fire waits behind no other's flood, and does not overtake its own signals")
    func fireFirst() {
        let queue = Waiting<String>()
        for sender in UInt64(1)...20 {
            for _ in 0..<100 { #expect(queue.add("flood", from: sender)) }
        }
        #expect(queue.add("well", from: 99))
        #expect(queue.add("fire", isAlarm: true, from: 99))
        #expect(queue.drain(2) == ["well", "fire"])
        #expect(queue.next() == "flood")
    }

    @Test("A line that was hurried once has no more turns than others")
    func voidTurn() {
        let queue = Waiting<String>()
        #expect(queue.add("a0", from: 1) && queue.add("fire", isAlarm: true, from: 1))
        #expect(queue.add("b0", from: 2) && queue.add("b1", from: 2))
        #expect(queue.drain(2) == ["a0", "fire"])
        #expect(queue.add("a1", from: 1) && queue.add("a2", from: 1))
        #expect(queue.drain() == ["b0", "a1", "b1", "a2"])
    }

    @Test("LIVE: who cries fire without end leaves one turn in four to the others")
    func endlessFire() {
        let queue = Waiting<String>()
        for number in 0..<400 { #expect(queue.add("f\(number)", isAlarm: true, from: 1)) }
        for number in 0..<10 { #expect(queue.add("w\(number)", from: 2)) }
        let first = queue.drain(12)
        #expect(first.filter { $0.hasPrefix("w") } == ["w0", "w1", "w2"])
        #expect(queue.drain().count == 398)
    }

    @Test(
        "BOUNDED: a sender has a line of bounded length, and a full queue still takes one of a new one"
    )
    func bounds() {
        typealias Queue = SignalQueue<Int>
        let queue = Waiting<Int>()
        for number in 0..<Queue.mostOfSender { #expect(queue.add(number, from: 1)) }
        #expect(queue.add(-1, from: 1) == false)
        #expect(queue.add(-2, isAlarm: true, from: 1))
        var sender: UInt64 = 2
        while queue.count < Queue.most {
            while queue.count < Queue.most, queue.add(0, from: sender) { continue }
            sender += 1
        }
        #expect(queue.add(-3, isAlarm: true, from: 1) == false)
        #expect(queue.add(-4, isAlarm: true, from: 1_000))
        #expect(queue.add(-5, isAlarm: true, from: 1_000) == false)
        #expect(queue.count == Queue.most + 1)
        var seen = 0
        var place: Int?
        while let next = queue.next() {
            if next == -4 { place = seen }
            seen += 1
        }
        #expect(seen == Queue.most + 1 && (place ?? .max) < 8)
    }

    @Test("What waited too long leaves; what stands behind it keeps its turn")
    func late() {
        let queue = Waiting<Int>()
        for (number, sender) in [(1, 1), (5, 1), (2, 2), (6, 3)] {
            #expect(queue.add(number, isAlarm: number == 5, from: UInt64(sender)))
        }
        #expect(queue.removeFirst { $0 < 4 }.sorted() == [1, 2])
        #expect(queue.count == 2)
        #expect(queue.next() == 5)
        #expect(queue.next() == 6)
        #expect(queue.next() == nil)
        #expect(queue.add(7, from: 2))
        #expect(queue.next() == 7)
    }

    @Test("A random life: nothing is lost, doubled, or out of the order of its sender")
    func life() {
        for seed in UInt64(0)..<200 {
            var random = SeededNumbers(seed: seed)
            let queue = Waiting<(sender: UInt64, number: Int)>()
            var taken: [UInt64: [Int]] = [:]
            var added: [UInt64: [Int]] = [:]
            for number in 0..<400 {
                let sender = random.next() % 6
                if random.next() % 3 > 0 {
                    if queue.add((sender, number), isAlarm: random.next() % 4 == 0, from: sender) {
                        added[sender, default: []].append(number)
                    }
                } else if let next = queue.next() {
                    taken[next.sender, default: []].append(next.number)
                }
                if random.next() % 50 == 0 {
                    for gone in queue.removeFirst(while: { $0.number < number - 60 }) {
                        taken[gone.sender, default: []].append(gone.number)
                    }
                }
            }
            while let next = queue.next() { taken[next.sender, default: []].append(next.number) }
            #expect(taken == added, "seed \(seed)")
            #expect(queue.isEmpty)
        }
    }
}
