// The last command of every valve, in shared memory, noted before the line is driven. It survives
// the program but not a power cut: between a valve's opening and the moment its record is on the
// disk, a crash would otherwise forget it (promise LATCH).
//
//   file   := magic "STPLTCH1", boot id 16 bytes, zero to 64 bytes, entry * 256   (little-endian)
//   entry  := floor i16, command u8 (0 closed, 1 open), used u8 (1)
//
// A file of another boot says nothing: then the journal alone remembers.

import FireLogic
import Glibc

package final class LatchPage {
    private static let magic: UInt64 = 0x3148_4354_4C50_5453
    private static let headerBytes = 64
    private static let entryBytes = 4
    private static let size = headerBytes + Limits.floors * entryBytes

    private let base: UnsafeMutableRawPointer
    /// Place of each of the plan's floors.
    private var places: [Int] = []

    /// Opens or makes the page. What it holds of this boot is in `found`.
    /// - Throws: the errno of open, ftruncate or mmap.
    package init(
        path: String, floors: [FloorID], boot: (UInt64, UInt64)
    ) throws(GpioError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw GpioError(chip: path, offset: nil, errno: errno) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(Self.size)) == 0 else {
            throw GpioError(chip: path, offset: nil, errno: errno)
        }
        // A full file system must show here and not as a signal at the first store.
        let status = posix_fallocate(descriptor, 0, off_t(Self.size))
        guard status == 0 else { throw GpioError(chip: path, offset: nil, errno: status) }
        let mapped = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw GpioError(chip: path, offset: nil, errno: errno)
        }
        base = mapped
        let isOurs =
            base.load(as: UInt64.self) == Self.magic
            && base.load(fromByteOffset: 8, as: UInt64.self) == boot.0
            && base.load(fromByteOffset: 16, as: UInt64.self) == boot.1
        if !isOurs {
            base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
            base.storeBytes(of: boot.0, toByteOffset: 8, as: UInt64.self)
            base.storeBytes(of: boot.1, toByteOffset: 16, as: UInt64.self)
            base.storeBytes(of: Self.magic, as: UInt64.self)
        }
        found = Self.entries(base)
        // The plan may have changed since: places are given anew, with what was found kept. A word
        // is one store, and with the same plan the same word: a crash in here forgets nothing.
        for place in 0..<Limits.floors {
            guard place < floors.count else {
                store(place, floor: 0, open: false, used: false)
                continue
            }
            let floor = floors[place]
            places.append(place)
            store(place, floor: floor.rawValue, open: found[floor] ?? false, used: found[floor] != nil)
        }
    }

    deinit { munmap(base, Self.size) }

    /// What was noted before this start: open or closed. Floors never driven are not in it.
    package let found: [FloorID: Bool]

    package func note(floor: Int, id: FloorID, _ command: ValveCommand) {
        store(places[floor], floor: id.rawValue, open: command == .open, used: true)
    }

    private func store(_ place: Int, floor: Int16, open: Bool, used: Bool) {
        let word =
            UInt32(UInt16(bitPattern: floor)) | (open ? 1 << 16 : 0) | (used ? 1 << 24 : 0)
        base.storeBytes(
            of: word, toByteOffset: Self.headerBytes + place * Self.entryBytes, as: UInt32.self)
    }

    private static func entries(_ base: UnsafeMutableRawPointer) -> [FloorID: Bool] {
        var found: [FloorID: Bool] = [:]
        for place in 0..<Limits.floors {
            let word = base.load(
                fromByteOffset: headerBytes + place * entryBytes, as: UInt32.self)
            guard word >> 24 == 1 else { continue }
            let floor = FloorID(rawValue: Int16(bitPattern: UInt16(truncatingIfNeeded: word)))
            found[floor] = word >> 16 & 1 == 1
        }
        return found
    }
}
