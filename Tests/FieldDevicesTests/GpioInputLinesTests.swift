// GPIO lines as the controller holds them, on chips that come and go.

import ControlLoop
import FieldDevices
import FireLogic
import Testing

@Suite struct GpioInputLinesTests {
    static let plan: SitePlan = {
        var plan = SitePlan(name: "test")
        plan.chips = [ChipPlan(path: "fake")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.floors = [
            FloorPlan(
                id: FloorID(rawValue: 1), name: "one",
                valve: ValvePlan(output: GpioLine(chip: 0, offset: 9)), key: 0)
        ]
        plan.detectors = (1...3).map { number in
            DetectorPlan(
                id: DetectorID(rawValue: UInt32(number)), name: "", floor: 0, period: .seconds(1),
                limit: .seconds(3), source: .contact(GpioLine(chip: 0, offset: number)))
        }
        return plan
    }()

    private static func reading(of detector: Int, in inputs: [Input]) -> Reading? {
        for case .event(.reading(detector, let reading)) in inputs.reversed() { return reading }
        return nil
    }

    private static func gpioFault(in inputs: [Input]) -> Bool? {
        for case .event(.systemFault(.gpio, let present)) in inputs { return present }
        return nil
    }

    @Test("RELEASE: one line that cannot be had costs no other line")
    func oneBadLine() throws {
        let chips = FakeChips()
        chips.board.broken = [2]
        chips.board.active = [3]
        var lines = GpioInputLines(
            plan: Self.plan, chips: chips, poller: try Poller(), at: .zero)
        var inputs: [Input] = []
        lines.poll(at: .zero, into: &inputs)
        #expect(Self.reading(of: 0, in: inputs) == .normal)
        #expect(Self.reading(of: 1, in: inputs) == .fault(.line))
        #expect(Self.reading(of: 2, in: inputs) == .alarm)
        #expect(Self.gpioFault(in: inputs) == true)
    }

    @Test("TOLD: the power supply's contact is a fault while it is active, and 10 s longer")
    func powerFault() throws {
        var plan = Self.plan
        plan.panel.powerFault = GpioLine(chip: 0, offset: 5)
        let chips = FakeChips()
        var lines = GpioInputLines(plan: plan, chips: chips, poller: try Poller(), at: .zero)
        func power(at seconds: Int, active: Bool) -> [Bool] {
            chips.board.active = active ? [5] : []
            var inputs: [Input] = []
            lines.poll(at: .seconds(seconds), into: &inputs)
            return inputs.compactMap {
                if case .event(.systemFault(.power, let present)) = $0 { present } else { nil }
            }
        }
        // Said once that it is well: a fault from before the start is over.
        #expect(power(at: 0, active: false) == [false])
        #expect(power(at: 1, active: false) == [])
        #expect(power(at: 2, active: true) == [true])
        #expect(power(at: 3, active: false) == [] && power(at: 4, active: true) == [])
        #expect(power(at: 13, active: false) == [] && power(at: 14, active: false) == [false])
        // A line that cannot be read is the chip's fault, and says nothing of the power.
        chips.board.isPresent = false
        #expect(power(at: 20, active: true) == [])
    }

    @Test("LIVE: a chip that goes is a fault and is taken again when it comes back")
    func chipComesBack() throws {
        let chips = FakeChips()
        var lines = GpioInputLines(
            plan: Self.plan, chips: chips, poller: try Poller(), at: .zero)
        var inputs: [Input] = []
        lines.poll(at: .zero, into: &inputs)
        #expect(Self.gpioFault(in: inputs) == nil)

        chips.board.isPresent = false
        inputs = []
        lines.readEdges(0, 0, into: &inputs)
        lines.poll(at: .seconds(1), into: &inputs)
        #expect(Self.reading(of: 0, in: inputs) == .fault(.line))
        #expect(Self.gpioFault(in: inputs) == true)
        #expect(chips.board.held.isEmpty, "lines of a chip that went are let go of")

        chips.board.isPresent = true
        chips.board.active = [1]
        // `lose` took the time from the boot clock; far later is later than any retry.
        let later = BootClock.now + .minutes(1)
        inputs = []
        lines.poll(at: later, into: &inputs)
        lines.poll(at: later + .seconds(2), into: &inputs)
        #expect(Self.reading(of: 0, in: inputs) == .alarm)
        #expect(Self.gpioFault(in: inputs) == false)
    }

    @Test("BOUNDED: a chip that is away is asked once a try, not once a line")
    func awayChipIsAskedOnce() throws {
        let chips = FakeChips()
        chips.board.isPresent = false
        var lines = GpioInputLines(
            plan: Self.plan, chips: chips, poller: try Poller(), at: .zero)
        chips.board.requests = 0
        var inputs: [Input] = []
        lines.poll(at: .zero + .seconds(5), into: &inputs)
        #expect(chips.board.requests == 1)
    }
}

extension Instant {
    fileprivate static func seconds(_ count: Int) -> Instant { .zero + .seconds(count) }
}
