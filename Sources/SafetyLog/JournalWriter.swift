// The journal's own thread: takes records from the queue, writes them in groups, syncs each group.
// Whatever the disk does, it does it here, and the control loop only sees `health`.

import CLinux
import ControlLoop
import EventLog
import FireLogic
import Glibc
import Synchronization

package final class JournalWriter: @unchecked Sendable {
    /// A file longer than this is replaced by one that begins with what must be remembered. Where
    /// that fails, the file grows to twice as much and then no more is taken.
    package static let longestFile = 16 << 20
    /// A write or sync that takes longer is a fault.
    package static let stall: Interval = .seconds(1)
    /// A replacement that failed is tried again after this time.
    private static let replaceRetry: Interval = .seconds(60)
    private static let retryMilliseconds: Int32 = 1_000
    private static let groupRecords = 1_024
    private static let stackBytes = 256 << 10

    let queue: RecordQueue
    private let directory: String
    private let longestFile: Int
    private let plan: SitePlan
    private let boot: BootID
    private let announce: @Sendable (Record, Stamp) -> Void
    private let stallHook: @Sendable () -> Void

    private let stopping = Atomic<Bool>(false)
    private let failed = Atomic<Bool>(false)
    /// Boot clock when the write that runs now began; 0 while idle.
    private let busySince = Atomic<Int64>(0)
    private let written = Atomic<Int>(0)
    private var thread = pthread_t()

    // The thread's own.
    private var file: Int32 = -1
    private var sequence: UInt64
    private var length = 0
    private var replaceAt: Instant = .zero
    private var replaceFailed = false
    private var group: [UInt8] = []
    private var groupCount = 0

    private var path: String { directory + "/journal" }

    /// Starts the thread. `replay` is what was read from the file, whose torn tail is cut.
    /// `announce` is told each record, on the journal's thread. `stallHook` runs before each sync:
    /// a simulated disk that hangs.
    package init(
        directory: String, plan: SitePlan, boot: BootID, replay: JournalReplay,
        queue: RecordQueue, longestFile: Int = JournalWriter.longestFile,
        announce: @escaping @Sendable (Record, Stamp) -> Void = { _, _ in },
        stallHook: @escaping @Sendable () -> Void = {}
    ) throws(FileError) {
        self.directory = directory
        self.plan = plan
        self.boot = boot
        self.queue = queue
        self.longestFile = longestFile
        self.announce = announce
        self.stallHook = stallHook
        sequence = replay.nextSequence
        length = replay.validBytes
        group.reserveCapacity(64 << 10)
        appendBoot()
        let context = Unmanaged.passRetained(self).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        // Locked memory counts whole stacks: a small one is enough here.
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        // Not the caller's real-time priority: whoever waits for a disk must not hold up others.
        var parameters = sched_param()
        pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
        pthread_attr_setschedpolicy(&attributes, SCHED_OTHER)
        pthread_attr_setschedparam(&attributes, &parameters)
        let result = pthread_create(&thread, &attributes, journalThread, context)
        guard result == 0 else {
            Unmanaged<JournalWriter>.fromOpaque(context).release()
            throw FileError(call: "pthread_create", path: path, errno: result)
        }
    }

    package var health: JournalHealth {
        if failed.load(ordering: .relaxed) { return .failed }
        let since = busySince.load(ordering: .relaxed)
        guard since != 0 else { return .good }
        return BootTime.now - Instant(nanoseconds: since) > Self.stall ? .stalled : .good
    }

    /// Records that are on the disk.
    package var durableRecords: Int { written.load(ordering: .acquiring) }

    /// Writes what waits and ends the thread. A disk that hangs keeps this waiting.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        queue.signal()
        pthread_join(thread, nil)
    }

    fileprivate func run() {
        while true {
            if group.isEmpty && (length >= longestFile || isUnlinked) { replaceIfDue() }
            fillGroup()
            if groupCount > 0 || !group.isEmpty {
                if !flush() {
                    if stopping.load(ordering: .acquiring) { break }
                    queue.wait(milliseconds: Self.retryMilliseconds)
                }
            } else if stopping.load(ordering: .acquiring) {
                break
            } else {
                queue.wait(milliseconds: -1)
            }
        }
        if file >= 0 { close(file) }
    }

    private func appendBoot() {
        let stamp = Stamp(boot: BootTime.now, wallMilliseconds: BootTime.wallMilliseconds)
        JournalFrame.append(boot: boot, stamp, sequence: sequence, to: &group)
        sequence &+= 1
    }

    private func fillGroup() {
        while groupCount < Self.groupRecords, let entry = queue.take() {
            guard let record = entry.words.record else { continue }
            JournalFrame.append(record, entry.stamp, plan: plan, sequence: sequence, to: &group)
            announce(record, entry.stamp)
            sequence &+= 1
            groupCount += 1
        }
    }

    /// Makes the group durable. False: it stays in memory and is tried again.
    private func flush() -> Bool {
        busySince.store(BootTime.now.nanoseconds, ordering: .relaxed)
        defer { busySince.store(0, ordering: .relaxed) }
        do {
            if file < 0 { try openFile() }
            guard length < longestFile || length + group.count <= 2 * longestFile else {
                throw FileError(call: "write", path: path, errno: EFBIG)
            }
            stallHook()
            try writeAll(file, group, path)
            guard fdatasync(file) == 0 else {
                throw FileError(call: "fdatasync", path: path, errno: errno)
            }
        } catch {
            // What a failed write or sync left behind is not known: the next try starts from
            // what can be read back from the file.
            if file >= 0 { close(file) }
            file = -1
            failed.store(true, ordering: .relaxed)
            return false
        }
        failed.store(replaceFailed, ordering: .relaxed)
        length += group.count
        written.wrappingAdd(groupCount, ordering: .releasing)
        group.removeAll(keepingCapacity: true)
        groupCount = 0
        return true
    }

    /// Opens the file and cuts what stands behind the last durable byte.
    private func openFile() throws(FileError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o640)
        guard descriptor >= 0 else { throw FileError(call: "open", path: path, errno: errno) }
        do throws(FileError) {
            var information = stat()
            guard fstat(descriptor, &information) == 0 else {
                throw FileError(call: "fstat", path: path, errno: errno)
            }
            if information.st_size < length {
                // Someone put another file there. It is never filled up with zeros; what is
                // missing shows as a gap.
                length = try JournalReplay.load(
                    descriptor, path: path, boot: boot, now: BootTime.now
                ).validBytes
            }
            guard ftruncate(descriptor, off_t(length)) == 0 else {
                throw FileError(call: "ftruncate", path: path, errno: errno)
            }
            try syncDirectory()
        } catch {
            close(descriptor)
            throw error
        }
        file = descriptor
    }

    /// Someone deleted the open file: what is written there would be gone with the program.
    private var isUnlinked: Bool {
        var information = stat()
        return file >= 0 && fstat(file, &information) == 0 && information.st_nlink == 0
    }

    private func replaceIfDue() {
        let now = BootTime.now
        guard now >= replaceAt else { return }
        busySince.store(now.nanoseconds, ordering: .relaxed)
        defer { busySince.store(0, ordering: .relaxed) }
        do {
            if file < 0 { try openFile() }
            try replaceFile(at: now)
            replaceFailed = false
            replaceAt = .zero
        } catch {
            replaceFailed = true
            failed.store(true, ordering: .relaxed)
            replaceAt = now + Self.replaceRetry
        }
    }

    /// Begins a new file with what must be remembered; the full one stays as `journal.1`. At every
    /// moment `journal` is one of the two, whole. Called between two groups only: the new file's
    /// numbers go on where the old file's end.
    private func replaceFile(at now: Instant) throws(FileError) {
        let replay = try JournalReplay.load(file, path: path, boot: boot, now: now)
        guard replay.validBytes == length else {
            throw FileError(call: "read", path: path, errno: EIO)
        }
        let stamp = Stamp(boot: now, wallMilliseconds: BootTime.wallMilliseconds)
        var start: [UInt8] = []
        var number = sequence
        JournalFrame.append(boot: boot, stamp, sequence: number, to: &start)
        for record in replay.memory.records() {
            number &+= 1
            JournalFrame.append(remembered: record, stamp, sequence: number, to: &start)
        }
        let new = path + ".new"
        let old = path + ".1"
        let descriptor = open(new, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError(call: "open", path: new, errno: errno) }
        do throws(FileError) {
            try writeAll(descriptor, start, new)
            guard fsync(descriptor) == 0 else {
                throw FileError(call: "fsync", path: new, errno: errno)
            }
            guard unlink(old) == 0 || errno == ENOENT, link(path, old) == 0 || errno == ENOENT
            else {
                throw FileError(call: "link", path: old, errno: errno)
            }
            guard rename(new, path) == 0 else {
                throw FileError(call: "rename", path: new, errno: errno)
            }
        } catch {
            close(descriptor)
            unlink(new)
            throw error
        }
        close(file)
        file = descriptor
        length = start.count
        sequence = number &+ 1
        try syncDirectory()
    }

    private func syncDirectory() throws(FileError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(call: "open", path: directory, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw FileError(call: "fsync", path: directory, errno: errno)
        }
    }

    private func writeAll(
        _ descriptor: Int32, _ bytes: [UInt8], _ path: String
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError(call: "write", path: path, errno: errno) }
            done += count
        }
    }
}

private func journalThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    clinux_name_thread("journal")
    Unmanaged<JournalWriter>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
