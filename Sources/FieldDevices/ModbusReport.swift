// What a bus thread tells the control loop, and what becomes of it while the loop does not listen.
//
// When the ring is full, a normal reading is dropped and counted: the next poll brings another.
// An alarm, a fault and the state of the bus are never dropped (promise RELEASE): the bus thread
// keeps the newest of each detector and tries again. It must never wait for the loop.

import FireLogic
import Handover

/// One message from a bus thread to the control loop.
package enum BusReport: Hashable, Sendable {
    /// `detector` is a position in `SitePlan.detectors`.
    case reading(detector: Int, Reading)
    /// `bus` is a position in `SitePlan.buses`. Not up: the adapter or connection is gone, or no
    /// slave has answered for a while. Nothing is said before either is known.
    case bus(Int, up: Bool)
}

/// The bus thread's side of its ring.
package struct ModbusOutbox {
    /// Normal readings that found the ring full.
    package private(set) var dropped: UInt64 = 0
    private let ring: Handover<BusReport>
    private let detectors: [Int]
    private let bus: Int
    /// Readings that found the ring full, by position in `detectors`.
    private var held: [Reading?]
    private var heldCount = 0
    private var heldState: Bool?

    /// `detectors`: the plan positions of the bus's own detectors.
    package init(ring: Handover<BusReport>, bus: Int, detectors: [Int]) {
        self.ring = ring
        self.bus = bus
        self.detectors = detectors
        held = Array(repeating: nil, count: detectors.count)
    }

    package var isEmpty: Bool { heldCount == 0 && heldState == nil }

    /// Reports `reading` of the detector at `local`, a position in `detectors`.
    package mutating func report(_ reading: Reading, local: Int) {
        retry()
        if isEmpty && ring.offer(.reading(detector: detectors[local], reading)) { return }
        switch (held[local], reading) {
        case (_, .normal), (_, .silent):
            dropped += 1
        case (nil, _):
            held[local] = reading
            heldCount += 1
        case (_, .alarm), (.fault?, .fault):
            held[local] = reading
        case (.alarm?, .fault), (.normal?, .fault), (.silent?, .fault):
            // An alarm that the loop has not seen yet outweighs the fault, which comes again.
            dropped += 1
        }
    }

    package mutating func report(up: Bool) {
        retry()
        if isEmpty && ring.offer(.bus(bus, up: up)) { return }
        heldState = up
    }

    /// Offers again what is held, the state of the bus first. Called before every wait, too.
    package mutating func retry() {
        if let up = heldState {
            guard ring.offer(.bus(bus, up: up)) else { return }
            heldState = nil
        }
        if heldCount == 0 { return }
        for local in held.indices {
            guard let reading = held[local] else { continue }
            guard ring.offer(.reading(detector: detectors[local], reading)) else { return }
            held[local] = nil
            heldCount -= 1
            if heldCount == 0 { return }
        }
    }
}
