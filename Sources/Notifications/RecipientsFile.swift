// The recipients file: what the gateway reads of the site's recipients and of the ways to them. `standpipe
// compile` writes it of the site file; nobody has to write it by hand. Each line is a word and its value;
// `#` begins a line of comment. It holds no secrets, but the names of the files that do.
//
//     standpipe-recipients 1                     first line
//     site Old mill
//     acknowledge-url https://board.example      optional
//     daily-test 480                             optional: minute of the day
//
//     mail Standpipe Old mill <fire@mill.example>
//     server smtp.example 587 starttls           1 to 4, in the order of trying
//         user fire
//         password-file /etc/standpipe/mail.password
//         certificates /etc/standpipe/roots.pem
//
//     sms /dev/serial/by-id/usb-modem
//         pin-file /etc/standpipe/sim.pin
//         center +34600000000
//
//     recipient Ana García                       each recipient begins so
//         email ana@mill.example
//         phone +34600111222
//         language es
//         events floor.2.# #.fault               none: all
//         hours 31 480 1200                      days as bits from Monday, from, to
//         after 60                               seconds

import Streams

/// What is wrong with a recipients file.
package struct RecipientsError: Error, Hashable, Sendable, CustomStringConvertible {
    package var line: Int
    package var message: String

    package var description: String { "line \(line): \(message)" }
}

