// The two kinds of pipes between the benchmark and the controller under test.
//
//   edges-N   to the controller, an edge of a line of chip N:  offset u16, level u16
//   drives    from it, a watched output was set:               chip u16, offset u16, level u32,
//                                                              boot clock i64 ns

import FireLogic
import Glibc

package enum BenchWire {
    package static let edgeBytes = 4
    package static let driveBytes = 16

    package static func edgePath(_ directory: String, chip: Int) -> String {
        "\(directory)/edges-\(chip)"
    }

    package static func drivePath(_ directory: String) -> String { directory + "/drives" }

    /// Makes all pipes.
    package static func make(in directory: String) throws(BenchError) {
        for chip in 0..<BenchPage.chips {
            let path = edgePath(directory, chip: chip)
            guard mkfifo(path, 0o600) == 0 || errno == EEXIST else {
                throw BenchError("mkfifo \(path)")
            }
        }
        let path = drivePath(directory)
        guard mkfifo(path, 0o600) == 0 || errno == EEXIST else {
            throw BenchError("mkfifo \(path)")
        }
    }

    /// Opens a pipe for both ends, so that neither sees the other close it.
    package static func open(_ path: String) throws(BenchError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError("open \(path)") }
        return descriptor
    }

    package static func edge(offset: Int, high: Bool) -> UInt32 {
        UInt32(UInt16(offset)) | (high ? 1 << 16 : 0)
    }

    package static func drive(chip: Int, offset: Int, high: Bool, at now: Instant)
        -> (UInt64, Int64)
    {
        let head = UInt64(UInt16(chip)) | UInt64(UInt16(offset)) << 16 | (high ? 1 << 32 : 0)
        return (head, now.nanoseconds)
    }
}

/// A watched output was set.
package struct Drive {
    package var chip: Int
    package var offset: Int
    package var high: Bool
    package var at: Instant

    package init(_ words: (UInt64, Int64)) {
        chip = Int(words.0 & 0xFFFF)
        offset = Int(words.0 >> 16 & 0xFFFF)
        high = words.0 >> 32 & 1 == 1
        at = Instant(nanoseconds: words.1)
    }
}
