// What the benchmark asks of the machine: time, priority, and what the kernel knows of a process.

import BenchLines
import CLinux
import FieldDevices
import FireLogic
import Glibc

enum Machine {
    static var now: Instant { BootClock.now }

    static func sleep(until instant: Instant) {
        var time = timespec()
        time.tv_sec = Int(instant.nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(instant.nanoseconds % 1_000_000_000)
        while clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    static func sleep(_ span: Interval) { sleep(until: now + span) }

    /// Above the controller's: a real input is an interrupt, and no program can come between its
    /// time stamp and its arrival.
    static let ownPriority: Int32 = 41

    /// SCHED_FIFO for the calling thread; false where the kernel refuses. Threads and processes
    /// that it starts begin as ordinary ones unless `inherits`.
    @discardableResult
    static func setPriority(_ priority: Int32, inherits: Bool = false) -> Bool {
        clinux_timer_slack(1)
        var parameters = sched_param()
        parameters.sched_priority = priority
        let resetOnFork: Int32 = 0x4000_0000
        return sched_setscheduler(0, SCHED_FIFO | (inherits ? 0 : resetOnFork), &parameters) == 0
    }

    /// A whole small file as text; empty when it cannot be read.
    static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    static var load: String {
        text("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
    }

    static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    static var kernel: String {
        text("/proc/sys/kernel/osrelease").split(separator: "\n").first.map(String.init) ?? "?"
    }

    /// A line of /proc/PID/status in kibibytes.
    static func kibibytes(_ name: String, of pid: pid_t) -> Int? {
        for line in text("/proc/\(pid)/status").split(separator: "\n")
        where line.hasPrefix(name + ":") {
            return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
        }
        return nil
    }

    /// Asks for room for so many open files, also of programs that are started from now on; how many
    /// there may be.
    static func allowDescriptors(_ count: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(count)))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    static var ownDirectory: String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return String(decoding: path[..<slash], as: UTF8.self)
    }

    /// A program that was built beside this one.
    static func sibling(_ name: String) throws(BenchError) -> String {
        let path = ownDirectory + "/" + name
        guard access(path, X_OK) == 0 else {
            throw BenchError("build \(name) first: \(path)")
        }
        return path
    }
}

extension Interval {
    var seconds: Double { Double(nanoseconds) / 1e9 }
    var microseconds: Double { Double(nanoseconds) / 1e3 }
}

/// How long the threads of a process have been on a core, by the scheduler's own count.
struct Usage {
    private let at: Instant
    private var all: Int64 = 0
    /// The first thread: the control loop.
    private var loop: Int64 = 0

    init(of pid: pid_t) {
        at = Machine.now
        guard let folder = opendir("/proc/\(pid)/task") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let thread = Int32(name) else { continue }
            let words = Machine.text("/proc/\(pid)/task/\(name)/schedstat").split(separator: " ")
            guard let first = words.first, let nanoseconds = Int64(first) else { continue }
            all += nanoseconds
            if thread == pid { loop += nanoseconds }
        }
    }

    /// In percent of a core, and the seconds between.
    func share(until end: Usage) -> (all: Double, loop: Double, span: Double) {
        let span = (end.at - at).seconds
        return (
            Double(end.all - all) / span / 1e7, Double(end.loop - loop) / span / 1e7, span
        )
    }
}
