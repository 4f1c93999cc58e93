// The real program `standpipe-controller` as a child process, in directories that are gone with
// the test. There are no GPIO chips: every line is a fault, network detectors work. What it knows
// is read from its status page, what it says from its standard error.

import FireLogic
import Foundation
import Glibc
import PlanFile
import StatusFeed

final class RunningController {
    let directory: String
    var planPath: String { directory + "/site.plan" }
    var stateDirectory: String
    var runDirectory: String
    private(set) var pid: pid_t = -1
    private(set) var reader: StatusReader

    /// Two floors: detectors 1 to 4 on floor 0 and 101 to 104 on floor 1 speak over the network,
    /// 9 is a contact.
    static func plan(remote: RemoteRights = []) -> SitePlan {
        var plan = SitePlan(name: "Edge")
        plan.chips = [ChipPlan(path: "/dev/gpiochip-that-is-not-there")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.remote = remote
        for floor in 0..<2 {
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor)), name: "Floor \(floor)",
                    valve: ValvePlan(output: GpioLine(chip: 0, offset: 1 + floor)), key: 0))
            for number in 1...4 {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32(floor * 100 + number)), name: "Room",
                        floor: floor, period: .seconds(10), limit: .seconds(60), source: .network))
            }
            if floor == 0 {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: 9), name: "Contact", floor: 0,
                        period: .seconds(1), limit: .seconds(60),
                        source: .contact(GpioLine(chip: 0, offset: 9))))
            }
        }
        return plan
    }

    init(remote: RemoteRights = []) throws {
        var template = Array("/tmp/standpipe-ctl-XXXXXX".utf8CString)
        _ = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap(mkdtemp) }
        directory = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        stateDirectory = directory + "/state"
        runDirectory = directory + "/run"
        reader = StatusReader(path: runDirectory + "/status")
        mkdir(stateDirectory, 0o700)
        mkdir(runDirectory, 0o700)
        try PlanBytes.write(PlanCodec.encode(Self.plan(remote: remote)), to: planPath)
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Beside the test program, or where STANDPIPE_CONTROLLER says.
    static var program: String {
        if let name = getenv("STANDPIPE_CONTROLLER") { return String(cString: name) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = bytes.withUnsafeMutableBytes {
            $0.baseAddress.map { readlink("/proc/self/exe", $0, 4_096) } ?? 0
        }
        let path = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
            + "/standpipe-controller"
    }

    var arguments: [String] {
        [
            "--plan", planPath, "--state-dir", stateDirectory, "--run-dir", runDirectory,
            "--no-real-time",
        ]
    }

    /// Starts a program; its standard error goes to a file.
    static func spawn(
        _ arguments: [String], log: String, environment extra: [String] = []
    ) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log + ".out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(
            &actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        var variables: [UnsafeMutablePointer<CChar>?] = extra.map { strdup($0) }
        var place = 0
        while let entry = environ[place] {
            variables.append(strdup(entry))
            place += 1
        }
        variables.append(nil)
        defer { for word in words + variables { free(word) } }
        var child: pid_t = -1
        guard posix_spawn(&child, program, &actions, nil, &words, &variables) == 0 else {
            return -1
        }
        return child
    }

    /// Runs the program to its end with these arguments: exit status, standard output and error.
    static func outcome(
        _ arguments: [String], within seconds: Int = 10
    ) -> (status: Int32, output: String, error: String) {
        let log = "/tmp/standpipe-ctl-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer {
            unlink(log)
            unlink(log + ".out")
        }
        let child = spawn(arguments, log: log)
        guard child > 0 else { return (-1, "", "not started: \(program)") }
        let status = end(child, within: seconds) ?? -1
        return (status, text(log + ".out"), text(log))
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    /// What it has said so far.
    var log: String { Self.text(directory + "/log") }

    func start(environment: [String] = []) {
        pid = Self.spawn(arguments, log: directory + "/log", environment: environment)
    }

    /// Starts it and waits until detectors release.
    func startArmed(environment: [String] = []) -> Bool {
        start(environment: environment)
        return waitUntil(60) { self.status?.isArmed == true && self.isRunning }
    }

    var isRunning: Bool { pid > 0 && Glibc.kill(pid, 0) == 0 }

    /// What this run's page says; nil without one.
    var status: StatusSnapshot? {
        guard let page = reader.read(), Int32(bitPattern: page.processID) == pid else { return nil }
        return page
    }

    func isOpen(_ floor: Int) -> Bool { status?.floors[floor].command == .open }

    /// kill -9.
    func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = -1
    }

    /// SIGTERM; the exit status, nil if it did not end in time.
    func stop(within seconds: Int = 10) -> Int32? {
        guard pid > 0 else { return nil }
        Glibc.kill(pid, SIGTERM)
        let status = Self.end(pid, within: seconds)
        if status != nil { pid = -1 }
        return status
    }

    /// Exit status of a child, 128 and more for a signal; nil (and kill -9) if it does not end.
    private static func end(_ child: pid_t, within seconds: Int) -> Int32? {
        var status: Int32 = 0
        let ended = waitUntil(seconds) { waitpid(child, &status, WNOHANG) == child }
        guard ended else {
            Glibc.kill(child, SIGKILL)
            waitpid(child, &status, 0)
            return nil
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    func connect() -> InputClient? { InputClient(runDirectory + "/input") }
}

/// One connection to the input socket.
final class InputClient {
    let descriptor: Int32
    private var number: UInt32 = 0

    init?(_ path: String) {
        descriptor = socket(
            AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, size)
            }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// False: the socket is full (when not waiting) or gone.
    func send(_ bytes: [UInt8], wait: Bool = true) -> Bool {
        Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | (wait ? 0 : Int32(MSG_DONTWAIT)))
            == bytes.count
    }

    func send(_ content: InputMessage.Content, wait: Bool = true) -> Bool {
        number += 1
        guard let bytes = InputMessage(number: number, content).bytes else { return false }
        return send(bytes, wait: wait)
    }

    /// The next answer; nil when none comes in time or the connection is closed.
    func answer(within milliseconds: Int32 = 60_000) -> InputAnswer? {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, milliseconds) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return bytes[..<count].withUnsafeBytes { InputAnswer($0) }
    }

    /// The other side has closed, after what it had sent.
    func isClosed(within milliseconds: Int32 = 60_000) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var byte = [UInt8](repeating: 0, count: 64)
        while poll(&ready, 1, milliseconds) == 1 {
            if recv(descriptor, &byte, byte.count, 0) <= 0 { return true }
        }
        return false
    }

    func ask(_ content: InputMessage.Content) -> InputAnswer.Outcome? {
        guard send(content) else { return nil }
        return answer()?.outcome
    }

    func signal(_ id: UInt32, _ reading: Reading = .alarm) -> InputAnswer.Outcome? {
        ask(.signal(DetectorID(rawValue: id), reading))
    }

    func request(_ operation: OperatorRequest.Operation) -> InputAnswer.Outcome? {
        ask(.request(OperatorRequest(operation, who: OperatorName("meier"), origin: .remote)))
    }
}

func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}

func waitUntil(_ seconds: Int, _ condition: () -> Bool) -> Bool {
    let deadline = milliseconds() + seconds * 1_000
    while milliseconds() < deadline {
        if condition() { return true }
        usleep(5_000)
    }
    return condition()
}
