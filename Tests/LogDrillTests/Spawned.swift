// A program of this package run by a test, and a directory for it to work in.

import EventLog
import Glibc
import Testing

/// A running child process.
final class Spawned {
    private var pid: pid_t = -1

    /// Runs a program that was built beside the tests (or stands at a path) with `output` as its
    /// standard output.
    init(_ arguments: [String], output: Int32) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let program = arguments[0].contains("/") ? arguments[0] : Self.beside + arguments[0]
        try #require(access(program, X_OK) == 0, "\(program) is not there")
        let status = posix_spawn(&pid, program, &actions, nil, &words, environ)
        try #require(status == 0, "\(program): \(String(cString: strerror(status)))")
    }

    private static var beside: String {
        let path = CommandLine.arguments[0]
        return path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    }

    func kill() {
        _ = Glibc.kill(pid, SIGKILL)
        _ = wait()
    }

    /// Its exit status.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }
}

/// A directory that is gone with the value.
final class ScratchDirectory {
    let path: String

    init(_ name: String) throws {
        var template = Array("/tmp/drill-\(name)-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let stream = opendir(path) else { return }
        defer {
            closedir(stream)
            rmdir(path)
        }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
    }
}
