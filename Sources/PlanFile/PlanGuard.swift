// Watches the plan that the rules have in memory: a cell that flips in 40 years must not quietly move a
// detector to another floor. Its tables are summed up at the start, and then again and again, a piece
// every half second; the largest plan takes less than ten minutes a round. `SiteField` asks it in each
// tick. It reads memory, and never writes or repairs: a restart loads the plan anew.
//
// What is summed up are the tables' elements as they lie in memory. A plan is never written while the
// program runs, and elements hold no counters, so that nothing but a fault changes a byte. Names, which
// lie elsewhere, are for people only and are not summed up.

import CRC32C
import FireLogic

package struct PlanGuard: Sendable {
    /// Bytes that one look takes, some microseconds.
    package static let bytesAtOnce = 4_096
    package static let lookEvery: Interval = .milliseconds(500)

    private let plan: SitePlan
    private var first: UInt32 = 0
    private var sum = CRC32C()
    private var table = 0
    private var offset = 0
    private var nextLook: Instant

    /// `plan` must share its tables with the rules' plan: a copy does, as long as neither is written.
    package init(_ plan: SitePlan, at now: Instant) {
        self.plan = plan
        nextLook = now
        while table < Self.tables { sumUp() }
        first = endRound()
    }

    package var deadline: Instant { nextLook }

    /// At the end of a round: whether the plan is as it was at the start; nil meanwhile.
    package mutating func look(at now: Instant) -> Bool? {
        guard now >= nextLook else { return nil }
        nextLook = now + Self.lookEvery
        return piece()
    }

    /// A piece, whenever it is: nil until the round ends.
    package mutating func piece() -> Bool? {
        sumUp()
        return table == Self.tables ? endRound() == first : nil
    }

    /// The next bytes, to the end of the round at most.
    private mutating func sumUp() {
        var room = Self.bytesAtOnce
        while room > 0 && table < Self.tables {
            let taken = take(atMost: room)
            room -= taken
            guard taken == 0 else { continue }
            table += 1
            offset = 0
        }
    }

    /// The sum of the round; another one begins.
    private mutating func endRound() -> UInt32 {
        let value = sum.value
        sum = CRC32C()
        table = 0
        return value
    }

    private static let tables = 6

    /// Sums up what follows in the table; how many bytes that were.
    private mutating func take(atMost room: Int) -> Int {
        switch table {
        case 0: return take(plan.detectors, room)
        case 1: return take(plan.floors, room)
        case 2: return take(plan.keys, room)
        case 3: return take(plan.buses, room)
        case 4: return take(plan.zones, room)
        default: return take(plan.chips, room)
        }
    }

    private mutating func take<Element>(_ elements: [Element], _ room: Int) -> Int {
        elements.withUnsafeBytes { bytes in
            let count = min(room, bytes.count - offset)
            guard count > 0 else { return 0 }
            sum.update(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
            offset += count
            return count
        }
    }
}
