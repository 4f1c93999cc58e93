// Sends one message through Sources/Mail, or tries the path, for tests and for whoever sets up a site.
// Prints one line: `ok SERVER ANSWER`, or `later`, `recipient` or `configuration` and the sentence; then
// a line `passed over: …` for each server that was. Never part of an installation.
//
//   mail-peer send|check --server HOST:PORT [--security starttls|tls|none] [--user NAME]
//             [--certificates FILE] [--server …] --from ADDRESS [--from-name NAME] [--hello NAME]
//             [--timeout SECONDS] [--to ADDRESS] [--to-name NAME] [--subject TEXT] [--plain TEXT]
//             [--html TEXT] [--id ID] [--wall MILLISECONDS] [--urgent yes] [--times N]
//
// The password of all servers is in the environment's MAIL_PASSWORD. Exit status 0, 75 for later, 65
// for recipient, 78 for configuration, 64 for wrong arguments.

import Glibc
import Mail

@main
struct MailPeer {
    private var settings = MailSettings(
        servers: [], from: "standpipe@localhost", fromName: "", timeoutSeconds: 30)
    private var message = MailMessage(
        to: "", toName: "", subject: "", plain: "", html: "", id: "1", wallMilliseconds: 0,
        isUrgent: false)
    private var times = 1

    static func main() {
        var words = Array(CommandLine.arguments.dropFirst())
        guard let command = words.first, ["send", "check"].contains(command) else { usage() }
        words.removeFirst()
        var peer = MailPeer()
        while let name = words.first {
            guard words.count > 1, peer.take(name, words[1]) else { usage() }
            words.removeFirst(2)
        }
        exit(peer.run(command))
    }

    private static func usage() -> Never {
        print("usage: mail-peer send|check --server HOST:PORT …; see MailPeer.swift")
        exit(64)
    }

    /// Takes an option; false if there is none of that name or its value is wrong.
    private mutating func take(_ name: String, _ value: String) -> Bool {
        let last = settings.servers.count - 1
        switch name {
        case "--server":
            guard let colon = value.lastIndex(of: ":"),
                let port = UInt16(value[value.index(after: colon)...])
            else { return false }
            settings.servers.append(
                MailServer(
                    host: String(value[..<colon]), port: port, security: .startTLS,
                    password: getenv("MAIL_PASSWORD").map { String(cString: $0) }))
        case "--security":
            guard last >= 0, let security = MailServer.Security(rawValue: value) else {
                return false
            }
            settings.servers[last].security = security
        case "--user" where last >= 0: settings.servers[last].user = value
        case "--certificates" where last >= 0: settings.servers[last].certificates = value
        case "--from": settings.from = value
        case "--from-name": settings.fromName = value
        case "--hello": settings.hello = value
        case "--timeout":
            guard let seconds = Int(value) else { return false }
            settings.timeoutSeconds = seconds
        case "--to": message.to = value
        case "--to-name": message.toName = value
        case "--subject": message.subject = value
        case "--plain": message.plain = value
        case "--html": message.html = value
        case "--id": message.id = value
        case "--wall":
            guard let wall = Int64(value) else { return false }
            message.wallMilliseconds = wall
        case "--urgent": message.isUrgent = value == "yes"
        case "--times":
            guard let count = Int(value), count > 0 else { return false }
            times = count
        default: return false
        }
        return true
    }

    private func run(_ command: String) -> Int32 {
        let mailer = Mailer(settings)
        var status: Int32 = 0
        for _ in 0..<times {
            do throws(MailFailure) {
                if command == "check" {
                    try mailer.check()
                    print("ok")
                } else {
                    let trace = try mailer.send(message)
                    print("ok \(trace.server) \(trace.answer)")
                }
            } catch {
                switch error {
                case .later: status = 75
                case .recipient: status = 65
                case .configuration: status = 78
                }
                print("\(Self.word(error)) \(error.sentence)")
            }
            for trouble in mailer.troubles { print("passed over: \(trouble)") }
        }
        return status
    }

    private static func word(_ failure: MailFailure) -> String {
        switch failure {
        case .later: "later"
        case .recipient: "recipient"
        case .configuration: "configuration"
        }
    }
}
