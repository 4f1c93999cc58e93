// The files of the notifications: the secret behind links and codes, passwords, and the status that
// `standpipe status` shows.

import Glibc
import Notifications

enum NotifyFiles {
    private static let secretBytes = 32

    /// The gateway's secret, made at its first start. Where it can be neither read nor kept, one for
    /// this run alone: links of before are then worth nothing.
    static func secret(_ path: String) -> [UInt8] {
        if let bytes = read(path, upTo: secretBytes), bytes.count == secretBytes { return bytes }
        let fresh = (0..<secretBytes).map { _ in UInt8.random(in: 0...255) }
        write(fresh, to: path, mode: 0o600)
        return fresh
    }

    /// The recipients of a site.
    /// - Throws: `Gateway.Failure.recipients`, with the file and what is wrong with it.
    static func plan(_ path: String) throws(Gateway.Failure) -> NotifyPlan {
        guard let bytes = read(path, upTo: RecipientsFile.longest) else {
            throw .recipients("\(path) cannot be read: \(unsafe String(cString: strerror(errno)))")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .recipients("\(path) is no recipients file: it is not UTF-8")
        }
        do throws(RecipientsError) {
            return try RecipientsFile.plan(text)
        } catch {
            throw .recipients("\(path): \(error); write it with 'standpipe compile --recipients'")
        }
    }

    /// Why a secret of somebody's cannot be had: one sentence for people.
    struct Flaw: Error {
        var text: String
    }

    /// The first line of a file that nobody but its owner reads.
    static func password(_ path: String) throws(Flaw) -> String {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw Flaw(text: "\(path) cannot be read: \(reason); write the secret into it")
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw Flaw(text: "\(path) can be read by others; run 'chmod 600 \(path)'")
        }
        guard let bytes = read(path, upTo: 1_024) else {
            let reason = unsafe String(cString: strerror(errno))
            throw Flaw(text: "\(path) cannot be read: \(reason); give it to the gateway's user")
        }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty, let text = String(validating: line, as: UTF8.self) else {
            throw Flaw(text: "\(path) is empty or no text; write the secret into its first line")
        }
        return text
    }

    /// All bytes of a file, `most` of them; nil: it cannot be read, `errno` says why.
    static func read(_ path: String, upTo most: Int) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < most {
            let count = unsafe Glibc.read(file, &piece, min(piece.count, most - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// Puts a whole file in the place of another.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) {
        let draft = path + ".new"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        if mode == 0o600 { fsync(file) }
        close(file)
        if rest.isEmpty { unsafe rename(draft, path) } else { unsafe unlink(draft) }
    }
}
