// Why a plan file is not taken. `PlanCodec` and `PlanStore` throw it; the controller writes it
// into the record of the fault.

import FireLogic
import Glibc

/// What is wrong with a plan file. Offsets count bytes from the start of the file.
package enum PlanError: Error, Hashable, Sendable {
    /// The file cannot be opened, read or written; `errno` of the call that failed.
    case file(errno: Int32)
    /// Not a regular file, or of a size that no plan has.
    case size(bytes: Int)
    /// Does not start with the magic bytes.
    case notAPlan
    /// Whole, but of a format version that this program does not know.
    case version(UInt16)
    /// The length or the checksum do not fit: torn or damaged.
    case damaged
    /// Whole, but it says something that no plan may say.
    case wrong(PlanField, offset: Int)
}

/// Which part of a plan is out of its range.
package enum PlanField: UInt8, Hashable, Sendable, CaseIterable {
    /// The file ends in the middle of the plan, or goes on behind it.
    case end
    /// More floors, detectors … than `Limits` allows, or none where one is needed.
    case count
    /// Too long, empty, not UTF-8, or with control characters.
    case text
    /// A flag or a choice that does not exist.
    case choice
    /// A chip's path or a bus's device that another one has.
    case path
    /// A chip that does not exist, or a line beyond its end.
    case line
    /// A line that something else uses.
    case lineUsedTwice
    case bus
    case baud
    case stopBits
    case host
    case responseTimeout
    case key
    case floor
    case floorUsedTwice
    case zone
    case delay
    /// Fewer than two, or more than there are members.
    case coincidence
    /// Not sorted by floor and id, or an id used twice.
    case detectorOrder
    /// A detector's period, limit or debounce.
    case time
    /// A Modbus unit, bit or test that does not exist.
    case point
    /// The plan is not the same after having been written and read: a value outside its type's
    /// range on disk.
    case lost
    /// Requests under way at once on a bus.
    case outstanding
}

extension PlanError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let errno): return String(cString: strerror(errno))
        case .size(let bytes):
            return "not a regular file of at most \(Limits.planBytes) bytes (\(bytes))"
        case .notAPlan: return "not a site plan"
        case .version(let version):
            let known = PlanCodec.versions
            return "plan format version \(version), this program knows \(known.lowerBound) to "
                + "\(known.upperBound)"
        case .damaged: return "damaged: length or checksum do not fit"
        case .wrong(let field, let offset): return "wrong \(field) at byte \(offset)"
        }
    }
}
