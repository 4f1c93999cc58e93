// What becomes of a bus's reports while the control loop does not listen.

import FieldDevices
import FireLogic
import Handover
import Testing

@Suite struct ModbusOutboxTests {
    @Test("RELEASE: a full ring drops normal readings and keeps alarms and faults")
    func outbox() throws {
        let ring = Handover<BusReport>(capacity: 2, bell: try Doorbell())
        var outbox = ModbusOutbox(ring: ring, bus: 3, detectors: [10, 11, 12])
        outbox.report(.normal, local: 0)
        outbox.report(.normal, local: 1)
        #expect(outbox.isEmpty)
        outbox.report(.normal, local: 2)
        #expect(outbox.dropped == 1)
        outbox.report(.alarm, local: 2)
        outbox.report(.fault(.device), local: 1)
        outbox.report(.alarm, local: 1)
        outbox.report(up: false)
        // Later readings do not take the place of an alarm that the loop has not seen.
        outbox.report(.normal, local: 2)
        outbox.report(.fault(.invalid), local: 2)
        #expect(outbox.dropped == 3)
        #expect(ring.take() == .reading(detector: 10, .normal))
        #expect(ring.take() == .reading(detector: 11, .normal))
        #expect(ring.take() == nil)
        outbox.retry()
        #expect(ring.take() == .bus(3, up: false))
        #expect(ring.take() == .reading(detector: 11, .alarm))
        outbox.retry()
        #expect(ring.take() == .reading(detector: 12, .alarm))
        #expect(outbox.isEmpty)
    }

    @Test("A reading never overtakes one that is held")
    func noOvertaking() throws {
        let ring = Handover<BusReport>(capacity: 2, bell: try Doorbell())
        var outbox = ModbusOutbox(ring: ring, bus: 0, detectors: [0, 1])
        outbox.report(.normal, local: 0)
        outbox.report(.normal, local: 0)
        outbox.report(.alarm, local: 1)
        _ = ring.take()
        outbox.report(.normal, local: 1)
        #expect(ring.take() == .reading(detector: 0, .normal))
        #expect(ring.take() == .reading(detector: 1, .alarm))
        #expect(outbox.dropped == 1)
    }
}
