// A program that was built beside the tests, as a child with its output in files.

import Glibc

struct Tool {
    private let pid: pid_t
    private let folder: TemporaryDirectory

    static func run(
        _ name: String, _ words: [String]
    ) -> (status: Int32, output: String, error: String) {
        start(name, words).end()
    }

    static func start(_ name: String, _ words: [String]) -> Tool {
        let folder = TemporaryDirectory(inMemory: true)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, file) in [(1, "out"), (2, "err")] as [(Int32, String)] {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, "\(folder.path)/\(file)", O_WRONLY | O_CREAT, 0o600)
        }
        let program = Peer.program(name)
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) }
        arguments.append(nil)
        defer { for word in arguments { free(word) } }
        var child: pid_t = -1
        if posix_spawn(&child, program, &actions, nil, &arguments, environ) != 0 { child = -1 }
        return Tool(pid: child, folder: folder)
    }

    /// Waits for its end: exit status, -1 when it was killed, and what it said.
    func end() -> (status: Int32, output: String, error: String) {
        var status: Int32 = 0
        guard pid > 0, waitpid(pid, &status, 0) == pid else { return (-1, "", "not started") }
        return (
            status & 0x7F == 0 ? status >> 8 & 0xFF : -1, text("out"), text("err")
        )
    }

    private func text(_ file: String) -> String {
        String(decoding: JournalMaker.bytes("\(folder.path)/\(file)"), as: UTF8.self)
    }
}
