// The newest signals of all detectors, in a ring of shared memory: a RAM-backed file that survives
// the program but not a power cut, and costs the control loop a store and no system call.
//
//   file     := header, entry * capacity                                  (little-endian)
//   header   := magic "STPSIG01", capacity u64, written u64, zero to 64 bytes
//   entry    := boot clock i64 ns, wall clock i64 ms, detector u32, reading code u8, zero u8 * 3
//
// Entry number n stands at place n % capacity. A reader copies an entry and then reads `written`
// again: entries older than written - capacity + 1 may have been overwritten meanwhile.

import ControlLoop
import EventLog
import FireLogic
import Glibc
import Synchronization

package final class SignalRing {
    package static let capacity = 32_768
    private static let headerBytes = 64
    private static let entryBytes = 24
    private static let magic: UInt64 = 0x3130_4749_5350_5453

    private let base: UnsafeMutableRawPointer
    private var written: UInt64

    /// Opens or makes the ring at `path`. A ring that is not one is made anew.
    package init(path: String) throws(FileError) {
        let size = Self.headerBytes + Self.capacity * Self.entryBytes
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FileError(call: "open", path: path, errno: errno)
        }
        defer { close(descriptor) }
        // posix_fallocate as well as ftruncate: a full file system must show here and not as a
        // signal at the first store.
        guard ftruncate(descriptor, off_t(size)) == 0 else {
            throw FileError(call: "ftruncate", path: path, errno: errno)
        }
        let status = posix_fallocate(descriptor, 0, off_t(size))
        guard status == 0 else {
            throw FileError(call: "posix_fallocate", path: path, errno: status)
        }
        let mapped = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw FileError(call: "mmap", path: path, errno: errno)
        }
        base = mapped
        let isRing =
            mapped.load(as: UInt64.self) == Self.magic
            && mapped.load(fromByteOffset: 8, as: UInt64.self) == UInt64(Self.capacity)
        if !isRing {
            mapped.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            mapped.storeBytes(of: UInt64(Self.capacity), toByteOffset: 8, as: UInt64.self)
            mapped.storeBytes(of: Self.magic, as: UInt64.self)
        }
        written = mapped.load(fromByteOffset: 16, as: UInt64.self)
    }

    deinit {
        munmap(base, Self.headerBytes + Self.capacity * Self.entryBytes)
    }

    package func append(_ detector: DetectorID, _ reading: Reading, _ stamp: Stamp) {
        let place = Self.headerBytes + Int(written % UInt64(Self.capacity)) * Self.entryBytes
        base.storeBytes(of: stamp.boot.nanoseconds, toByteOffset: place, as: Int64.self)
        base.storeBytes(of: stamp.wallMilliseconds, toByteOffset: place + 8, as: Int64.self)
        base.storeBytes(of: detector.rawValue, toByteOffset: place + 16, as: UInt32.self)
        base.storeBytes(of: UInt32(reading.code), toByteOffset: place + 20, as: UInt32.self)
        written &+= 1
        atomicMemoryFence(ordering: .releasing)
        base.storeBytes(of: written, toByteOffset: 16, as: UInt64.self)
    }

    /// The newest `count` signals, oldest first.
    package func newest(_ count: Int) -> [(DetectorID, Reading, Stamp)] {
        let end = base.load(fromByteOffset: 16, as: UInt64.self)
        let kept = min(UInt64(max(0, count)), min(end, UInt64(Self.capacity)))
        return ((end - kept)..<end).compactMap { number in
            let place = Self.headerBytes + Int(number % UInt64(Self.capacity)) * Self.entryBytes
            let code = UInt8(
                truncatingIfNeeded: base.load(fromByteOffset: place + 20, as: UInt32.self))
            guard let reading = Reading(code: code) else { return nil }
            let id = DetectorID(rawValue: base.load(fromByteOffset: place + 16, as: UInt32.self))
            let boot = Instant(nanoseconds: base.load(fromByteOffset: place, as: Int64.self))
            let wall = base.load(fromByteOffset: place + 8, as: Int64.self)
            return (id, reading, Stamp(boot: boot, wallMilliseconds: wall))
        }
    }
}
