// One message to one recipient, what became of it, and why not. The words between this module and
// whoever decides what is sent and when it is tried again.

/// A message. All texts may hold any Unicode; what must not reach a header is taken out.
package struct MailMessage: Sendable {
    /// The recipient's address: `local@domain` in ASCII.
    package var to: String
    package var toName: String
    package var subject: String
    /// The text for those who read no HTML. Any line ends.
    package var plain: String
    /// The same as HTML; the caller escapes what stands in it.
    package var html: String
    /// Becomes the Message-ID: the same for the same message however often it is sent, so that a
    /// receiver can tell a duplicate. 1 to `MailLimits.id` bytes.
    package var id: String
    /// The date it bears, milliseconds since 1970.
    package var wallMilliseconds: Int64
    package var isUrgent: Bool

    package init(
        to: String, toName: String, subject: String, plain: String, html: String, id: String,
        wallMilliseconds: Int64, isUrgent: Bool
    ) {
        self.to = to
        self.toName = toName
        self.subject = subject
        self.plain = plain
        self.html = html
        self.id = id
        self.wallMilliseconds = wallMilliseconds
        self.isUrgent = isUrgent
    }
}

/// Why a message did not go out. Each text is one sentence: which server, what it answered, what to
/// do about it. No password is ever in it.
package enum MailFailure: Error, Equatable {
    /// Try again: 4xx, no connection, no such name, time-out, a connection that broke.
    case later(String)
    /// This recipient or this message is refused for good (5xx): give it up.
    case recipient(String)
    /// Log-in, certificate, missing STARTTLS, wrong settings: a human must see it. Try again later.
    case configuration(String)

    package var sentence: String {
        switch self {
        case .later(let text), .recipient(let text), .configuration(let text): text
        }
    }
}

/// A message that a server took.
package struct MailTrace: Equatable, Sendable {
    /// `host:port`.
    package var server: String
    /// Its last answer, such as `250 OK id=1tA2b3-0000`: what to ask its postmaster about.
    package var answer: String

    package init(server: String, answer: String) {
        self.server = server
        self.answer = answer
    }
}

/// What is too much for a mail.
package enum MailLimits {
    /// Bytes of both texts together.
    package static let texts = 1 << 20
    /// Characters of a subject; the rest is cut off.
    package static let subject = 250
    /// Characters of a name; the rest is cut off.
    package static let name = 100
    /// Bytes of an id.
    package static let id = 200
    /// Characters of a server's answer that are told.
    package static let answer = 240
}
