// A process that the benchmark starts and ends.

import BenchLines
import CLinux
import FireLogic
import Glibc

final class Child {
    let pid: pid_t
    private var status: Int32?
    private let output: Int32

    /// Starts `path`; with `reads` its standard output can be taken by `text`, else it goes to
    /// /dev/null.
    init(_ path: String, _ arguments: [String], reads: Bool = false) throws(BenchError) {
        var ends: (Int32, Int32) = (-1, -1)
        if reads {
            let made = withUnsafeMutablePointer(to: &ends) {
                $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
            }
            guard made == 0 else { throw BenchError("pipe") }
            _ = fcntl(ends.0, F_SETFD, FD_CLOEXEC)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if reads {
            posix_spawn_file_actions_adddup2(&actions, ends.1, 1)
            posix_spawn_file_actions_addclose(&actions, ends.1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = -1
        let code = posix_spawnp(&child, path, &actions, nil, &words, environ)
        if reads { close(ends.1) }
        output = ends.0
        pid = child
        guard code == 0 else {
            if reads { close(ends.0) }
            throw BenchError("start \(path)", errno: code)
        }
    }

    deinit {
        end(SIGKILL)
        if output >= 0 { close(output) }
    }

    var isRunning: Bool {
        if status != nil { return false }
        var code: Int32 = 0
        guard waitpid(pid, &code, WNOHANG) == pid else { return true }
        status = code
        return false
    }

    /// Sends `signal` and waits for the end.
    func end(_ signal: Int32 = SIGTERM) {
        guard pid > 0, isRunning else { return }
        kill(pid, signal)
        _ = wait()
    }

    /// The exit status, or 128 and more for a signal.
    func wait() -> Int32 {
        var code: Int32 = 0
        if status == nil, waitpid(pid, &code, 0) == pid { status = code }
        let ended = status ?? 0
        return ended & 0x7F == 0 ? ended >> 8 & 0xFF : 128 + ended & 0x7F
    }

    /// Everything that it says, and its end.
    func text() -> (String, status: Int32) {
        var said: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            said += buffer[..<count]
        }
        return (String(decoding: said, as: UTF8.self), wait())
    }
}
