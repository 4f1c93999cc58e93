// What an earlier controller left open at its end: sorts the descriptors that the service manager kept
// into the valve lines of this plan and what must be let go of. It believes the kernel and not a name:
// a descriptor belongs to a valve when the kernel says that it holds that line, that line alone, as an
// output, of a chip that is there. It drives nothing and closes nothing.

import FireLogic

/// What the kernel says of descriptors and lines.
package protocol LineProbe {
    func identity(of descriptor: Int32) -> LineIdentity
    /// The kernel's name of the chip at `path`; nil when there is none.
    func chipName(path: String) -> String?
    /// Whether the holder of a line drives it; nil when the chip does not say.
    func isOutput(path: String, offset: Int) -> Bool?
    /// Whether the line behind a descriptor is active.
    func level(of descriptor: Int32) -> KeptLevel
}

package enum KeptLevel: Hashable, Sendable {
    case active, inactive
    /// The driver cannot read an output.
    case unreadable
    /// The chip is gone; its lines are nobody's.
    case gone
}

/// Why a descriptor in the store is not taken over.
package enum Unfit: Hashable, Sendable, CaseIterable {
    case notALine, severalLines, chipGone, otherPlan, notAnOutput, double

    package var words: String {
        switch self {
        case .notALine: "is no GPIO line"
        case .severalLines: "holds several lines"
        case .chipGone: "belongs to a chip that is gone"
        case .otherPlan: "holds a line that is no valve of this plan"
        case .notAnOutput: "is not an output"
        case .double: "holds a line that is held already"
        }
    }
}

package struct KeptValves: Sendable {
    package struct Valve: Hashable, Sendable {
        package var inherited: InheritedDescriptor
        /// What the earlier controller drove last; nil when it cannot be read.
        package var isOpen: Bool?
        /// The floor that the line was the valve of, as its name says.
        package var floor: FloorID?

        package init(inherited: InheritedDescriptor, isOpen: Bool?, floor: FloorID?) {
            self.inherited = inherited
            self.isOpen = isOpen
            self.floor = floor
        }
    }

    /// By position of the floor in the plan.
    package private(set) var valves: [Int: Valve] = [:]
    package private(set) var unfit: [(InheritedDescriptor, Unfit)] = []

    package init() {}

    package init(_ inherited: [InheritedDescriptor], plan: SitePlan, probe: some LineProbe) {
        guard !inherited.isEmpty else { return }
        let chips = plan.chips.map { probe.chipName(path: $0.path) }
        for one in inherited {
            switch Self.judge(one, plan: plan, chips: chips, probe: probe) {
            case .failure(let reason): unfit.append((one, reason))
            case .success(let (floor, isOpen)):
                guard valves[floor] == nil else {
                    unfit.append((one, .double))
                    continue
                }
                valves[floor] = Valve(
                    inherited: one, isOpen: isOpen, floor: Self.floor(inName: one.name))
            }
        }
    }

    /// Takes in what the simulated chips of a test have.
    package init(valves: [Int: Valve]) {
        self.valves = valves
    }

    private enum Verdict {
        case success((floor: Int, isOpen: Bool?))
        case failure(Unfit)
    }

    private static func judge(
        _ one: InheritedDescriptor, plan: SitePlan, chips: [String?], probe: some LineProbe
    ) -> Verdict {
        let name: String
        let offset: Int
        switch probe.identity(of: one.descriptor) {
        case .none: return .failure(.notALine)
        case .several: return .failure(.severalLines)
        case .line(let itsChip, let itsOffset):
            name = itsChip
            offset = itsOffset
        }
        // First, since the name of a chip that is gone may be another's by now.
        let level = probe.level(of: one.descriptor)
        if level == .gone { return .failure(.chipGone) }
        let floor = plan.floors.firstIndex {
            let line = $0.valve.output
            return line.offset == offset && chips[line.chip] == name
        }
        guard let floor else { return .failure(.otherPlan) }
        let path = plan.chips[plan.floors[floor].valve.output.chip].path
        guard probe.isOutput(path: path, offset: offset) == true else {
            return .failure(.notAnOutput)
        }
        switch level {
        case .active: return .success((floor, true))
        case .inactive: return .success((floor, false))
        case .unreadable, .gone: return .success((floor, nil))
        }
    }

    /// Positions of floors whose line was found driven open where no better witness speaks for it, and which are
    /// therefore remembered as open (promise LATCH): the log cannot be read (`isDoubtful`), the page of
    /// last commands says nothing of the floor (`noted`), or the line was another floor's valve.
    /// Closing what is wrongly open takes a human's key; an open valve that closes has no cure.
    package func openByLine(
        plan: SitePlan, isDoubtful: Bool, noted: (FloorID) -> Bool
    ) -> [Int] {
        valves.keys.sorted().filter { floor in
            guard let valve = valves[floor], valve.isOpen == true else { return false }
            let id = plan.floors[floor].id
            return isDoubtful || !noted(id) || valve.floor != id
        }
    }

    // Names

    /// The beginning of the name under which the line of a floor's valve is stored. The floor is read
    /// from it again; the rest is for people.
    static func stem(floor: FloorID?, chip: String, offset: Int) -> String {
        let isPlain = chip.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
        let number = floor.map { "\($0.rawValue)" } ?? ""
        return "valve.\(number).\(isPlain ? chip : "chip").\(offset)"
    }

    static func floor(inName name: String) -> FloorID? {
        let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "valve", let number = Int16(parts[1]) else {
            return nil
        }
        return FloorID(rawValue: number)
    }
}
