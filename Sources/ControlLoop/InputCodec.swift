// The inputs of the rules as words of a record, for the log and its replay: see RecordCodec.swift.
// Positions are those of the plan whose checksum the last `started` record names.
//
//   told    detail: 0 reading, 1 bus, 2 key contact, 3 feedback, 4 manual release, 5 button,
//           6 driven, 7 system fault; index: detector, bus, key, floor, button or fault;
//           number: reading code, level, up or not; of a key contact 256 for `on`
//   rested  detail: 0 reading, 1 key, 2 manual release, 3 button; index likewise;
//           number: reading code or level; of a key: off level, on level << 8, still << 16,
//           late << 17
//   asked   as a refused request, without its outcome

import FireLogic

extension RecordWords {
    init(told event: Event) {
        switch event {
        case .reading(let detector, let reading):
            self.init(.told, detail: 0, index: UInt32(detector), number: Int64(reading.code))
        case .bus(let bus, let up):
            self.init(.told, detail: 1, index: UInt32(bus), number: up ? 1 : 0)
        case .keyContact(let key, let contact, let level):
            let number = Int64(level.rawValue) | Int64(contact.rawValue) << 8
            self.init(.told, detail: 2, index: UInt32(key), number: number)
        case .feedback(let floor, let level):
            self.init(.told, detail: 3, index: UInt32(floor), number: Int64(level.rawValue))
        case .manualRelease(let floor, let level):
            self.init(.told, detail: 4, index: UInt32(floor), number: Int64(level.rawValue))
        case .button(let button, let level):
            self.init(
                .told, detail: 5, index: UInt32(button.rawValue), number: Int64(level.rawValue))
        case .driven(let floor, let succeeded):
            self.init(.told, detail: 6, index: UInt32(floor), number: succeeded ? 1 : 0)
        case .systemFault(let fault, let present):
            self.init(
                .told, detail: 7, index: UInt32(fault.rawValue), number: present ? 1 : 0)
        }
    }

    var event: Event? {
        let place = Int(index)
        switch detail {
        case 0: return reading.map { .reading(detector: place, $0) }
        case 1: return .bus(place, up: number & 1 == 1)
        case 2:
            guard let contact = KeyContact(rawValue: byte(1)), let level = level(0) else {
                return nil
            }
            return .keyContact(key: place, contact, level)
        case 3: return level(0).map { .feedback(floor: place, $0) }
        case 4: return level(0).map { .manualRelease(floor: place, $0) }
        case 5:
            guard let button = button, let level = level(0) else { return nil }
            return .button(button, level)
        case 6: return .driven(floor: place, succeeded: number & 1 == 1)
        case 7:
            guard place <= Int(UInt8.max), let fault = SystemFault(rawValue: UInt8(place)) else {
                return nil
            }
            return .systemFault(fault, present: number & 1 == 1)
        default: return nil
        }
    }

    init(rested rest: Rest) {
        switch rest {
        case .reading(let detector, let reading):
            self.init(.rested, detail: 0, index: UInt32(detector), number: Int64(reading.code))
        case .key(let key, let off, let on, let isStill, let isLate):
            let levels = Int64(off.rawValue) | Int64(on.rawValue) << 8
            let marks = (isStill ? Int64(1) << 16 : 0) | (isLate ? Int64(1) << 17 : 0)
            self.init(.rested, detail: 1, index: UInt32(key), number: levels | marks)
        case .manualRelease(let floor, let level):
            self.init(.rested, detail: 2, index: UInt32(floor), number: Int64(level.rawValue))
        case .button(let button, let level):
            self.init(
                .rested, detail: 3, index: UInt32(button.rawValue),
                number: Int64(level.rawValue))
        }
    }

    var rest: Rest? {
        let place = Int(index)
        switch detail {
        case 0: return reading.map { .reading(detector: place, $0) }
        case 1:
            guard let off = level(0), let on = level(1) else { return nil }
            return .key(
                place, off: off, on: on, isStill: number >> 16 & 1 == 1,
                isLate: number >> 17 & 1 == 1)
        case 2: return level(0).map { .manualRelease(floor: place, $0) }
        case 3:
            guard let button = button, let level = level(0) else { return nil }
            return .button(button, level)
        default: return nil
        }
    }

    private func byte(_ place: Int64) -> UInt8 {
        UInt8(truncatingIfNeeded: number >> (place * 8))
    }

    private func level(_ place: Int64) -> ContactLevel? { ContactLevel(rawValue: byte(place)) }

    private var reading: Reading? { Reading(code: byte(0)) }

    private var button: PanelButton? {
        index <= UInt32(UInt8.max) ? PanelButton(rawValue: UInt8(index)) : nil
    }
}
