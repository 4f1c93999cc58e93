// The mailbox of the demo: a mail server on this machine that takes what the gateway sends and shows it
// to a person. It knows as much of SMTP (RFC 5321) as the gateway's mailer needs, never sends anything
// on, and keeps the newest mails only.

import FireLogic
import Glibc
import SimulatedBuilding

/// One mail as a person reads it.
struct DemoMail: Encodable {
    var to: String
    var subject: String
    var text: String
}

final class DemoMailbox {
    private struct Connection {
        var received: [UInt8] = []
        var to = ""
        /// Lines of the mail that comes; nil between mails.
        var data: [String]?
        var size = 0
    }

    private static let mostConnections = 16
    private static let longestMail = 64 << 10
    private static let longestLine = 2_048
    private static let kept = 20

    var port: UInt16 { listener.port }
    /// Oldest first.
    private(set) var mails: [DemoMail] = []
    private let loop: SimLoop
    private let listener: LoopbackListener
    private var connections: [Int32: Connection] = [:]

    init(loop: SimLoop) throws(SimulationError) {
        self.loop = loop
        listener = try LoopbackListener(loop: loop, port: 0)
        listener.open { [unowned self] in
            connections.count < Self.mostConnections
        } taken: { [unowned self] in
            take($0)
        }
    }

    func close() {
        listener.close()
        for descriptor in Array(connections.keys) { hangUp(descriptor) }
    }

    private func take(_ descriptor: Int32) {
        connections[descriptor] = Connection()
        loop.watch(descriptor) { [unowned self] in receive(descriptor) }
        say(descriptor, "220 demo ESMTP")
    }

    private func hangUp(_ descriptor: Int32) {
        guard connections.removeValue(forKey: descriptor) != nil else { return }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
    }

    private func say(_ descriptor: Int32, _ line: String) {
        let bytes = Array((line + "\r\n").utf8)
        // A few bytes into an empty buffer; whoever does not read them is not the gateway.
        if send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) != bytes.count {
            hangUp(descriptor)
        }
    }

    private func receive(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 8_192)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return hangUp(descriptor) }
        connections[descriptor]?.received += buffer[..<count]
        while let received = connections[descriptor]?.received,
            let end = received.firstIndex(of: UInt8(ascii: "\n"))
        {
            connections[descriptor]?.received.removeSubrange(...end)
            var line = received[..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            take(String(decoding: line, as: UTF8.self), descriptor)
        }
        if connections[descriptor]?.received.count ?? 0 > Self.longestLine { hangUp(descriptor) }
    }

    private func take(_ line: String, _ descriptor: Int32) {
        guard var connection = connections[descriptor] else { return }
        if connection.data != nil {
            guard line == "." else {
                connection.size += line.utf8.count
                guard connection.size <= Self.longestMail else { return hangUp(descriptor) }
                connection.data?.append(line.hasPrefix("..") ? String(line.dropFirst()) : line)
                connections[descriptor] = connection
                return
            }
            mails.append(MailText.mail(connection.data ?? [], to: connection.to))
            mails = mails.suffix(Self.kept)
            connections[descriptor] = Connection(received: connection.received)
            return say(descriptor, "250 taken")
        }
        switch line.prefix(4).uppercased() {
        case "EHLO": say(descriptor, "250-demo\r\n250-SIZE \(Self.longestMail)\r\n250 8BITMIME")
        case "RCPT":
            connection.to = String(
                line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
            connections[descriptor] = connection
            say(descriptor, "250 yes")
        case "DATA":
            connection.data = []
            connections[descriptor] = connection
            say(descriptor, "354 go on")
        case "HELO", "MAIL", "RSET", "NOOP": say(descriptor, "250 yes")
        case "QUIT":
            say(descriptor, "221 bye")
            hangUp(descriptor)
        default: say(descriptor, "502 not here")
        }
    }
}

/// What a mail of the gateway says: its subject, and the plain text of its two.
enum MailText {
    static func mail(_ lines: [String], to: String) -> DemoMail {
        let headers = lines.prefix { !$0.isEmpty }
        var subject = ""
        var isSubject = false
        for line in headers {
            let isFolded = line.hasPrefix(" ") || line.hasPrefix("\t")
            if isFolded && isSubject { subject += line }
            if !isFolded { isSubject = line.lowercased().hasPrefix("subject:") }
            if !isFolded && isSubject { subject = String(line.dropFirst(8)) }
        }
        // Behind the headers of the first part, up to the next boundary.
        let body = lines.dropFirst(headers.count + 1)
        let text = body.drop { !$0.isEmpty && !$0.hasPrefix("--") }
            .drop { !$0.lowercased().hasPrefix("content-transfer-encoding") }
            .dropFirst().prefix { !$0.hasPrefix("--=") }
        return DemoMail(
            to: to, subject: String(subject.drop { $0 == " " }),
            text: unquoted(Array(text)))
    }

    /// Quoted-printable (RFC 2045, 6.7).
    static func unquoted(_ lines: [String]) -> String {
        var bytes: [UInt8] = []
        for line in lines {
            var rest = Array(line.utf8)[...]
            var isSoft = false
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "=") else {
                    bytes.append(byte)
                    continue
                }
                guard rest.count >= 2,
                    let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else {
                    isSoft = rest.isEmpty
                    continue
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            }
            if !isSoft { bytes.append(UInt8(ascii: "\n")) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
