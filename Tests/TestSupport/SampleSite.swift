// A small site of every test that needs some plan: floors from -1 up on one key and one bus, names
// that need escaping, every remote operation allowed, and moments in its life.

import ControlLoop
import FireLogic

package enum SampleSite {
    package static func plan(floors: Int = 3, detectorsPerFloor: Int = 4) -> SitePlan {
        var plan = SitePlan(name: "Sample \"house\"")
        plan.chips = [ChipPlan(path: "/dev/gpiochip0")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.buses = [
            BusPlan(
                name: "east", link: .tcp(host: "192.0.2.7", port: 502),
                responseTimeout: .seconds(1))
        ]
        plan.remote = .all
        for floor in 0..<floors {
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor - 1)), name: "Floor \\\(floor)",
                    delay: floor == 2 ? .seconds(30) : .zero,
                    valve: ValvePlan(output: GpioLine(chip: 0, offset: 1 + floor)), key: 0))
            for number in 0..<detectorsPerFloor {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32(floor * 1_000 + number)), name: "Room",
                        floor: floor, period: .seconds(1), limit: .seconds(30), source: .network))
            }
        }
        return plan
    }

    package static func instant(_ milliseconds: Int) -> Instant {
        Instant(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    package static func stamp(_ number: Int) -> Stamp {
        Stamp(boot: instant(number), wallMilliseconds: 1_700_000_000_000 + Int64(number))
    }
}