/// Reading and writing of the file.
package enum RecipientsFile {
    package static let title = "standpipe-recipients 1"
    /// Bytes of a file at most.
    package static let longest = 1 << 20
    package static let mostServers = 4

    package static func text(_ plan: NotifyPlan) -> String {
        var text = "\(title)\n# Written by 'standpipe compile'; read by standpipe-gateway.\n"
        func line(_ word: String, _ value: String?, inner: Bool = true) {
            if let value { text += "\(inner ? "    " : "")\(word) \(value)\n" }
        }
        line("site", plan.site, inner: false)
        line("acknowledge-url", plan.acknowledgeURL, inner: false)
        line("daily-test", plan.dailyTest.map { "\($0)" }, inner: false)
        if let mail = plan.mail {
            line("\nmail", "\(mail.fromName) <\(mail.from)>", inner: false)
            for server in mail.servers {
                line(
                    "server", "\(server.host) \(server.port) \(server.security.rawValue)",
                    inner: false)
                line("user", server.user)
                line("password-file", server.passwordFile)
                line("certificates", server.certificates)
            }
        }
        if let sms = plan.sms {
            line("\nsms", sms.device, inner: false)
            line("pin-file", sms.pinFile)
            line("center", sms.center)
        }
        for recipient in plan.recipients {
            line("\nrecipient", recipient.name, inner: false)
            line("email", recipient.email)
            line("phone", recipient.phone)
            line("language", recipient.language.rawValue)
            if !recipient.patterns.isEmpty {
                line("events", recipient.patterns.map(\.text).joined(separator: " "))
            }
            line("hours", recipient.hours.map { "\($0.days) \($0.from) \($0.to)" })
            line("after", recipient.after.map { "\($0)" })
        }
        return text
    }

    /// - Throws: the first mistake.
    package static func plan(_ text: String) throws(RecipientsError) -> NotifyPlan {
        var plan = NotifyPlan(site: "")
        var hasTitle = false
        for (place, content) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let trimmed = content.drop { $0 == " " }
            if trimmed.isEmpty || trimmed.first == "#" { continue }
            guard hasTitle else {
                guard content == title else {
                    throw RecipientsError(
                        line: place + 1,
                        message: "the first line is '\(title)'; is this a recipients file?")
                }
                hasTitle = true
                continue
            }
            let parts = trimmed.split(separator: " ", maxSplits: 1)
            let isInner = content.first == " "
            guard parts.count == 2,
                isInner
                    ? setInner(String(parts[0]), String(parts[1]), &plan)
                    : set(String(parts[0]), String(parts[1]), &plan)
            else {
                throw RecipientsError(line: place + 1, message: "'\(content)' is not understood")
            }
        }
        guard hasTitle else {
            throw RecipientsError(
                line: 1, message: "the first line is '\(title)'; is this a recipients file?")
        }
        for recipient in plan.recipients
        where recipient.email == nil && recipient.phone == nil
            || recipient.email != nil && plan.mail?.servers.first == nil
            || recipient.phone != nil && plan.sms == nil
        {
            throw RecipientsError(
                line: 1, message: "\(recipient.name) has an address without a way to it, or none")
        }
        return plan
    }

    private static func set(_ word: String, _ value: String, _ plan: inout NotifyPlan) -> Bool {
        let words = value.split(separator: " ").map { String($0) }
        switch word {
        case "site": plan.site = value
        case "acknowledge-url": plan.acknowledgeURL = value
        case "daily-test":
            guard let minute = Int(value), (0..<1_440).contains(minute) else { return false }
            plan.dailyTest = minute
        case "mail":
            guard plan.mail == nil, value.last == ">", let open = value.lastIndex(of: "<") else {
                return false
            }
            let address = value[value.index(after: open)...].dropLast()
            plan.mail = MailPlan(
                servers: [], from: String(address),
                fromName: String(value[..<open].reversed().drop { $0 == " " }.reversed()))
        case "server":
            guard plan.mail != nil, words.count == 3, let port = Int(words[1]),
                (1...65_535).contains(port), let security = MailPlan.Security(rawValue: words[2]),
                (plan.mail?.servers.count ?? 0) < mostServers, plan.sms == nil,
                plan.recipients.isEmpty
            else { return false }
            plan.mail?.servers.append(
                MailPlan.Server(host: words[0], port: port, security: security))
        case "sms":
            guard plan.sms == nil, plan.recipients.isEmpty else { return false }
            plan.sms = TextPlan(device: value)
        case "recipient":
            guard plan.recipients.count < NotifyLimits.recipients,
                !plan.recipients.contains(where: { $0.name == value })
            else { return false }
            plan.recipients.append(Recipient(name: value))
        default: return false
        }
        return true
    }

    private static func setInner(
        _ word: String, _ value: String, _ plan: inout NotifyPlan
    ) -> Bool {
        if let last = plan.recipients.indices.last {
            return set(word, value, &plan.recipients[last])
        }
        if plan.sms != nil {
            switch word {
            case "pin-file": plan.sms?.pinFile = value
            case "center": plan.sms?.center = value
            default: return false
            }
            return true
        }
        guard let last = plan.mail?.servers.indices.last else { return false }
        switch word {
        case "user": plan.mail?.servers[last].user = value
        case "password-file": plan.mail?.servers[last].passwordFile = value
        case "certificates": plan.mail?.servers[last].certificates = value
        default: return false
        }
        return true
    }

    private static func set(
        _ word: String, _ value: String, _ recipient: inout Recipient
    ) -> Bool {
        let words = value.split(separator: " ").map { String($0) }
        switch word {
        case "email": recipient.email = value
        case "phone": recipient.phone = value
        case "language":
            guard let language = Language(rawValue: value) else { return false }
            recipient.language = language
        case "events":
            let patterns = words.compactMap { KeyPattern($0) }
            guard patterns.count == words.count, words.count <= NotifyLimits.patternsEach else {
                return false
            }
            recipient.patterns = patterns
        case "hours":
            guard words.count == 3, let days = UInt8(words[0]), (1...0x7F).contains(days),
                let from = Int(words[1]), let to = Int(words[2]), (0...1_440).contains(from),
                (0...1_440).contains(to)
            else { return false }
            recipient.hours = Hours(days: days, from: from, to: to)
        case "after":
            guard let seconds = Int(value), (1...3_600).contains(seconds) else { return false }
            recipient.after = seconds
        default: return false
        }
        return true
    }
}
