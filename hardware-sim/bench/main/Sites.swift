// The sites that are measured. `tower` stands for a big one whose detectors all speak once a second,
// `house` for a small one; both have a key a floor, so that floors can be closed again at once.

import BenchLines
import CLinux
import FireLogic
import Glibc
import PlanFile

/// A floor's lines: chip 0 holds valves and keys, chip 1 detectors.
struct BenchSite {
    static let contact = 0
    static let slowContact = 1

    let plan: SitePlan
    let detectorsPerFloor: Int

    /// Every floor has a contact without debounce, one with the usual 10 ms, and network detectors.
    init(floors: Int, detectorsPerFloor: Int) {
        self.detectorsPerFloor = detectorsPerFloor
        var plan = SitePlan(name: "bench")
        plan.chips = [ChipPlan(path: "/dev/gpiochip0"), ChipPlan(path: "/dev/gpiochip1")]
        for floor in 0..<floors {
            plan.keys.append(
                KeyPlan(name: "key \(floor)", offContact: Self.line(0, floor, 1)))
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor)), name: "Floor \(floor)",
                    valve: ValvePlan(output: Self.line(0, floor, 0)), key: floor))
            for place in 0..<detectorsPerFloor {
                let source: DetectorSource =
                    place < 2 ? .contact(Self.line(1, floor, place)) : .network
                plan.detectors.append(
                    DetectorPlan(
                        id: Self.id(floor, place), name: "Detector \(place)", floor: floor,
                        period: .seconds(1), limit: place < 3 ? .seconds(100) : .seconds(5),
                        debounce: place == 1 ? Limits.defaultContactDebounce : .zero,
                        source: source))
            }
        }
        plan.panel.heartbeat = GpioLine(chip: 0, offset: 1_023)
        self.plan = plan
    }

    var floors: Int { plan.floors.count }

    static func id(_ floor: Int, _ place: Int) -> DetectorID {
        DetectorID(rawValue: UInt32(floor * 1_000 + place))
    }

    /// The network detector that the benchmark itself plays.
    static func stimulus(_ floor: Int) -> DetectorID { id(floor, 2) }

    static func line(_ chip: Int, _ floor: Int, _ place: Int) -> GpioLine {
        GpioLine(chip: chip, offset: 2 * floor + place)
    }
}
