// What the site file says about mail: the servers to hand it to, in order, and who it comes from.
// Plain values; nothing here is trusted to be well formed. `Mailer` checks it.

/// A mail server that takes messages for others (RFC 6409), and how to log in there.
package struct MailServer: Hashable, Sendable {
    /// How the connection is made private.
    package enum Security: String, Hashable, Sendable, CaseIterable {
        /// Begins in plain text and changes over with STARTTLS (RFC 3207), or is a fault.
        case startTLS = "starttls"
        /// TLS from the first byte (RFC 8314).
        case tls
        /// Plain text, because the site says so.
        case none

        /// The port where a server is expected that speaks so.
        package var usualPort: UInt16 {
            switch self {
            case .startTLS: 587
            case .tls: 465
            case .none: 25
            }
        }
    }

    /// A host name, an IPv4 address or an IPv6 address without brackets.
    package var host: String
    package var port: UInt16
    package var security: Security
    /// With nil nobody logs in.
    package var user: String?
    package var password: String?
    /// A PEM file with further roots that this server's certificate may come from.
    package var certificates: String?

    package init(
        host: String, port: UInt16, security: Security, user: String? = nil,
        password: String? = nil, certificates: String? = nil
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
        self.certificates = certificates
    }

    /// As sentences name it.
    package var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Says everything but the password: settings may end up in a log.
extension MailServer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        "\(name) (\(security.rawValue)\(user.map { ", user \($0)" } ?? ""))"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}

/// All that a `Mailer` needs.
package struct MailSettings: Hashable, Sendable {
    /// Tried in this order.
    package var servers: [MailServer]
    /// The sender's address, in the envelope as well.
    package var from: String
    package var fromName: String
    /// The name that EHLO tells; empty for the machine's own.
    package var hello: String
    /// For one server, from the name's look-up to the last answer. See MAIL.md.
    package var timeoutSeconds: Int

    package init(
        servers: [MailServer], from: String, fromName: String, hello: String = "",
        timeoutSeconds: Int = 60
    ) {
        self.servers = servers
        self.from = from
        self.fromName = fromName
        self.hello = hello
        self.timeoutSeconds = timeoutSeconds
    }
}
