// What is taken over after a restart, and what is let go of: a table of what a store may hold. The same on
// a real kernel: hardware-sim/rig/restart-test.

import FireLogic
import Testing

@testable import FieldDevices

/// A kernel of our own: descriptors are keys.
private struct FakeKernel: LineProbe {
    var lines: [Int32: LineIdentity] = [:]
    var levels: [Int32: KeptLevel] = [:]
    var inputs: Set<Int> = []
    var names = ["/dev/a": "gpiochip0", "/dev/b": "gpiochip3"]

    func identity(of descriptor: Int32) -> LineIdentity { lines[descriptor] ?? .none }
    func chipName(path: String) -> String? { names[path] }
    func isOutput(path: String, offset: Int) -> Bool? { !inputs.contains(offset) }
    func level(of descriptor: Int32) -> KeptLevel { levels[descriptor] ?? .inactive }
}

@Suite struct KeptValvesTests {
    /// Floor 1: line 16 of chip a. Floor -2: line 16 of chip b. Floor 7: line 5 of a chip that is not there.
    private static let plan: SitePlan = {
        var plan = SitePlan(name: "Three")
        plan.chips = [
            ChipPlan(path: "/dev/a"), ChipPlan(path: "/dev/b"), ChipPlan(path: "/dev/gone"),
        ]
        for (id, chip, offset) in [(1, 0, 16), (-2, 1, 16), (7, 2, 5)] {
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(id)), name: "",
                    valve: ValvePlan(output: GpioLine(chip: chip, offset: offset)), key: 0))
        }
        return plan
    }()

    private func one(_ descriptor: Int32, _ name: String) -> InheritedDescriptor {
        InheritedDescriptor(descriptor: descriptor, name: name)
    }

    private func sort(_ inherited: [InheritedDescriptor], _ kernel: FakeKernel) -> KeptValves {
        KeptValves(inherited, plan: Self.plan, probe: kernel)
    }

    @Test("LATCH: a line that the kernel knows as a valve's is taken over with its level")
    func fits() {
        var kernel = FakeKernel()
        kernel.lines = [
            3: .line(chip: "gpiochip3", offset: 16), 4: .line(chip: "gpiochip0", offset: 16),
        ]
        kernel.levels = [3: .active, 4: .unreadable]
        let kept = sort([one(3, "valve.-2.gpiochip3.16.a.1"), one(4, "valve.1.x.9.a.2")], kernel)
        #expect(kept.unfit.isEmpty)
        #expect(
            kept.valves == [
                1: .init(
                    inherited: one(3, "valve.-2.gpiochip3.16.a.1"), isOpen: true,
                    floor: FloorID(rawValue: -2)),
                0: .init(
                    inherited: one(4, "valve.1.x.9.a.2"), isOpen: nil, floor: FloorID(rawValue: 1)),
            ])
    }

    @Test(
        "QUIET: what is not exactly a valve's line is never a valve, whatever it is called",
        arguments: Unfit.allCases)
    func unfit(_ reason: Unfit) {
        var kernel = FakeKernel()
        var inherited = [one(9, "valve.1.gpiochip0.16.a.1")]
        switch reason {
        case .notALine: break
        case .severalLines: kernel.lines[9] = .several
        case .chipGone:
            kernel.lines[9] = .line(chip: "gpiochip0", offset: 16)
            kernel.levels[9] = .gone
        case .otherPlan: kernel.lines[9] = .line(chip: "gpiochip0", offset: 17)
        case .notAnOutput:
            kernel.lines[9] = .line(chip: "gpiochip0", offset: 16)
            kernel.inputs = [16]
        case .double:
            kernel.lines[8] = .line(chip: "gpiochip0", offset: 16)
            kernel.lines[9] = kernel.lines[8]
            inherited.insert(one(8, "valve.1.gpiochip0.16.a.0"), at: 0)
        }
        let kept = sort(inherited, kernel)
        #expect(kept.unfit.map(\.0.descriptor) == [9] && kept.unfit.map(\.1) == [reason])
        #expect(kept.valves[0]?.inherited.descriptor == (reason == .double ? 8 : nil))
        #expect(kept.valves.count == (reason == .double ? 1 : 0))
    }

    @Test(
        "QUIET: the same line number of another chip is another line, and a chip that is not there none"
    )
    func otherChip() {
        var kernel = FakeKernel()
        kernel.lines = [
            3: .line(chip: "gpiochip1", offset: 16), 4: .line(chip: "gpiochip0", offset: 5),
        ]
        let kept = sort([one(3, "valve.1.gpiochip0.16"), one(4, "valve.7.gone.5")], kernel)
        #expect(kept.valves.isEmpty && kept.unfit.map(\.1) == [.otherPlan, .otherPlan])
    }

    @Test("LATCH: a line that is found open keeps its floor open where nothing better is known")
    func openByLine() {
        var kernel = FakeKernel()
        kernel.lines = [
            3: .line(chip: "gpiochip0", offset: 16), 4: .line(chip: "gpiochip3", offset: 16),
        ]
        kernel.levels = [3: .active, 4: .inactive]
        func open(
            _ name: String, isDoubtful: Bool = false, isNoted: Bool = true
        ) -> [Int] {
            sort([one(3, name), one(4, "valve.-2")], kernel).openByLine(
                plan: Self.plan, isDoubtful: isDoubtful, noted: { _ in isNoted })
        }
        // Page and log know better than the line: between their note and the drive lies a crash.
        #expect(open("valve.1.gpiochip0.16.a.1") == [])
        #expect(open("valve.1.gpiochip0.16.a.1", isDoubtful: true) == [0])
        #expect(open("valve.1.gpiochip0.16.a.1", isNoted: false) == [0])
        // It was the valve of another floor, which no human has closed.
        #expect(open("valve.3.gpiochip0.16.a.1") == [0])
        #expect(open("") == [0])
        kernel.levels = [3: .inactive, 4: .unreadable]
        #expect(open("", isDoubtful: true, isNoted: false) == [])
    }

    @Test("A name tells its floor, and any other text tells none")
    func names() {
        for floor in [FloorID(rawValue: 0), FloorID(rawValue: -3), FloorID(rawValue: .max)] {
            let stem = KeptValves.stem(floor: floor, chip: "gpiochip0", offset: 16)
            #expect(KeptValves.floor(inName: stem + ".1.2") == floor, "\(stem)")
        }
        #expect(
            KeptValves.stem(floor: FloorID(rawValue: 2), chip: "a:b", offset: 1) == "valve.2.chip.1"
        )
        #expect(KeptValves.stem(floor: nil, chip: "é", offset: 1) == "valve..chip.1")
        for text in [
            "", "valve", "valve.", "valve.1", "valve..x.1", "valve.99999.x.1", "lamp.1.x.1",
        ] {
            #expect(KeptValves.floor(inName: text) == nil, "\(text)")
        }
    }

    @Test("BOUNDED: thousands of strangers are sorted like one")
    func many() {
        let inherited = (0..<1_024).map { one(Int32($0), "x") }
        #expect(sort(inherited, FakeKernel()).unfit.count == 1_024)
    }
}
