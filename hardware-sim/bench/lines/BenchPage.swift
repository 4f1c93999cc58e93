// What the benchmark and the controller under test share: the levels of all lines, which outputs
// are watched, whether the journal's disk hangs, how often the heap was asked. One file, mapped by
// both.
//
//   page    := header (4,096 bytes), level u8 * chips * lines, watched u8 * chips * lines
//   header  := hang u64, heap calls of all threads u64, heap calls of the control loop u64

import FireLogic
import Glibc
import Synchronization

package struct BenchError: Error, CustomStringConvertible {
    package var what: String
    package var errno: Int32

    package init(_ what: String, errno: Int32 = Glibc.errno) {
        self.what = what
        self.errno = errno
    }

    package var description: String {
        errno == 0 ? what : "\(what): \(String(cString: strerror(errno)))"
    }
}

package final class BenchPage: @unchecked Sendable {
    package static let chips = Limits.chips
    private static let headerBytes = 4_096
    private static let tableBytes = Limits.chips * Limits.linesPerChip
    private static let size = headerBytes + 2 * tableBytes

    private let base: UnsafeMutableRawPointer

    /// Maps the page in `directory`, which the benchmark makes and the controller finds.
    package init(directory: String, create: Bool) throws(BenchError) {
        let path = directory + "/page"
        let flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_TRUNC : 0)
        let descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else { throw BenchError("open \(path)") }
        defer { close(descriptor) }
        guard !create || ftruncate(descriptor, off_t(Self.size)) == 0 else {
            throw BenchError("ftruncate \(path)")
        }
        let mapped = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else { throw BenchError("mmap \(path)") }
        base = mapped
    }

    deinit { munmap(base, Self.size) }

    private var hang: UnsafeMutablePointer<Atomic<UInt64>> {
        base.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// The journal's disk hangs: a sync takes seconds.
    package var diskHangs: Bool {
        get { hang.pointee.load(ordering: .relaxed) != 0 }
        set { hang.pointee.store(newValue ? 1 : 0, ordering: .relaxed) }
    }

    /// Calls of the heap so far: [0] all threads, [1] the control loop.
    package var heapCounts: UnsafeMutablePointer<UInt64> {
        base.advanced(by: 8).assumingMemoryBound(to: UInt64.self)
    }

    package subscript(chip: Int, line: Int) -> Bool {
        get { level(chip, line).pointee != 0 }
        set { level(chip, line).pointee = newValue ? 1 : 0 }
    }

    package func isWatched(_ chip: Int, _ line: Int) -> Bool {
        level(chip + Self.chips, line).pointee != 0
    }

    package func watch(_ chip: Int, _ line: Int) {
        level(chip + Self.chips, line).pointee = 1
    }

    private func level(_ chip: Int, _ line: Int) -> UnsafeMutablePointer<UInt8> {
        (base + Self.headerBytes + chip * Limits.linesPerChip + line)
            .assumingMemoryBound(to: UInt8.self)
    }
}
