// How the controller's simulated GPIO chips speak with the building: one Unix SOCK_SEQPACKET
// connection for each request of lines, as the kernel has one descriptor for each.
//
//   controller → building, once            building → controller, once
//     0  kind: 1 inputs, 2 outputs, 5 look   0  errno, 0 when the lines are held   Int32 LE
//     1  bytes of the path                   4  offset of the failed line, or -1   Int32 LE
//     2  lines                UInt16 LE      8  position of the chip's levels      Int32 LE
//     4  path
//     …  four bytes a line: offset UInt16 LE, bias (`GpioLine.Bias`), level: 0, 1, 2 = as found
//
//   controller → building, 4 bytes each    building → controller, 16 bytes each
//     0  kind: 3 set, 4 edge was taken       0  index of the line in the request   UInt16 LE
//     1  level 0 or 1                        2  level 0 or 1
//     2  index of the line    UInt16 LE      3  1: edges were lost before this one
//                                            4  number of the edge on its line     UInt32 LE
//                                            8  boot clock, nanoseconds            Int64 LE
//
// Levels are voltages: `activeLow` is known to the controller's end alone. Levels of inputs are
// read from a shared file beside the socket (`<socket>.levels`): one byte a line, chip after chip,
// `Limits.linesPerChip` each. When the connection ends, the lines are released.

import FireLogic

package enum GpioWire {
    package enum Kind: UInt8 {
        case inputs = 1
        case outputs = 2
        case set = 3
        case taken = 4
        /// The lines' levels as found; nothing is held.
        case look = 5
    }

    package static let asFound: UInt8 = 2
    package static let replyBytes = 12
    package static let smallBytes = 4
    package static let edgeBytes = 16
    package static let openingBytes = 4 + 255 + Limits.linesPerChip * 4
    package static let levelsBytes = Limits.chips * Limits.linesPerChip

    /// One line of a request as it stands on the wire.
    package struct Line {
        package var offset: Int
        package var bias: GpioLine.Bias
        /// nil: keep the level that the line is found with.
        package var level: Bool?
    }

    package struct Opening {
        package var kind: Kind
        package var path: String
        package var lines: [Line]

        package init(kind: Kind, path: String, lines: [Line]) {
            self.kind = kind
            self.path = path
            self.lines = lines
        }

        package var bytes: [UInt8] {
            var result: [UInt8] = [kind.rawValue, UInt8(truncatingIfNeeded: path.utf8.count)]
            result.append(little: UInt16(truncatingIfNeeded: lines.count))
            result += path.utf8
            for line in lines {
                result.append(little: UInt16(truncatingIfNeeded: line.offset))
                result.append(line.bias.rawValue)
                result.append(line.level.map { $0 ? 1 : 0 } ?? asFound)
            }
            return result
        }

        /// nil: these bytes are no opening.
        package init?(bytes: ArraySlice<UInt8>) {
            let bytes = Array(bytes)
            guard bytes.count >= 4, let kind = Kind(rawValue: bytes[0]),
                kind == .inputs || kind == .outputs || kind == .look
            else { return nil }
            let pathEnd = 4 + Int(bytes[1])
            let count = Int(bytes.little16(at: 2))
            guard bytes.count == pathEnd + count * 4 else { return nil }
            self.kind = kind
            path = String(decoding: bytes[4..<pathEnd], as: UTF8.self)
            lines = []
            for position in 0..<count {
                let start = pathEnd + position * 4
                guard let bias = GpioLine.Bias(rawValue: bytes[start + 2]) else { return nil }
                let level = bytes[start + 3]
                lines.append(
                    Line(
                        offset: Int(bytes.little16(at: start)), bias: bias,
                        level: level == asFound ? nil : level == 1))
            }
        }
    }
}

extension [UInt8] {
    package mutating func append<T: FixedWidthInteger>(little value: T) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    package func little16(at start: Int) -> UInt16 {
        UInt16(self[start]) | UInt16(self[start + 1]) << 8
    }

    package func little32(at start: Int) -> UInt32 {
        UInt32(little16(at: start)) | UInt32(little16(at: start + 2)) << 16
    }
}
