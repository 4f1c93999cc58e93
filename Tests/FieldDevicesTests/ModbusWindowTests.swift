// How many requests may be under way at once.

import FieldDevices
import FireLogic
import Testing

@Suite("Modbus window")
struct ModbusWindowTests {
    @Test("Setbacks halve it down to one, those of one time count once")
    func shrinks() {
        var window = ModbusWindow(most: 16)
        var sizes: [Int] = []
        for second in 1...5 {
            for _ in 0..<7 {
                window.crowded(
                    askedAt: .zero + .seconds(second),
                    now: .zero + .seconds(second) + .milliseconds(1))
            }
            sizes.append(window.size)
        }
        #expect(sizes == [8, 4, 2, 1, 1])
    }

    @Test("A run of answers gives one more, and never more than the plan says")
    func grows() {
        var window = ModbusWindow(most: 4)
        window.crowded(askedAt: .zero, now: .zero)
        #expect(window.size == 2)
        var answers = 0
        while window.size < 4 && answers < 10_000 {
            window.answered()
            answers += 1
        }
        #expect((100...1_000).contains(answers))
        for _ in 0..<100_000 { window.answered() }
        #expect(window.size == 4)
    }

    @Test("BOUNDED: a gateway that takes one at a time loses ever fewer requests to trials")
    func trials() {
        var window = ModbusWindow(most: 8)
        var losses = 0
        for turn in 1...1_000_000 {
            let now = Instant(nanoseconds: Int64(turn))
            if window.size > 1 {
                losses += 1
                window.crowded(askedAt: now, now: now)
            }
            window.answered()
        }
        #expect(losses < 40)
    }

    @Test("A connection of one request is never anything else")
    func one() {
        var window = ModbusWindow(most: 1)
        window.crowded(askedAt: .zero, now: .zero)
        for _ in 0..<100_000 { window.answered() }
        #expect(window.size == 1)
    }
}
