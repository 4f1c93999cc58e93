// All input lines of a site: contacts and heartbeats of detectors, key contacts, feedback, manual
// releases, buttons. Turns edges and levels into observations. It judges nothing: debouncing is
// FireLogic's. A line that cannot be had or read is reported as such and tried again; it never
// takes another line with it.

import ControlLoop
import FireLogic
import Glibc

package struct GpioInputLines<Chips: GpioChips> {
    private enum Role {
        case contact(Int)
        case pulseAlarm(Int)
        case heartbeat(Int, alarm: Int)
        case key(Int, KeyContact)
        case feedback(Int)
        case manualRelease(Int)
        case button(PanelButton)
        case powerFault

        /// Position of the detector, if the line belongs to one.
        var detector: Int? {
            switch self {
            case .contact(let index), .pulseAlarm(let index), .heartbeat(let index, _): index
            case .key, .feedback, .manualRelease, .button, .powerFault: nil
            }
        }
    }

    private struct Line {
        var role: Role
        var plan: GpioLine
        /// The request that holds the line, -1 while none does, and its place in it.
        var request = -1
        var place = 0
    }

    /// Levels other than detectors' are read anew this often, in case an edge was lost.
    private static var refreshEvery: Interval { .milliseconds(250) }
    private static var retryEvery: Interval { .seconds(5) }
    /// Contacts are read in so many parts of their period.
    private static var parts: Int { 64 }

    private let chips: Chips
    private let plan: SitePlan
    private let poller: Poller
    private var lines: [Line] = []
    /// nil: let go of; the place is used again, so that a chip that comes and goes adds none.
    private var requests: [Chips.Inputs?] = []
    /// Positions in `lines`, by request and place.
    private var linesOfRequest: [[Int]] = []
    /// Passive contacts and when each is read next.
    private var contacts: [Int] = []
    private var polls: Deadlines
    /// Contacts that have been read fewer than two times.
    private var unspread = 0
    private var refreshAt: Instant
    private var retryAt: Instant = .never
    private var edges: [GpioEdge] = []
    /// Last told state of `SystemFault.gpio`.
    private var isFaulty = false
    private var power = OutsideFault()
    private var failedReads = 0

    package init(plan: SitePlan, chips: Chips, poller: Poller, at now: Instant) {
        self.chips = chips
        self.plan = plan
        self.poller = poller
        refreshAt = now
        polls = Deadlines(count: 0, at: now)
        edges.reserveCapacity(256)
        collectLines()
        contacts = lines.indices.filter {
            if case .contact = lines[$0].role { true } else { false }
        }
        polls = Deadlines(count: contacts.count, at: now)
        unspread = contacts.count
        requestMissing(at: now, whole: true)
    }

    package var nextDeadline: Instant { min(min(polls.next, refreshAt), retryAt) }

    /// What waits behind a descriptor.
    package mutating func readEdges(_ request: Int, _ which: Int, into inputs: inout [Input]) {
        edges.removeAll(keepingCapacity: true)
        let now = BootClock.now
        do {
            try requests[request]?.readEdges(which, into: &edges)
        } catch {
            lose(request, at: now)
            return
        }
        for edge in edges {
            let line = linesOfRequest[request][edge.index]
            saw(line, edge.active ? .active : .inactive, at: now, into: &inputs)
        }
    }

    /// What has to be read because its time has come.
    package mutating func poll(at now: Instant, into inputs: inout [Input]) {
        while polls.next <= now, let index = polls.nextIndex {
            let line = contacts[index]
            saw(line, level(line), at: now, into: &inputs)
            guard let detector = lines[line].role.detector else { continue }
            polls.correctFirst(to: now + wait(plan.detectors[detector].period))
        }
        if now >= refreshAt {
            refreshAt = now + Self.refreshEvery
            for line in lines.indices where lines[line].role.detector == nil {
                saw(line, level(line), at: now, into: &inputs)
            }
        }
        if now >= retryAt { requestMissing(at: now, whole: false) }
        let faulty = retryAt != .never
        if faulty != isFaulty {
            isFaulty = faulty
            inputs.append(.event(.systemFault(.gpio, present: faulty)))
        }
        if let present = power.change(at: now) {
            inputs.append(.event(.systemFault(.power, present: present)))
        }
    }

    /// All contacts are read at the start; from then on a part of them at a time, so that hundreds
    /// of system calls never stand before a release.
    private mutating func wait(_ period: Interval) -> Interval {
        guard unspread > 0 else { return period }
        let part = Int64(unspread % Self.parts + 1)
        unspread -= 1
        return Interval(nanoseconds: period.nanoseconds / Int64(Self.parts) * part)
    }

    private func level(_ index: Int) -> ContactLevel {
        let line = lines[index]
        guard line.request >= 0 else { return .unreadable }
        do {
            guard let request = requests[line.request] else { return .unreadable }
            return try request.isActive(line.place) ? .active : .inactive
        } catch {
            return .unreadable
        }
    }

    private mutating func saw(
        _ index: Int, _ level: ContactLevel, at now: Instant, into inputs: inout [Input]
    ) {
        switch lines[index].role {
        case .contact(let detector), .pulseAlarm(let detector):
            inputs.append(.event(.reading(detector: detector, Self.reading(level))))
        case .heartbeat(let detector, let alarm):
            inputs.append(.event(.reading(detector: detector, Self.reading(self.level(alarm)))))
        case .key(let key, let contact):
            inputs.append(.event(.keyContact(key: key, contact, level)))
        case .feedback(let floor):
            inputs.append(.event(.feedback(floor: floor, level)))
        case .manualRelease(let floor):
            inputs.append(.event(.manualRelease(floor: floor, level)))
        case .button(let button):
            inputs.append(.event(.button(button, level)))
        case .powerFault:
            // A line that cannot be read is a fault of its own, and says nothing of the power.
            if level != .unreadable { power.see(level == .active, at: now) }
        }
    }

    private static func reading(_ level: ContactLevel) -> Reading {
        switch level {
        case .inactive: .normal
        case .active: .alarm
        case .unreadable: .fault(.line)
        }
    }

    /// Requests lines that nobody holds for us yet: those of a chip together, and one by one when
    /// that fails, so that one bad line costs only itself.
    private mutating func requestMissing(at now: Instant, whole: Bool) {
        for chip in plan.chips.indices {
            let missing = lines.indices.filter {
                lines[$0].request < 0 && lines[$0].plan.chip == chip
            }
            guard !missing.isEmpty else { continue }
            if whole && request(missing, of: chip) == .held { continue }
            for line in missing where request([line], of: chip) == .noChip { break }
        }
        let complete = lines.allSatisfy { $0.request >= 0 }
        retryAt = complete ? .never : now + Self.retryEvery
    }

    private enum Answer { case held, refused, noChip }

    private mutating func request(_ wanted: [Int], of chip: Int) -> Answer {
        let inputs: Chips.Inputs
        do {
            inputs = try chips.inputs(
                path: plan.chips[chip].path, lines: wanted.map { lines[$0].plan })
        } catch {
            // Trying line after line on a chip that is away would only cost the loop its time.
            switch error.errno {
            case ENOENT, ENODEV, EACCES: return .noChip
            default: return .refused
            }
        }
        let number = requests.firstIndex { $0 == nil } ?? requests.count
        for (which, descriptor) in inputs.descriptors.enumerated() {
            guard poller.watch(descriptor, as: .gpio(request: number, which: which)) else {
                return .refused
            }
        }
        if number == requests.count {
            requests.append(nil)
            linesOfRequest.append([])
        }
        requests[number] = inputs
        linesOfRequest[number] = wanted
        for (place, line) in wanted.enumerated() {
            lines[line].request = number
            lines[line].place = place
        }
        return .held
    }

    /// A chip that no longer answers: its lines are unreadable until they can be had again.
    private mutating func lose(_ request: Int, at now: Instant) {
        for descriptor in requests[request]?.descriptors ?? [] { poller.unwatch(descriptor) }
        requests[request] = nil
        for line in lines.indices where lines[line].request == request {
            lines[line].request = -1
        }
        retryAt = min(retryAt, now + Self.retryEvery)
    }

    private mutating func collectLines() {
        for (index, detector) in plan.detectors.enumerated() {
            switch detector.source {
            case .contact(let line):
                lines.append(Line(role: .contact(index), plan: line))
            case .pulse(let alarm, let heartbeat):
                lines.append(Line(role: .pulseAlarm(index), plan: alarm))
                let alarmLine = lines.count - 1
                lines.append(Line(role: .heartbeat(index, alarm: alarmLine), plan: heartbeat))
            case .modbus, .network:
                break
            }
        }
        for (index, key) in plan.keys.enumerated() {
            lines.append(Line(role: .key(index, .off), plan: key.offContact))
            if let on = key.onContact { lines.append(Line(role: .key(index, .on), plan: on)) }
        }
        for (index, floor) in plan.floors.enumerated() {
            if let line = floor.valve.feedback {
                lines.append(Line(role: .feedback(index), plan: line))
            }
            if let line = floor.manualRelease {
                lines.append(Line(role: .manualRelease(index), plan: line))
            }
        }
        let buttons = [
            (PanelButton.silence, plan.panel.silenceButton),
            (.reset, plan.panel.resetButton), (.lampTest, plan.panel.lampTestButton),
        ]
        for (button, line) in buttons {
            if let line { lines.append(Line(role: .button(button), plan: line)) }
        }
        if let line = plan.panel.powerFault { lines.append(Line(role: .powerFault, plan: line)) }
    }
}
