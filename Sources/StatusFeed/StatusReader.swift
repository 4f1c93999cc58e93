// Reads the status page of a running controller. For the tool for people, the gateway and tests;
// the controller never calls it.

import FireLogic
import Glibc
import Synchronization

package final class StatusReader {
    private let path: String
    private var base: UnsafeMutableRawPointer?
    private var size = 0
    private var inode: ino_t = 0

    /// `path`: `status` in the controller's run directory. It need not exist yet.
    package init(path: String) {
        self.path = path
    }

    deinit { unmap() }

    /// A whole copy of the page, or nil when there is none: no controller, or a page that is not
    /// one. The caller compares `stamp` with the boot clock to see whether it is live.
    package func read() -> StatusSnapshot? {
        guard map(), let base else { return nil }
        // A writer needs microseconds for a page; that long one can wait for it.
        var copy = [UInt8](repeating: 0, count: size)
        for _ in 0..<1_000 {
            let sequence = base.advanced(by: 16).assumingMemoryBound(to: Atomic<UInt64>.self)
            let before = sequence.pointee.load(ordering: .acquiring)
            if before & 1 == 0 {
                copy.withUnsafeMutableBytes {
                    $0.copyMemory(from: UnsafeRawBufferPointer(start: base, count: size))
                }
                atomicMemoryFence(ordering: .acquiring)
                if sequence.pointee.load(ordering: .relaxed) == before {
                    return copy.withUnsafeBytes { try? StatusSnapshot($0) }
                }
            }
            usleep(20)
        }
        return nil
    }

    /// Moves with every write of the controller, which makes it cheap to see that there is something
    /// new; nil: there is no page.
    package var sequence: UInt64? {
        guard map(), let base else { return nil }
        return base.advanced(by: 16).assumingMemoryBound(to: Atomic<UInt64>.self).pointee
            .load(ordering: .acquiring)
    }

    /// Maps the file that stands at `path` now; a restarted controller makes a new one.
    private func map() -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else {
            unmap()
            return false
        }
        if base != nil && information.st_ino == inode { return true }
        unmap()
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard fstat(descriptor, &information) == 0,
            information.st_size >= StatusLayout.headerBytes, information.st_size <= 16 << 20
        else { return false }
        let length = Int(information.st_size)
        let mapped = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else { return false }
        base = mapped
        size = length
        inode = information.st_ino
        return true
    }

    private func unmap() {
        if let base { munmap(base, size) }
        base = nil
        size = 0
    }
}
