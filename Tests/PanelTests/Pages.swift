// Status pages made up from a seed, for tests of what the panel makes of them.

import ControlLoop
import FireLogic
import Foundation
import StatusFeed

@testable import Panel

/// Bytes of a status page that the controller could have written.
struct MadePage {
    let floors: Int
    let detectors: Int
    let buses: Int
    private var bytes: [UInt8]

    /// Everything normal and heard at 1 s.
    init(floors: Int, detectors: Int, buses: Int) {
        (self.floors, self.detectors, self.buses) = (floors, detectors, buses)
        let layout = StatusLayout(floors: floors, detectors: detectors, buses: buses)
        bytes = [UInt8](repeating: 0, count: layout.byteCount)
        set(StatusLayout.magic, at: 0)
        set(StatusLayout.version, at: 8)
        set(UInt32(layout.byteCount), at: 12)
        set(UInt32(0xABCD_EF01), at: 24)
        set(UInt16(floors), at: 28)
        set(UInt32(detectors), at: 32)
        set(UInt32(buses), at: 36)
        set(Int64(1_000_000_000), at: 48)
        set(UInt8(1), at: 66)
        for floor in 0..<floors {
            set(Int16(floor - 1), at: layout.floor(floor))
            set(UInt8(1), at: layout.floor(floor) + 5)
        }
        for detector in 0..<detectors {
            set(UInt32(100 + detector), at: layout.detector(detector))
            set(UInt16(detector % floors), at: layout.detector(detector) + 6)
            set(Int64(1_000_000_000), at: layout.detector(detector) + 8)
        }
    }

    private mutating func set<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at place: Int) {
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: value.littleEndian, toByteOffset: place, as: T.self)
        }
    }

    /// Something of it changes.
    mutating func change(_ random: inout some RandomNumberGenerator) {
        let layout = StatusLayout(floors: floors, detectors: detectors, buses: buses)
        let detector = layout.detector(Int.random(in: 0..<detectors, using: &random))
        let floor = layout.floor(Int.random(in: 0..<floors, using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let codes: [UInt8] = [0, 1, 16, 17, 32, 33, 34, 64]
            set(codes.randomElement(using: &random) ?? 0, at: detector + 4)
        case 1: set(UInt8.random(in: 0..<16, using: &random), at: detector + 5)
        case 2: set(UInt8.random(in: 0...1, using: &random), at: floor + 2)
        case 3: set(UInt8.random(in: 0...3, using: &random), at: floor + 3)
        case 4: set(UInt8.random(in: 0...3, using: &random), at: floor + 4)
        case 5: set(UInt8.random(in: 0..<32, using: &random), at: floor + 6)
        case 6: set(UInt8.random(in: 0...5, using: &random), at: 65)
        case 7: set(UInt8.random(in: 0..<64, using: &random), at: 64)
        case 8: set(UInt64.random(in: 0..<1 << 17, using: &random), at: 72)
        default:
            guard buses > 0 else { return }
            set(
                UInt8.random(in: 0...1, using: &random),
                at: layout.bus(Int.random(in: 0..<buses, using: &random)))
        }
    }

    /// The controller writes at this time of the boot clock.
    mutating func write(atMilliseconds time: Int64) { set(time * 1_000_000, at: 48) }

    func snapshot() throws -> StatusSnapshot {
        try bytes.withUnsafeBytes { try StatusSnapshot($0) }
    }

    func state(_ extras: PanelExtras = PanelExtras(), atMilliseconds time: Int64) throws
        -> PanelState
    {
        PanelState(try snapshot(), extras, at: .at(time))
    }
}

extension PanelClock {
    static func at(_ milliseconds: Int64) -> PanelClock {
        PanelClock(
            boot: Instant(nanoseconds: milliseconds * 1_000_000),
            wall: 1_700_000_000_000 + milliseconds)
    }
}

/// JSON as Foundation reads it, so that what is written here is judged by another program.
func object(_ json: [UInt8]) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] ?? [:]
}
