// The controller as a child process: started, killed without warning, and started again after a
// moment, as systemd would. The child's standard input is a pipe that nobody writes to: when the
// building dies, the child reads its end and goes too. Never waits for the child.

import CLinux
import FireLogic
import Glibc

package final class ControllerProcess {
    static let restartDelay = Interval.milliseconds(400)
    /// One that dies at once is not started again and again without a pause.
    static let longestRestartDelay = Interval.seconds(5)
    static let shortLife = Interval.seconds(1)
    static let lookEvery = Interval.milliseconds(20)

    private let loop: SimLoop
    private let path: String
    private let arguments: [String]
    private let logPath: String
    private var lifeline: Int32 = -1
    /// -1: it does not run.
    package private(set) var pid: pid_t = -1
    /// Times that it was started.
    package private(set) var starts = 0
    /// How it last ended, in words; nil while it has never ended.
    package private(set) var lastEnd: String?
    /// It ended sooner than a program does that could start at all.
    package private(set) var diedAtOnce = false
    /// Started again when it ends.
    package var restarts = true
    private var isClosed = false
    private var startedAt = Instant.zero
    private var delay = ControllerProcess.restartDelay
    package var tell: (String) -> Void = { _ in }

    /// The child's output goes to `logPath`.
    package init(loop: SimLoop, path: String, arguments: [String], logPath: String) {
        self.loop = loop
        self.path = path
        self.arguments = arguments
        self.logPath = logPath
    }

    package var isRunning: Bool { pid > 0 }

    package func start() throws(SimulationError) {
        guard !isRunning else { return }
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard status == 0 else { throw SimulationError("pipe") }
        _ = fcntl(ends.1, F_SETFD, FD_CLOEXEC)
        defer { Glibc.close(ends.0) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends.0, 0)
        posix_spawn_file_actions_addclose(&actions, ends.0)
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // What else this process has open, a test's other children for one, is not the child's.
        _ = clinux_spawn_closes(&actions, 3)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        // The view takes its signals as data; the child must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child: pid_t = -1
        let code = posix_spawn(&child, path, &actions, &attributes, &words, environ)
        guard code == 0 else {
            Glibc.close(ends.1)
            throw SimulationError("start \(path)", errno: code)
        }
        lifeline = ends.1
        pid = child
        startedAt = SimLoop.now()
        starts += 1
        loop.every(Self.lookEvery) { [weak self] in self?.look() ?? false }
    }

    /// kill -9: it gets no chance to tidy up.
    package func kill() {
        guard isRunning else { return }
        Glibc.kill(pid, SIGKILL)
    }

    /// Ends the child for good and waits until it is gone.
    package func close() {
        isClosed = true
        restarts = false
        guard isRunning else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        ended(status)
    }

    private func look() -> Bool {
        guard isRunning else { return false }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return true }
        ended(status)
        guard restarts else { return false }
        delay = diedAtOnce ? min(delay + delay, Self.longestRestartDelay) : Self.restartDelay
        loop.after(delay) { [weak self] in
            guard let self, !isClosed else { return }
            do {
                try start()
                tell("the controller starts again")
            } catch {
                tell("the controller cannot be started: \(error)")
            }
        }
        return false
    }

    private func ended(_ status: Int32) {
        Glibc.close(lifeline)
        lifeline = -1
        pid = -1
        let signal = status & 0x7F
        let words = signal == 0 ? "with status \(status >> 8 & 0xFF)" : "by signal \(signal)"
        lastEnd = words
        diedAtOnce = SimLoop.now() - startedAt < Self.shortLife
        if !isClosed { tell("the controller has ended \(words)") }
    }
}
