// A random small site: 1 to 4 floors, 1 to 8 detectors of mixed kinds, every release rule, delays,
// feedback wired or not, one or two key contacts, keys of one floor or shared.

import DrillRandom
import FireLogic

package enum DrillSite {
    package static func make(_ random: inout Random) -> SitePlan {
        var offset = 0
        func line() -> GpioLine {
            offset += 1
            return GpioLine(chip: 0, offset: offset)
        }
        let floorCount = random.number(in: 1...4)
        let keyCount = random.number(in: 1...floorCount)
        let keys = (0..<keyCount).map { (key: Int) -> KeyPlan in
            KeyPlan(
                name: "key \(key)", offContact: line(),
                onContact: random.chance(1, in: 2) ? line() : nil)
        }
        let zones = (0..<floorCount).map { ZonePlan(name: "zone \($0)", floor: $0) }
        var floors: [FloorPlan] = []
        for floor in 0..<floorCount {
            let count = random.number(in: 2...3)
            let rule: ReleaseRule =
                switch random.below(4) {
                case 0: .coincidence(count: count, scope: .floor)
                case 1: .coincidence(count: count, scope: .zone)
                default: .first
                }
            let delay = random.chance(1, in: 3) ? random.pick([1, 5, 30]) : 0
            let feedback = random.chance(1, in: 2) ? line() : nil
            floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor - 1)), name: "floor \(floor)", rule: rule,
                    delay: .seconds(delay), valve: ValvePlan(output: line(), feedback: feedback),
                    key: floor < keyCount ? floor : random.below(keyCount),
                    manualRelease: line()))
        }
        var detectors: [DetectorPlan] = []
        for index in 0..<random.number(in: 1...8) {
            let floor = random.below(floorCount)
            let period = random.pick([2, 5, 10, 20])
            let point = ModbusPoint(
                unit: UInt8(index + 1), table: .discreteInput, address: 0, test: .bit(0))
            let source: DetectorSource =
                switch random.below(4) {
                case 0: .contact(line())
                case 1: .pulse(alarm: line(), heartbeat: line())
                case 2: .modbus(bus: random.below(2), alarm: point, fault: nil)
                default: .network
                }
            let debounce: Interval =
                switch source {
                case .contact, .pulse: .milliseconds(random.pick([0, 10, 50]))
                case .modbus, .network: .zero
                }
            detectors.append(
                DetectorPlan(
                    id: DetectorID(rawValue: UInt32(100 + index)), name: "detector \(index)",
                    floor: floor, zone: random.chance(2, in: 3) ? floor : nil,
                    period: .seconds(period), limit: .seconds(period * random.number(in: 2...5)),
                    debounce: debounce, source: source))
        }
        detectors.sort { ($0.floor, $0.id) < ($1.floor, $1.id) }
        let link = BusPlan.Link.rtu(device: "bus", baud: 19_200, parity: .even, stopBits: 1)
        let buses = (0..<2).map {
            BusPlan(name: "bus \($0)", link: link, responseTimeout: .milliseconds(100))
        }
        return SitePlan(
            name: "drill", chips: [ChipPlan(path: "chip")], buses: buses, keys: keys,
            floors: floors, zones: zones, detectors: detectors,
            remote: RemoteRights(rawValue: UInt8(random.below(16))))
    }
}
