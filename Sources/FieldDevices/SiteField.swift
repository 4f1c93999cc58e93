// The control loop's `Field` with real devices: GPIO lines, Modbus buses, the input socket. It
// gathers what waits, in the order key and contacts, buses, gateway, so that a flood from the
// gateway's side comes last; and it drives what it is told.

import ControlLoop
import FireLogic
import Handover
import PlanFile

package struct SiteField<Chips: GpioChips>: Field {
    /// Readings that one tick takes from one bus; the rest waits for the next.
    private static var reportsPerTick: Int { 1_024 }

    private let plan: SitePlan
    private let poller: Poller
    private var inputLines: GpioInputLines<Chips>
    private var outputLines: GpioOutputLines<Chips>
    /// nil: the bus could not be made or started, and is down for good.
    private var buses: [ModbusBus?]
    private let bell: Doorbell
    private var socket: InputSocket
    private var memory: PlanGuard
    private let latches: LatchPage?
    /// Told once, at the first tick.
    private var startFaults: [Event]
    /// A bus had more than one tick takes.
    private var hasMore = false
    package private(set) var stopRequested = false

    package init(
        plan: SitePlan, poller: Poller, inputLines: GpioInputLines<Chips>,
        outputLines: GpioOutputLines<Chips>, buses: [ModbusBus?], bell: Doorbell,
        socket: InputSocket, latches: LatchPage?, startFaults: [SystemFault], at now: Instant
    ) {
        self.plan = plan
        self.poller = poller
        self.inputLines = inputLines
        self.outputLines = outputLines
        self.buses = buses
        self.bell = bell
        self.socket = socket
        memory = PlanGuard(plan, at: now)
        self.latches = latches
        self.startFaults = startFaults.map { .systemFault($0, present: true) }
        if !socket.isListening {
            self.startFaults.append(.systemFault(.inputSocket, present: true))
        }
        startBuses()
    }

    /// A bus that cannot be started is down; the others go on.
    private mutating func startBuses() {
        for index in buses.indices {
            do {
                try buses[index]?.start()
            } catch {
                buses[index] = nil
            }
            if buses[index] == nil { startFaults.append(.bus(index, up: false)) }
        }
    }

    /// The latest moment for the next `read`.
    package var nextDeadline: Instant {
        if hasMore { return .zero }
        return min(inputLines.nextDeadline, socket.nextDeadline, memory.deadline)
    }

    package mutating func read(into inputs: inout [Input]) {
        let now = BootClock.now
        for fault in startFaults { inputs.append(.event(fault)) }
        startFaults.removeAll()

        for source in poller.ready {
            switch source {
            case .gpio(let request, let which):
                inputLines.readEdges(request, which, into: &inputs)
            case .buses: bell.answer()
            case .listener: socket.accept()
            case .stop: stopRequested = true
            case .connection: break
            }
        }
        inputLines.poll(at: now, into: &inputs)
        outputLines.tend()
        takeReports(into: &inputs)
        for case .connection(let slot) in poller.ready {
            socket.read(slot, at: now, into: &inputs)
        }
        socket.advance(to: now, into: &inputs)
        // It is never taken back: a cell that flips back is no better. A restart loads the plan anew.
        if memory.look(at: now) == false {
            inputs.append(.event(.systemFault(.memory, present: true)))
        }
    }

    private mutating func takeReports(into inputs: inout [Input]) {
        hasMore = false
        for case .some(let bus) in buses {
            var room = Self.reportsPerTick
            while room > 0, let report = bus.reports.take() {
                room -= 1
                switch report {
                case .reading(let detector, let reading):
                    inputs.append(.event(.reading(detector: detector, reading)))
                case .bus(let bus, let up):
                    inputs.append(.event(.bus(bus, up: up)))
                }
            }
            if room == 0 { hasMore = true }
        }
    }

    package mutating func drive(floor: Int, _ command: ValveCommand) -> Bool {
        latches?.note(floor: floor, id: plan.floors[floor].id, command)
        return outputLines.drive(floor: floor, command)
    }

    package mutating func light(_ lamps: PanelLamps) -> Bool { outputLines.light(lamps) }

    package mutating func light(floor: Int, _ lamps: FloorLamps) -> Bool {
        outputLines.light(floor: floor, lamps)
    }

    package mutating func heartbeat(_ level: Bool) { outputLines.heartbeat(level) }

    package mutating func answer(_ ticket: Ticket, _ outcome: RequestOutcome) {
        socket.answer(ticket, outcome)
    }

    /// Ends bus threads and closes the socket. Valve lines are let go of only with the process.
    package mutating func stop() {
        for bus in buses { bus?.stop() }
        socket.closeAll()
    }
}
