// A status page read back: plain values for views, tests and the gateway. Reading takes any bytes;
// what is no whole page gives a `Flaw`, never a trap.

import ControlLoop
import FireLogic

package struct StatusSnapshot: Sendable {
    package enum Flaw: Error, Hashable, Sendable {
        case magic, version, size
        /// The page was being written.
        case unfinished
        /// A detector on a floor that the page does not have.
        case value
    }

    package struct Floor: Hashable, Sendable {
        package enum ValveState: UInt8, Hashable, Sendable {
            case settled, moving, notConfirmed, notDriven
        }

        package var id: FloorID
        package var command: ValveCommand
        package var feedback: Valve.Feedback
        package var valve: ValveState
        package var key: KeySwitch.Position
        package var keyIsFaulty: Bool
        package var manualIsFaulty: Bool
        package var isEstablished: Bool
        /// Boot clock at which the delayed release opens; nil while none is counted down.
        package var pendingUntil: Instant?
        package var walkTestUntil: Instant?
        package var latched: Int
        package var voting: Int
        package var down: Int
        package var disabled: Int
    }

    package struct Detector: Hashable, Sendable {
        package static let unknownCode: UInt8 = 64

        package enum State: Hashable, Sendable {
            case unknown
            case heard(Reading)
        }

        package var id: DetectorID
        /// Position in `floors`.
        package var floor: Int
        package var state: State
        package var alarmLatched: Bool
        package var votes: Bool
        package var isDisabled: Bool
        package var tested: Bool
        /// `never` if it has not spoken.
        package var heardAt: Instant
        package var disabledUntil: Instant
    }

    package struct Event: Hashable, Sendable {
        package var number: UInt64
        package var record: Record
        package var stamp: Stamp
    }

    package var planChecksum: UInt32
    package var processID: UInt32
    package var started: Instant
    package var stamp: Stamp
    package var lamps: PanelLamps
    package var condition: Panel.Condition
    package var isArmed: Bool
    package var lampTestRuns: Bool
    package var sounder: Panel.Sounder
    package var systemFaults: [SystemFault]
    package var summary: Summary
    package var ticks: UInt64
    package var floors: [Floor]
    package var detectors: [Detector]
    package var busesUp: [Bool]
    /// The newest events that the page holds, oldest first.
    package var events: [Event]
    /// The number that the next event gets.
    package var nextEvent: UInt64

    package init(_ page: UnsafeRawBufferPointer) throws(Flaw) {
        guard page.count >= StatusLayout.headerBytes else { throw .size }
        guard page.little(UInt64.self, at: 0) == StatusLayout.magic else { throw .magic }
        guard page.little(UInt32.self, at: 8) == StatusLayout.version else { throw .version }
        guard page.little(UInt64.self, at: 16) & 1 == 0 else { throw .unfinished }
        let layout = StatusLayout(
            floors: Int(page.little(UInt16.self, at: 28)),
            detectors: Int(page.little(UInt32.self, at: 32)),
            buses: Int(page.little(UInt32.self, at: 36)))
        guard layout.floors <= Limits.floors, layout.detectors <= Limits.detectors,
            layout.buses <= Limits.buses, page.count >= layout.byteCount,
            Int(page.little(UInt32.self, at: 12)) == layout.byteCount
        else { throw .size }

        planChecksum = page.little(UInt32.self, at: 24)
        processID = page.little(UInt32.self, at: 40)
        started = Self.instant(page, 128)
        stamp = Stamp(
            boot: Self.instant(page, 48), wallMilliseconds: page.little(Int64.self, at: 56))
        let lit = page[64]
        lamps = PanelLamps(
            power: lit & 1 != 0, fire: lit & 2 != 0, fault: lit & 4 != 0, isolated: lit & 8 != 0,
            test: lit & 16 != 0, sounder: lit & 32 != 0)
        condition = Panel.Condition(rawValue: page[65]) ?? .fault
        isArmed = page[66] & 1 != 0
        lampTestRuns = page[66] & 2 != 0
        sounder = Panel.Sounder(rawValue: page[67]) ?? .quiet
        let faults = page.little(UInt64.self, at: 72)
        systemFaults = SystemFault.allCases.filter { faults & 1 << UInt64($0.rawValue) != 0 }
        summary = Self.summary(page)
        ticks = page.little(UInt64.self, at: 112)
        floors = (0..<layout.floors).map { Self.floor(page, layout.floor($0)) }
        detectors = (0..<layout.detectors).map { Self.detector(page, layout.detector($0)) }
        guard detectors.allSatisfy({ $0.floor < layout.floors }) else { throw .value }
        busesUp = (0..<layout.buses).map { page[layout.bus($0)] == 1 }
        let next = page.little(UInt64.self, at: 120)
        nextEvent = next
        let first = next > UInt64(StatusLayout.events) ? next - UInt64(StatusLayout.events) : 0
        events = (first..<next).compactMap { Self.event(page, layout.event($0), number: $0) }
    }

    private static func instant(_ page: UnsafeRawBufferPointer, _ at: Int) -> Instant {
        Instant(nanoseconds: page.little(Int64.self, at: at))
    }

    private static func summary(_ page: UnsafeRawBufferPointer) -> Summary {
        func count(_ at: Int) -> Int { Int(page.little(UInt32.self, at: at)) }
        var summary = Summary()
        summary.floorsInFire = count(80)
        summary.floorsOpen = count(84)
        summary.floorsIsolated = count(88)
        summary.floorsInTest = count(92)
        summary.detectorsDown = count(96)
        summary.detectorsDisabled = count(100)
        summary.valveFaults = count(104)
        summary.otherFaults = count(108)
        return summary
    }

    /// Values that no writer writes are read as the worst they could mean.
    private static func floor(_ page: UnsafeRawBufferPointer, _ at: Int) -> Floor {
        let flags = page[at + 6]
        let walkTest = instant(page, at + 16)
        func count(_ offset: Int) -> Int { Int(page.little(UInt16.self, at: at + offset)) }
        return Floor(
            id: FloorID(rawValue: page.little(Int16.self, at: at)),
            command: ValveCommand(rawValue: page[at + 2]) ?? .closed,
            feedback: Valve.Feedback(rawValue: page[at + 3]) ?? .unknown,
            valve: Floor.ValveState(rawValue: page[at + 4]) ?? .notDriven,
            key: KeySwitch.Position(rawValue: page[at + 5]) ?? .unsettled,
            keyIsFaulty: flags & 1 != 0, manualIsFaulty: flags & 4 != 0,
            isEstablished: flags & 8 != 0,
            pendingUntil: flags & 16 != 0 ? instant(page, at + 8) : nil,
            walkTestUntil: flags & 2 != 0 ? walkTest : nil,
            latched: count(24), voting: count(26), down: count(28), disabled: count(30))
    }

    private static func detector(_ page: UnsafeRawBufferPointer, _ at: Int) -> Detector {
        let flags = page[at + 5]
        return Detector(
            id: DetectorID(rawValue: page.little(UInt32.self, at: at)),
            floor: Int(page.little(UInt16.self, at: at + 6)),
            state: Reading(code: page[at + 4]).map { .heard($0) } ?? .unknown,
            alarmLatched: flags & 1 != 0, votes: flags & 2 != 0, isDisabled: flags & 4 != 0,
            tested: flags & 8 != 0, heardAt: instant(page, at + 8),
            disabledUntil: instant(page, at + 16))
    }

    private static func event(
        _ page: UnsafeRawBufferPointer, _ at: Int, number: UInt64
    ) -> Event? {
        guard page.little(UInt64.self, at: at) == number else { return nil }
        let words = RecordWords(
            (
                page.little(UInt64.self, at: at + 24), page.little(UInt64.self, at: at + 32),
                page.little(UInt64.self, at: at + 40), page.little(UInt64.self, at: at + 48),
                page.little(UInt64.self, at: at + 56)
            ))
        guard let record = words.record else { return nil }
        return Event(
            number: number, record: record,
            stamp: Stamp(
                boot: instant(page, at + 8), wallMilliseconds: page.little(Int64.self, at: at + 16))
        )
    }
}
