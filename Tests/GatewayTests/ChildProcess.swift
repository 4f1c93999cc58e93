// A child of the test, started with nothing open but its output: Foundation's `Process` tells of the
// end of a child when nobody holds its socket any more, and a child that was started beside it would.

import CLinux
import Foundation
import Glibc

final class ChildProcess {
    let pid: pid_t
    /// Holds its standard output and standard error.
    let log: String
    private var ended: Int32?

    /// Starts a program; `log` is made anew.
    init(_ path: String, _ arguments: [String], log: String) throws {
        self.log = log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        _ = clinux_spawn_closes(&actions, 3)
        // The test's threads may have signals blocked.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = -1
        let code = posix_spawn(&child, path, &actions, &attributes, &words, environ)
        guard code == 0 else {
            throw NotSeen(description: "\(path): \(String(cString: strerror(code)))")
        }
        pid = child
    }

    deinit { kill() }

    var isRunning: Bool { status == nil }

    /// How it ended: its exit status, 128 and more for a signal; nil while it runs.
    var status: Int32? {
        var code: Int32 = 0
        if ended == nil, waitpid(pid, &code, WNOHANG) == pid { ended = code }
        return ended.map { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : 128 + $0 & 0x7F }
    }

    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Waits for its end.
    func wait() {
        var code: Int32 = 0
        if ended == nil, waitpid(pid, &code, 0) == pid { ended = code }
    }

    /// kill -9, and its end.
    func kill() {
        guard isRunning else { return }
        Glibc.kill(pid, SIGKILL)
        wait()
    }
}

/// What the test waited for did not come.
struct NotSeen: Error, CustomStringConvertible {
    var description: String
}
