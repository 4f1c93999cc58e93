// Death and start. A kill leaves the lines, the latch page and what had been handed to the disk; a
// power cut drops the lines and leaves what was durable. Where the loss goes through the middle of
// a tick, both sides of it are right, item by item.

import ControlLoop
import DrillRandom
import FireLogic

extension Life {
    mutating func restartAfterKill() {
        note("killed, \(bench.written) of \(bench.log.count) records left")
        end(keeping: bench.written, isPowerCut: false)
    }

    mutating func cutPower() {
        note("power cut, \(bench.durable) of \(bench.log.count) records left")
        end(keeping: bench.durable, isPowerCut: true)
    }

    private mutating func end(keeping count: Int, isPowerCut: Bool) {
        guard violations.isEmpty else { return }
        var remembered = remembered(at: count)
        var fromLog = remembered
        controller = nil
        let isCut = count < bench.log.count || bench.isDead
        bench.log.removeSubrange(count...)
        if isPowerCut {
            bench.run += 1
            bench.now = Instant(nanoseconds: Int64(1 + random.below(5_000)) * 1_000_000)
            bench.lampsBroken = false
            stalledUntil = .zero
            restartBuilding()
        } else {
            pass(.milliseconds(random.pick([1, 50, 500, 5_000])))
        }
        bench.panel = nil
        for floor in bench.floorLamps.indices { bench.floorLamps[floor] = nil }
        for index in bench.shown.indices { bench.shown[index] = .unknown }

        var memory = Memory()
        for entry in bench.log {
            memory.apply(entry.record, age: entry.run == bench.run ? bench.now - entry.boot : nil)
        }
        if !isPowerCut { followLatchPage(&memory, &remembered, isCut: isCut) }
        witness.restart(from: remembered, run: bench.run, at: bench.now)
        if random.chance(1, in: 3) {
            note("log rewritten")
            bench.log = memory.records().map {
                Bench.Entry(record: $0, boot: bench.now, run: bench.run)
            }
            fromLog = witness.remembered
        }
        let count = bench.log.count
        bench.written = bench.log.count
        bench.durable = bench.log.count
        if memory.open.count > plan.floors.count || memory.alarms.count > plan.detectors.count
            || memory.disabled.count > plan.detectors.count
        {
            fail([.init(.bounded, "remembers more than there is")])
        }
        start(memory: memory)
        if bench.hasLostRecords && isPowerCut {
            isOver = true
            return
        }
        judgeStart()
        // A line that could not be had at the start is known from then on.
        for drive in bench.drives { witness.judge(drive, at: bench.now) }
        remember(before: fromLog, at: count)
    }

    /// The valve page is younger than the log.
    private func followLatchPage(
        _ memory: inout Memory, _ remembered: inout Remembered, isCut: Bool
    ) {
        for (floor, command) in bench.latch.enumerated() {
            let id = plan.floors[floor].id
            switch command {
            case .open:
                memory.remember(id, open: true)
                remembered.floors[floor].isOpen = true
            case .closed where memory.open.contains(id):
                memory.remember(id, open: false)
                remembered.closeByKey(floor, detectors: witness.detectorsOfFloor[floor])
            case .closed:
                // Never opened, or opened and closed without a trace: the page cannot tell.
                remembered.floors[floor].isOpen = false
                if isCut { remembered.doubt(floor, detectors: witness.detectorsOfFloor[floor]) }
            }
        }
    }

    private mutating func judgeStart() {
        guard let logic = controller?.logic else { return }
        for (floor, facts) in witness.account.floors.enumerated() {
            switch (facts.isOpen, logic.floors[floor].isOpen) {
            case (true, false): fail([.init(.latch, "floor \(floor) is closed after a start")])
            case (false, true): fail([.init(.quiet, "floor \(floor) is open after a start")])
            case (true, true), (false, false): break
            }
        }
        if bench.hasLostRecords { isOver = true }
    }

