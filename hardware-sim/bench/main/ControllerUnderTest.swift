// A controller process on the benchmark's lines, seen from outside: its valves' drives, its status
// page, its input socket. Starting it takes what a board's start takes.

import BenchLines
import CLinux
import FireLogic
import Glibc
import PlanFile
import SimulatedBuilding
import StatusFeed

final class ControllerUnderTest {
    /// In memory, as /run is.
    let directory: String
    /// On a disk.
    private let stateDirectory: String
    let page: BenchPage
    let layout: StatusLayout
    private(set) var child: Child?
    private(set) var startedAt = Instant.zero
    private let plan: SitePlan
    private var status: UnsafeMutableRawPointer?
    private let drives: Int32
    private var edges: [Int32] = []
    private(set) var socket: Int32 = -1
    private var nextMessage: UInt32 = 0

    /// Makes everything that the controller needs below the directories and writes its plan.
    init(_ place: WorkPlace, _ name: String, plan: SitePlan) throws {
        directory = place.memory + "/" + name
        stateDirectory = place.disk + "/" + name
        self.plan = plan
        layout = StatusLayout(plan: plan)
        for path in [directory, directory + "/run", stateDirectory] {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw BenchError("mkdir \(path)")
            }
        }
        page = try BenchPage(directory: directory, create: true)
        try BenchWire.make(in: directory)
        drives = try BenchWire.open(BenchWire.drivePath(directory))
        for chip in plan.chips.indices {
            edges.append(try BenchWire.open(BenchWire.edgePath(directory, chip: chip)))
        }
        for floor in plan.floors {
            page.watch(floor.valve.output.chip, floor.valve.output.offset)
        }
        for key in plan.keys {
            if let on = key.onContact { page[on.chip, on.offset] = true }
        }
        let bytes = try PlanCodec.encode(plan)
        let path = directory + "/plan"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0, write(file, bytes, bytes.count) == bytes.count else {
            throw BenchError("write \(path)")
        }
        close(file)
    }

    deinit {
        stop()
        close(drives)
        for edge in edges { close(edge) }
    }

    var pid: pid_t { child?.pid ?? -1 }

    // MARK: Life

    /// Starts it, waits until it is armed, and returns how long that took from before the exec.
    func start(options: [String] = []) throws -> Interval {
        unlink(directory + "/run/status")
        let program = try Machine.sibling("standpipe-bench-controller")
        let begin = Machine.now
        startedAt = begin
        let child = try Child(
            program,
            [
                directory, "--plan", directory + "/plan", "--state-dir", stateDirectory,
                "--run-dir", directory + "/run", "--quiet",
            ] + options)
        self.child = child
        while true {
            if status == nil { status = mapStatus() }
            let now = Machine.now
            if let status, status.load(fromByteOffset: 66, as: UInt8.self) & 1 == 1 {
                return now - begin
            }
            guard child.isRunning, now - begin < .seconds(20) else {
                throw BenchError("the controller did not arm", errno: 0)
            }
            usleep(200)
        }
    }

    func stop(_ signal: Int32 = SIGTERM) {
        page.diskHangs = false
        child?.end(signal)
        child = nil
        if socket >= 0 { close(socket) }
        socket = -1
        if let status { munmap(status, layout.byteCount) }
        status = nil
    }

    private func mapStatus() -> UnsafeMutableRawPointer? {
        let descriptor = open(directory + "/run/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let mapped = mmap(nil, layout.byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
        return mapped == MAP_FAILED ? nil : mapped
    }

    // MARK: What it shows

    /// 0 unsettled, 1 on, 2 off.
    func key(ofFloor floor: Int) -> UInt8 {
        status?.load(fromByteOffset: layout.floor(floor) + 5, as: UInt8.self) ?? 0
    }

    func has(_ fault: SystemFault) -> Bool {
        let faults = status?.load(fromByteOffset: 72, as: UInt64.self) ?? 0
        return faults >> UInt64(fault.rawValue) & 1 == 1
    }

    var detectorsDown: Int {
        Int(status?.load(fromByteOffset: 96, as: UInt32.self) ?? 0)
    }

    var ticks: UInt64 { status?.load(fromByteOffset: 112, as: UInt64.self) ?? 0 }

    // MARK: What it hears

    func connect() throws {
        socket = try UnixSocket.connect(path: directory + "/run/input")
        UnixSocket.setNonBlocking(socket)
    }

    /// Sends a detector's signal; returns the time just before the system call.
    func send(_ detector: DetectorID, _ reading: Reading) -> Instant {
        nextMessage &+= 1
        var packet = SignalPacket(number: nextMessage, detector: detector, reading)
        let now = Machine.now
        _ = Glibc.send(socket, &packet.words, SignalPacket.byteCount, Int32(MSG_NOSIGNAL))
        return now
    }

    func takeAnswers() {
        var answer: UInt64 = 0
        while recv(socket, &answer, 8, Int32(MSG_DONTWAIT)) == 8 {}
    }

    /// Moves a line and tells of the edge; returns the time just before the system call.
    func move(_ line: GpioLine, high: Bool) -> Instant {
        page[line.chip, line.offset] = high
        var edge = BenchWire.edge(offset: line.offset, high: high)
        let now = Machine.now
        _ = write(edges[line.chip], &edge, BenchWire.edgeBytes)
        return now
    }

    /// The next drive of a watched output, or nil when there is none in time.
    func nextDrive(within limit: Interval) -> Drive? {
        let end = Machine.now + limit
        while true {
            var words: (UInt64, Int64) = (0, 0)
            if read(drives, &words, BenchWire.driveBytes) == BenchWire.driveBytes {
                return Drive(words)
            }
            let left = end - Machine.now
            guard left > .zero else { return nil }
            var entry = pollfd(fd: drives, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, Int32(left.nanoseconds / 1_000_000) + 1)
        }
    }
}

/// A signal as the input socket wants it, without an allocation.
struct SignalPacket {
    static let byteCount = 40
    var words: (UInt64, UInt64, UInt64, UInt64, UInt64)

    init(number: UInt32, detector: DetectorID, _ reading: Reading) {
        words = (
            1 | 1 << 8 | UInt64(number) << 32,
            UInt64(detector.rawValue) | (reading == .alarm ? 1 << 32 : 0), 0, 0, 0
        )
    }
}
