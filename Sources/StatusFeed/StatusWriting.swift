// Puts the state of the fire logic into the bytes of a status page. Called by the page's writer
// between its two sequence numbers; touches only the bytes that it is told about.

import ControlLoop
import FireLogic

package struct StatusWriting {
    package let layout: StatusLayout
    private let page: UnsafeMutableRawBufferPointer

    /// `page` has at least `layout.byteCount` bytes.
    package init(_ page: UnsafeMutableRawBufferPointer, layout: StatusLayout) {
        precondition(page.count >= layout.byteCount)
        self.page = page
        self.layout = layout
    }

    package func begin(planChecksum: UInt32, processID: UInt32, started: Instant) {
        page.store(StatusLayout.version, at: 8)
        page.store(UInt32(layout.byteCount), at: 12)
        page.store(planChecksum, at: 24)
        page.store(UInt16(layout.floors), at: 28)
        page.store(UInt32(layout.detectors), at: 32)
        page.store(UInt32(layout.buses), at: 36)
        page.store(processID, at: 40)
        page.store(started.nanoseconds, at: 128)
        page.store(StatusLayout.magic, at: 0)
    }

    package func write(_ logic: SiteLogic, _ stamp: Stamp, ticks: UInt64) {
        page.store(stamp.boot.nanoseconds, at: 48)
        page.store(stamp.wallMilliseconds, at: 56)
        let lamps = logic.lamps
        var lit: UInt8 = 0
        if lamps.power { lit |= 1 }
        if lamps.fire { lit |= 2 }
        if lamps.fault { lit |= 4 }
        if lamps.isolated { lit |= 8 }
        if lamps.test { lit |= 16 }
        if lamps.sounder { lit |= 32 }
        page.store(lit, at: 64)
        page.store(logic.summary.condition.rawValue, at: 65)
        page.store((logic.isArmed ? 1 : 0) | (logic.panel.lampTestRuns ? 2 : 0) as UInt8, at: 66)
        page.store(logic.panel.sounder.rawValue, at: 67)
        var faults: UInt64 = 0
        for fault in logic.systemFaults { faults |= 1 << UInt64(fault.rawValue) }
        page.store(faults, at: 72)
        let summary = logic.summary
        page.store(UInt32(summary.floorsInFire), at: 80)
        page.store(UInt32(summary.floorsOpen), at: 84)
        page.store(UInt32(summary.floorsIsolated), at: 88)
        page.store(UInt32(summary.floorsInTest), at: 92)
        page.store(UInt32(summary.detectorsDown), at: 96)
        page.store(UInt32(summary.detectorsDisabled), at: 100)
        page.store(UInt32(summary.valveFaults), at: 104)
        page.store(UInt32(summary.otherFaults), at: 108)
        page.store(ticks, at: 112)
        for floor in logic.floors.indices { write(floor: floor, logic) }
        for (bus, up) in logic.busesUp.enumerated() {
            page.store((up ? 1 : 0) as UInt8, at: layout.bus(bus))
        }
    }

    private func write(floor index: Int, _ logic: SiteLogic) {
        let at = layout.floor(index)
        let floor = logic.floors[index]
        let plan = logic.plan.floors[index]
        let key = logic.keys[plan.key]
        page.store(plan.id.rawValue, at: at)
        page.store(floor.valve.command.rawValue, at: at + 2)
        page.store(floor.valve.feedback.rawValue, at: at + 3)
        let valve: UInt8 =
            switch floor.valve.state {
            case .settled: 0
            case .moving: 1
            case .notConfirmed: 2
            case .notDriven: 3
            }
        page.store(valve, at: at + 4)
        page.store(key.position.rawValue, at: at + 5)
        var flags: UInt8 = 0
        if key.isFaulty { flags |= 1 }
        if floor.inWalkTest { flags |= 2 }
        if floor.manualIsFaulty { flags |= 4 }
        if floor.established { flags |= 8 }
        if case .pending(let until, _) = floor.release {
            flags |= 16
            page.store(until.nanoseconds, at: at + 8)
        }
        page.store(flags, at: at + 6)
        page.store((floor.walkTestUntil ?? .never).nanoseconds, at: at + 16)
        page.store(UInt16(clamping: floor.count.latched), at: at + 24)
        page.store(UInt16(clamping: floor.count.voting), at: at + 26)
        page.store(UInt16(clamping: floor.count.down), at: at + 28)
        page.store(UInt16(clamping: floor.count.disabled), at: at + 30)
    }

    package func write(detector index: Int, _ logic: SiteLogic) {
        let at = layout.detector(index)
        let detector = logic.detectors[index]
        let plan = logic.plan.detectors[index]
        page.store(plan.id.rawValue, at: at)
        let state: UInt8 =
            switch detector.state {
            case .unknown: StatusSnapshot.Detector.unknownCode
            case .normal: Reading.normal.code
            case .alarm: Reading.alarm.code
            case .faulty(let reason, _): Reading.fault(reason).code
            case .silent(let cause): Reading.silent(cause).code
            }
        page.store(state, at: at + 4)
        var flags: UInt8 = 0
        if detector.alarmLatched { flags |= 1 }
        if detector.votes { flags |= 2 }
        if !detector.isEnabled { flags |= 4 }
        if detector.tested { flags |= 8 }
        page.store(flags, at: at + 5)
        page.store(UInt16(plan.floor), at: at + 6)
        page.store(logic.heardAt[index].nanoseconds, at: at + 8)
        page.store((detector.disabledUntil ?? .never).nanoseconds, at: at + 16)
    }

    package func write(event number: UInt64, _ record: Record, _ stamp: Stamp) {
        let at = layout.event(number)
        page.store(number, at: at)
        page.store(stamp.boot.nanoseconds, at: at + 8)
        page.store(stamp.wallMilliseconds, at: at + 16)
        let words = record.words.words
        page.store(words.0, at: at + 24)
        page.store(words.1, at: at + 32)
        page.store(words.2, at: at + 40)
        page.store(words.3, at: at + 48)
        page.store(words.4, at: at + 56)
        page.store(number + 1, at: 120)
    }
}