    /// What the first `count` entries tell. When a tick was torn apart, its own surviving entries
    /// say on which side each thing stands.
    private func remembered(at count: Int) -> Remembered {
        guard let place = memories.lastIndex(where: { $0.count <= count }) else {
            return memories[0].remembered
        }
        let before = memories[place]
        let isLast = place == memories.count - 1
        guard before.count < count,
            let after = isLast ? dying : memories[place + 1].remembered
        else { return before.remembered }
        return before.remembered.torn(
            towards: after, entries: bench.log[before.count..<count], plan)
    }

    private mutating func restartBuilding() {
        var old = building
        building = Building(plan: plan, at: bench.now, &random)
        swap(&building.keys, &old.keys)
        for index in old.detectors.indices {
            old.detectors[index].nextAt = building.detectors[index].nextAt
        }
        building.detectors = old.detectors
        for floor in old.valves.indices {
            building.valves[floor].isStuck = old.valves[floor].isStuck
        }
    }
}

extension Remembered {
    /// The log was lost after the key had closed the valve.
    mutating func closeByKey(_ floor: Int, detectors indices: [Int]) {
        floors[floor].isOpen = false
        floors[floor].released = .yes
        for index in indices { detectors[index].speaks = .no }
    }

    mutating func doubt(_ floor: Int, detectors indices: [Int]) {
        if floors[floor].released == .yes { floors[floor].released = .maybe }
        for index in indices where detectors[index].speaks == .yes {
            detectors[index].speaks = .maybe
        }
    }

    func torn(
        towards after: Remembered, entries: ArraySlice<Bench.Entry>, _ plan: SitePlan
    ) -> Remembered {
        var result = self
        for index in result.detectors.indices
        where detectors[index].speaks != after.detectors[index].speaks || !entries.isEmpty {
            if result.detectors[index].speaks != .no || after.detectors[index].speaks != .no {
                result.detectors[index].speaks = .maybe
            }
        }
        for floor in result.floors.indices
        where floors[floor].released != after.floors[floor].released {
            result.floors[floor].released = .maybe
        }
        for entry in entries { result.take(entry.record, after, plan) }
        return result
    }

    private mutating func take(_ record: Record, _ after: Remembered, _ plan: SitePlan) {
        func floor(_ id: FloorID) -> Int? { plan.floors.firstIndex { $0.id == id } }
        func detector(_ id: DetectorID) -> Int? { plan.detectors.firstIndex { $0.id == id } }
        switch record {
        case .valve(let id, let command, _):
            guard let floor = floor(id) else { return }
            floors[floor].isOpen = command == .open
        case .alarm(let id, _):
            guard let index = detector(id) else { return }
            detectors[index].latched = true
            if detectors[index].speaks == .no { detectors[index].speaks = .maybe }
        case .reset:
            for index in detectors.indices { detectors[index].latched = false }
        case .isolated(let id), .inService(let id):
            guard let floor = floor(id) else { return }
            keysOff[plan.floors[floor].key] = after.keysOff[plan.floors[floor].key]
        case .disabled(let id, _, _), .enabled(let id, _):
            guard let index = detector(id) else { return }
            detectors[index].disabledUntil = after.detectors[index].disabledUntil
            detectors[index].disabledFor = after.detectors[index].disabledFor
            detectors[index].run = after.detectors[index].run
        case .walkTestStarted(let id, _, _), .walkTestEnded(let id, _):
            guard let floor = floor(id) else { return }
            floors[floor].walkUntil = after.floors[floor].walkUntil
            floors[floor].walkFor = after.floors[floor].walkFor
            floors[floor].run = after.floors[floor].run
        case .signal, .tested, .detectorDown, .detectorBack, .bus, .releasePending,
            .releaseWithdrawn, .releaseWithheld, .valveConfirmed, .valveFault, .valveRepaired,
            .keyFault, .keyRepaired, .manualRelease, .manualReleaseFault, .silenced, .refused,
            .button, .systemFault, .started, .armed, .signalsDropped, .told, .asked, .timePassed,
            .rested:
            break
        }
    }
}
