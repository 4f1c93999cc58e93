// A new password: twice from the terminal and without echo, or one line of standard input.

import Glibc
import Users

enum Password {
    static let rule = "a password has 8 to 128 characters of printable ASCII"

    /// - Throws: `InputOutputError`.
    static func read() throws -> [UInt8] {
        let isTerminal = isatty(STDIN_FILENO) == 1
        let first = isTerminal ? ask("Password: ") : readLine()
        guard let first else {
            throw InputOutputError(description: "there is no password on standard input")
        }
        guard User.isValid(password: Array(first.utf8)) else {
            throw InputOutputError(description: rule)
        }
        if isTerminal, ask("Once more: ") != first {
            throw InputOutputError(description: "these are two different passwords")
        }
        return Array(first.utf8)
    }

    private static func ask(_ prompt: String) -> String? {
        var before = termios()
        tcgetattr(STDIN_FILENO, &before)
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            SiteInput.complain("")
        }
        _ = write(STDERR_FILENO, prompt, prompt.utf8.count)
        return readLine()
    }
}
