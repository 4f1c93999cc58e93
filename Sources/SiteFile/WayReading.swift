// The ways to people: mail servers and the modem. Passwords and PINs stay in files of their own.

import Notifications

extension SiteReader {
    mutating func readMail(_ value: YamlValue) -> MailPlan? {
        guard let fields = fields(value, "mail", known: ["servers", "from", "from-name"]) else {
            return nil
        }
        var servers: [MailPlan.Server] = []
        var isGood = true
        if let value = required("servers", of: fields, or: "write \"servers: [{host: …}]\"") {
            let entries = list(value, "servers") ?? []
            checkCount(
                entries.count, of: "servers", limit: RecipientsFile.mostServers, at: value.place)
            for entry in entries {
                if let server = server(entry) { servers.append(server) } else { isGood = false }
            }
        }
        var from: String?
        if let value = required("from", of: fields, or: "write \"from: ADDRESS\"") {
            from = address(value, "the address that mail is from")
        }
        var fromName: String? = "Standpipe"
        if let value = fields["from-name"] {
            fromName = text(value, "the name that mail is from")
            if let name = fromName, name.contains(where: { "<>".contains($0) }) {
                error(value.place, "the name that mail is from holds \"<\" or \">\"; remove it")
                fromName = nil
            }
        }
        guard isGood, !servers.isEmpty, let from, let fromName else { return nil }
        return MailPlan(servers: servers, from: from, fromName: fromName)
    }

    private mutating func server(_ value: YamlValue) -> MailPlan.Server? {
        guard
            let fields = fields(
                value, "a mail server",
                known: ["host", "port", "security", "user", "password-file", "certificates"]),
            let named = required("host", of: fields, or: "write \"host: NAME\""),
            let host = text(named, "the host of a mail server")
        else { return nil }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            error(named.place, "\(host.quoted) is no host; write its name or address")
            return nil
        }
        var security: String? = "starttls"
        if let value = fields["security"] {
            security = choice(value, "the security of \(host)", ["starttls", "tls", "none"])
        }
        guard let security, let kind = MailPlan.Security(rawValue: security) else { return nil }
        var port: Int? =
            switch kind {
            case .startTLS: 587
            case .tls: 465
            case .none: 25
            }
        if let value = fields["port"] {
            port = number(value, "the port of \(host)", in: 1...65_535)
        }
        guard let port else { return nil }
        var server = MailPlan.Server(host: host, port: port, security: kind)
        let before = findings.count
        if let value = fields["user"] {
            server.user = text(value, "the user of \(host)", limit: 255)
        }
        server.passwordFile = file(fields, "password-file", of: host)
        server.certificates = file(fields, "certificates", of: host)
        if fields.has("user") != fields.has("password-file") {
            error(
                fields.place,
                "mail server \(host.quoted) needs \"user\" and \"password-file\" together, or none")
        }
        if kind == .none, let value = fields["password-file"] {
            error(
                value.place,
                "mail server \(host.quoted) would be told the password in the open; use starttls "
                    + "or tls")
        }
        return findings.count > before ? nil : server
    }

    mutating func readSMS(_ value: YamlValue) -> TextPlan? {
        guard let fields = fields(value, "sms", known: ["device", "pin-file", "center"]),
            let named = required(
                "device", of: fields, or: "write \"device: /dev/serial/by-id/…\"")
        else { return nil }
        let before = findings.count
        guard let device = path(named, "the device of sms") else { return nil }
        if device.hasPrefix("/dev/ttyUSB") || device.hasPrefix("/dev/ttyACM") {
            warn(
                named.place,
                "\(device) may be another device tomorrow; use its name in /dev/serial/by-id")
        }
        var plan = TextPlan(device: device)
        plan.pinFile = file(fields, "pin-file", of: "sms")
        if let value = fields["center"] { plan.center = phone(value, "the message centre") }
        return findings[before...].contains { $0.severity == .error } ? nil : plan
    }

    private mutating func file(_ fields: Fields, _ key: String, of what: String) -> String? {
        fields[key].flatMap { path($0, "the \(key) of \(what)") }
    }

    private mutating func path(_ value: YamlValue, _ what: String) -> String? {
        guard let path = text(value, what, limit: 255) else { return nil }
        guard path.hasPrefix("/") else {
            error(value.place, "\(what) \(path.quoted) is no whole path; begin it with \"/\"")
            return nil
        }
        return path
    }
}
