// What a site says about who is told and over which ways: from the site file by way of the recipients
// file (RecipientsFile). Secrets are not in it, but the names of the files that hold them.

/// The notifications of a site.
package struct NotifyPlan: Hashable, Sendable {
    package var site: String
    package var recipients: [Recipient]
    package var mail: MailPlan?
    package var sms: TextPlan?
    /// Where recipients reach this gateway's HTTP, without the path: `https://board.example`. nil: no
    /// links.
    package var acknowledgeURL: String?
    /// Minute of the day at which all recipients get a message that proves the way; nil: never.
    package var dailyTest: Int?

    package init(site: String, recipients: [Recipient] = []) {
        self.site = site
        self.recipients = recipients
    }
}

/// How mail goes out.
package struct MailPlan: Hashable, Sendable {
    package enum Security: String, Hashable, Sendable, CaseIterable {
        case startTLS = "starttls"
        case tls, none
    }

    /// One server of several that are tried in order.
    package struct Server: Hashable, Sendable {
        package var host: String
        package var port: Int
        package var security: Security
        package var user: String?
        /// A file with the password and nothing else, of mode 600.
        package var passwordFile: String?
        /// A PEM file of more roots to believe.
        package var certificates: String?

        package init(
            host: String, port: Int, security: Security, user: String? = nil,
            passwordFile: String? = nil, certificates: String? = nil
        ) {
            self.host = host
            self.port = port
            self.security = security
            self.user = user
            self.passwordFile = passwordFile
            self.certificates = certificates
        }
    }

    package var servers: [Server]
    package var from: String
    package var fromName: String

    package init(servers: [Server], from: String, fromName: String) {
        self.servers = servers
        self.from = from
        self.fromName = fromName
    }
}

/// How SMS go out.
package struct TextPlan: Hashable, Sendable {
    /// A serial device by its stable name.
    package var device: String
    /// A file with the SIM's PIN and nothing else, of mode 600.
    package var pinFile: String?
    /// The message centre's number; nil: the SIM's own.
    package var center: String?

    package init(device: String, pinFile: String? = nil, center: String? = nil) {
        self.device = device
        self.pinFile = pinFile
        self.center = center
    }
}
