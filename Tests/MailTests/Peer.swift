// Servers and readers of others in these tests: started as processes of their own, ended with the test
// or, at the latest, with the process that runs it.

import CLinux
import Foundation
import Glibc
import Testing

@testable import Mail

/// A running program whose output is waited for.
final class Peer {
    static let top = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// For files of this peer; removed with it.
    let folder: URL
    private let pid: pid_t
    private var hasEnded = false
    private let log: String

    /// Starts `path`, from the top of the project or absolute; `@` and
    /// `@/…` in `arguments` stand for `folder`.
    init(_ path: String, _ arguments: [String]) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("standpipe-mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A server that leaves root has to come in.
        chmod(folder.path, 0o755)
        let log = folder.appendingPathComponent("output").path
        let program = path.hasPrefix("/") ? path : Self.top.appendingPathComponent(path).path
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
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
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map {
            strdup($0 == "@" || $0.hasPrefix("@/") ? folder.path + $0.dropFirst() : $0)
        }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = -1
        let code = posix_spawn(&child, program, &actions, &attributes, &words, environ)
        try #require(code == 0, "\(program): \(String(cString: strerror(code)))")
        (self.folder, self.log, pid) = (folder, log, child)
    }

    deinit {
        if !hasEnded {
            kill(pid, SIGTERM)
            waitpid(pid, nil, 0)
        }
        try? FileManager.default.removeItem(at: folder)
    }

    func signal(_ number: Int32) { kill(pid, number) }

    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Its next output line that begins with `word`; waits for it.
    func line(_ word: String, count: Int = 1) throws -> String {
        try Self.wait("\(word) in \(output)") {
            // Asked before the output is read, which is complete then.
            if !hasEnded { hasEnded = waitpid(pid, nil, WNOHANG) == pid }
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let mine = lines.filter { $0.hasPrefix(word) }
            if mine.count >= count { return String(mine[count - 1]) }
            if hasEnded { throw NotSeen(description: "\(word) in \(output)") }
            return nil
        }
    }

    /// What `found` gives, as soon as it gives anything.
    @discardableResult
    static func wait<Found>(
        _ what: @autoclosure () -> String, for found: () throws -> Found?
    ) throws -> Found {
        let limit = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < limit {
            if let found = try found() { return found }
            usleep(20_000)
        }
        throw NotSeen(description: what())
    }

    struct NotSeen: Error, CustomStringConvertible {
        var description: String
    }
}

/// hardware-sim/moody-smtp.
struct MoodyServer {
    let peer: Peer
    let port: UInt16

    init(_ arguments: [String]) throws {
        peer = try Peer(
            "hardware-sim/moody-smtp", ["--record", "@/record", "--keep", "@"] + arguments)
        port = try #require(UInt16(try peer.line("ready ").dropFirst(6)))
    }

    func server(
        _ security: MailServer.Security = .none, user: String? = nil, password: String? = nil,
        certificates: String? = nil
    ) -> MailServer {
        MailServer(
            host: "localhost", port: port, security: security, user: user, password: password,
            certificates: certificates)
    }

    struct Entry: Decodable {
        var message: Int
        var from: String
        var to: String
        var id: String
        var tls: Bool
        var user: String?
        var bareLineEnds: Int
        var longestLine: Int
    }

    /// What it took so far.
    func taken() throws -> [Entry] {
        let data = try Data(contentsOf: peer.folder.appendingPathComponent("record"))
        return try data.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Entry.self, from: Data($0))
        }
    }
}

/// Tests/peers/mail-parse: messages as Python's email package reads them.
struct ParsedMail: Decodable {
    var date: String
    var from: String
    var fromName: String
    var to: String
    var toName: String
    var subject: String
    var id: String
    var headers: [String]
    var type: String
    var plain: String
    var html: String
    var longestLine: Int
    var isASCII: Bool
    var defects: [String]

    static func read(_ files: [URL]) throws -> [ParsedMail] {
        let peer = try Peer("Tests/peers/mail-parse", files.map(\.path))
        let json = try peer.line("[")
        return try JSONDecoder().decode([ParsedMail].self, from: Data(json.utf8))
    }
}

/// What a call came to, as one word.
enum Outcome: String, Sendable {
    case sent, later, recipient, configuration

    init(_ failure: MailFailure) {
        switch failure {
        case .later: self = .later
        case .recipient: self = .recipient
        case .configuration: self = .configuration
        }
    }

    /// Sends `message` by `mailer`; the sentence is that of the failure, or the server's answer.
    static func of(_ message: MailMessage, by mailer: Mailer) -> (Outcome, sentence: String) {
        do throws(MailFailure) {
            return (.sent, try mailer.send(message).answer)
        } catch {
            return (Outcome(error), error.sentence)
        }
    }
}
