// Writes the status page (StatusFeed/StatusLayout.swift) into a file of shared memory. Readers map
// it; nothing that they do reaches the writer. Called by the control loop only.

import ControlLoop
import FireLogic
import Glibc
import StatusFeed
import Synchronization

package struct StatusPage: StatusSink {
    private let memory: Memory?
    private var stamp = Stamp(boot: .zero, wallMilliseconds: 0)
    private var ticks: UInt64 = 0
    private var nextEvent: UInt64 = 0

    /// The mapping, released with the last reference.
    private final class Memory {
        let base: UnsafeMutableRawPointer
        let size: Int
        let writing: StatusWriting

        init(base: UnsafeMutableRawPointer, size: Int, layout: StatusLayout) {
            self.base = base
            self.size = size
            writing = StatusWriting(
                UnsafeMutableRawBufferPointer(start: base, count: size), layout: layout)
        }

        deinit { munmap(base, size) }

        var sequence: UnsafeMutablePointer<Atomic<UInt64>> {
            base.advanced(by: 16).assumingMemoryBound(to: Atomic<UInt64>.self)
        }
    }

    /// Makes a new page and moves it to `path` in one step: a reader sees the old one or this one.
    /// Without room for it `isPublished` is false and everything else works.
    package init(path: String, plan: SitePlan, planChecksum: UInt32, started: Instant) {
        let layout = StatusLayout(plan: plan)
        memory = Self.make(path: path, layout: layout)
        memory?.writing.begin(
            planChecksum: planChecksum, processID: UInt32(getpid()), started: started)
    }

    package var isPublished: Bool { memory != nil }

    package mutating func begin(at stamp: Stamp) {
        self.stamp = stamp
        ticks &+= 1
        guard let memory else { return }
        // Odd: being written. The fence keeps later stores behind it.
        memory.sequence.pointee.wrappingAdd(1, ordering: .relaxed)
        atomicMemoryFence(ordering: .acquiringAndReleasing)
    }

    package mutating func show(detector: Int, _ logic: SiteLogic) {
        memory?.writing.write(detector: detector, logic)
    }

    package mutating func show(_ record: Record, _ stamp: Stamp) {
        memory?.writing.write(event: nextEvent, record, stamp)
        nextEvent += 1
    }

    package mutating func finish(_ logic: SiteLogic) {
        guard let memory else { return }
        memory.writing.write(logic, stamp, ticks: ticks)
        memory.sequence.pointee.wrappingAdd(1, ordering: .releasing)
    }

    private static func make(path: String, layout: StatusLayout) -> Memory? {
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // posix_fallocate, not ftruncate: a full file system must show here and not as a signal.
        guard posix_fallocate(descriptor, 0, off_t(layout.byteCount)) == 0 else { return nil }
        let mapped = mmap(
            nil, layout.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED, rename(new, path) == 0 else { return nil }
        return Memory(base: mapped, size: layout.byteCount, layout: layout)
    }
}
