// The users file on the disk: read whole, changed by writing a new file beside it and renaming that,
// so that the gateway sees the old one or the new one. It holds what passwords can be guessed from:
// mode 0600, and its owner stays, so that root may add users to the gateway's file.

import Glibc

/// Why a users file is not read or not written; the description is for people.
package enum UsersFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call that failed, with its errno.
    case file(path: String, call: String, errno: Int32)
    case tooLong(path: String)
    case notText(path: String)
    /// Others may read or change it.
    case open(path: String, mode: UInt32)
    case bad(path: String, UsersError)

    package var description: String {
        switch self {
        case .file(let path, _, ENOENT):
            "\(path) is not there; 'standpipe user add NAME --file \(path)' makes it"
        case .file(let path, let call, let errno):
            "\(path) cannot be used: \(call): \(String(cString: strerror(errno)))"
        case .tooLong(let path): "\(path) has more than \(UsersFile.longest) bytes"
        case .notText(let path): "\(path) is not a text in UTF-8"
        case .open(let path, let mode):
            "\(path) has mode \(String(mode, radix: 8)), so that others may read or change it; do"
                + " 'chmod 600 \(path)'"
        case .bad(let path, let error): "\(path):\(error)"
        }
    }
}

/// A users file by its path.
package struct UsersStore: Sendable {
    package var path: String

    package init(path: String) { self.path = path }

    /// Reads and understands the file.
    /// - Throws: `UsersFailure`.
    package func users() throws(UsersFailure) -> Users { try parse(try text()).users }

    /// - Throws: `UsersFailure.bad`.
    package func parse(_ text: String) throws(UsersFailure) -> UsersFile {
        do throws(UsersError) { return try UsersFile(text) } catch { throw .bad(path: path, error) }
    }

    /// - Throws: `UsersFailure`.
    package func text() throws(UsersFailure) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open") }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw failure("fstat") }
        guard facts.st_mode & 0o027 == 0 else {
            throw .open(path: path, mode: facts.st_mode & 0o777)
        }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            if count == 0 { break }
            bytes += piece[..<count]
            guard bytes.count <= UsersFile.longest else { throw .tooLong(path: path) }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notText(path: path)
        }
        return text
    }

    /// Changes the file, alone among all that do so by this; a file that is not there is begun.
    /// - Throws: `UsersFailure`, or what `change` throws. Then the file is as it was.
    package func update(_ change: (inout UsersText) throws -> Void) throws {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw UsersFailure.file(path: folder, call: "open", errno: errno)
        }
        defer { close(directory) }
        while flock(directory, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("flock") }
        }
        var text: UsersText
        do throws(UsersFailure) {
            text = UsersText(try self.text())
        } catch {
            guard case .file(_, "open", ENOENT) = error else { throw error }
            text = UsersText()
        }
        try change(&text)
        _ = try parse(text.text)
        try replace(Array(text.text.utf8), in: directory)
    }

    private func replace(_ bytes: [UInt8], in directory: Int32) throws(UsersFailure) {
        // The owner is that of the file before or, of a new one, that of its folder.
        var facts = stat()
        if stat(path, &facts) != 0 {
            guard fstat(directory, &facts) == 0 else { throw failure("fstat") }
        }
        let fresh = path + ".new"
        let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw UsersFailure.file(path: fresh, call: "open", errno: errno) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw failure("fchmod") }
        if geteuid() == 0 {
            guard fchown(file, facts.st_uid, facts.st_gid) == 0 else { throw failure("fchown") }
        }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(file, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write") }
            done += count
        }
        guard fsync(file) == 0 else { throw failure("fsync") }
        guard rename(fresh, path) == 0 else { throw failure("rename") }
        guard fsync(directory) == 0 else { throw failure("fsync") }
    }

    private func failure(_ call: String) -> UsersFailure {
        .file(path: path, call: call, errno: errno)
    }
}
