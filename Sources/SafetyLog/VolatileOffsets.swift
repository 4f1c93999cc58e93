// What the two log threads agree on so that no offset of a signal is ever given twice: the durable log
// reserves offsets ahead, the volatile one gives out only what is reserved. After a power cut, when
// the volatile log is gone, it goes on where the reservation ended.

import Handover
import Synchronization

final class VolatileOffsets: Sendable {
    /// Offsets that are reserved at a time.
    static let chunk: Int64 = 1 << 22

    /// What was reserved when the durable log was opened; -1 before that.
    private let foundValue = Atomic<Int64>(-1)
    private let grantedValue = Atomic<Int64>(0)
    private let wantedValue = Atomic<Int64>(0)
    private let durable: Doorbell
    private let volatile: Doorbell

    init(durable: Doorbell, volatile: Doorbell) {
        self.durable = durable
        self.volatile = volatile
    }

    // The volatile log's thread.

    /// Where an empty volatile log begins; nil as long as nobody knows.
    var found: Int64? {
        let value = foundValue.load(ordering: .acquiring)
        return value < 0 ? nil : value
    }

    /// Offsets below this may be given out.
    var granted: Int64 { grantedValue.load(ordering: .acquiring) }

    /// Asks for more when less than half a chunk is left behind `next`.
    func use(_ next: Int64) {
        guard granted &- next < Self.chunk / 2 else { return }
        let wanted = next &+ Self.chunk
        guard wanted > wantedValue.load(ordering: .relaxed) else { return }
        wantedValue.store(wanted, ordering: .releasing)
        durable.ring()
    }

    // The durable log's thread.

    func find(_ reserved: Int64) {
        if foundValue.load(ordering: .relaxed) < 0 {
            foundValue.store(reserved, ordering: .releasing)
        }
        volatile.ring()
    }

    /// What is to be reserved; nil when nothing is.
    var wanted: Int64? {
        let value = wantedValue.load(ordering: .acquiring)
        return value > granted ? value : nil
    }

    /// The reservation is on the disk.
    func grant(_ upTo: Int64) {
        grantedValue.store(upTo, ordering: .releasing)
        volatile.ring()
    }
}
