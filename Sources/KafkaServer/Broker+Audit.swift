// The gateway's audit: who logged in, who failed to, who was denied something, and which users file is
// in force, as records of the topic `audit.gateway` in the service log. The safety log's `audit` is the
// controller's.

import EventLog
import Glibc
import KafkaWire

/// One record of the audit. Its key is the user's name, its value JSON.
package struct AuditEntry {
    package enum Event: String, Sendable {
        case login = "login"
        case loginFailed = "login.failed"
        case denied = "denied"
        case usersRead = "users.read"
        case usersRefused = "users.refused"
        case streamSkipped = "stream.skipped"
        case logout = "logout"
        /// Somebody at the panel asked the controller for something, and what came of it.
        case panelRequest = "panel.request"
        /// Somebody at the panel took the audit out.
        case panelExport = "panel.export"
        /// Somebody at the panel has seen an event.
        case panelAcknowledged = "panel.acknowledged"
        /// Somebody was not told of something.
        case notTold = "not.told"
        /// Somebody has acknowledged a fire from afar.
        case acknowledged = "acknowledged"
        /// Somebody has seen what could not be delivered.
        case undeliveredSeen = "undelivered.seen"

        /// Written however much else there is: who asks for these is let in, and is held back
        /// before he asks.
        fileprivate var isExempt: Bool {
            switch self {
            case .panelRequest, .panelAcknowledged: true
            default: false
            }
        }
    }

    package var event: Event
    package var user: String
    package var address: String
    /// The mechanism of a log-in; what was asked for; what is wrong with a users file.
    package var detail: String
    /// How things stood before it and stand after it.
    package var before = ""
    package var after = ""
    /// The number of the event that it is about.
    package var number: Int64?

    package init(_ event: Event, user: String = "", address: String = "", detail: String = "") {
        self.event = event
        self.user = user
        self.address = address
        self.detail = detail
    }

    /// The record's value. `left` entries before it were not written, as there were too many.
    func value(left: Int) -> [UInt8] {
        var fields = [("event", event.rawValue)]
        if !user.isEmpty { fields.append(("user", user)) }
        if !address.isEmpty { fields.append(("address", address)) }
        if !detail.isEmpty { fields.append(("detail", detail)) }
        if !before.isEmpty { fields.append(("before", before)) }
        if !after.isEmpty { fields.append(("after", after)) }
        var text = fields.map { "\"\($0)\":\(Self.quoted($1))" }.joined(separator: ",")
        if let number { text += ",\"n\":\(number)" }
        if left > 0 { text += ",\"left_out_before\":\(left)" }
        return Array("{\(text)}".utf8)
    }

    /// A JSON string of what a client may have made up.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars.prefix(256) {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\u{20}"..."\u{7E}": out.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return out + "\""
    }
}

/// Keeps the audit from filling the log: so many entries a second, and a count of the others.
struct AuditRate {
    static let aSecond = 20

    private var second: Int64 = 0
    private var written = 0
    private var left = 0

    /// How many were left out before this one; nil: it is left out itself.
    mutating func take(at now: Int64) -> Int? {
        if now / 1_000 != second {
            second = now / 1_000
            written = 0
        }
        guard written < Self.aSecond else {
            left += 1
            return nil
        }
        written += 1
        defer { left = 0 }
        return left
    }
}

/// Keeps a client that asks again and again for what it may not have from washing the audit away: of
/// one user and one kind of request there is a record a minute, with a count of the others.
struct DenialRate {
    static let everyMilliseconds: Int64 = 60_000
    private static let most = 1_000

    private struct Key: Hashable {
        var user: String
        var api: ApiKey
    }

    private var told: [Key: (at: Int64, left: Int)] = [:]

    /// How many were left out before this one; nil: it is left out itself.
    mutating func take(_ user: String, _ api: ApiKey, at now: Int64) -> Int? {
        let key = Key(user: user, api: api)
        if let last = told[key], now - last.at < Self.everyMilliseconds {
            told[key]?.left += 1
            return nil
        }
        let left = told[key]?.left ?? 0
        if told.count >= Self.most {
            told = told.filter { now - $0.value.at < Self.everyMilliseconds }
            if told.count >= Self.most { return nil }
        }
        told[key] = (now, 0)
        return left
    }
}

extension Broker {
    /// A user asked for what its rights do not hold.
    func auditDenial(_ api: ApiKey, _ peer: Peer) {
        guard !peer.user.isEmpty, let left = denialRate.take(peer.user, api, at: clock()) else {
            return
        }
        let address = peer.address.hasPrefix("/") ? String(peer.address.dropFirst()) : peer.address
        audit(
            AuditEntry(.denied, user: peer.user, address: address, detail: "\(api)"), before: left)
    }

    /// Bytes of the audit that are kept at least.
    private static let auditBytes: Int64 = 16 << 20

    /// Writes a record; nobody waits for it.
    package func audit(_ entry: AuditEntry) { audit(entry, before: 0) }

    /// `before`: entries of its kind that were left out.
    private func audit(_ entry: AuditEntry, before: Int) {
        guard let others = entry.event.isExempt ? 0 : auditRate.take(at: clock()) else { return }
        let left = others + before
        var batch = BatchBuilder()
        batch.append(
            key: Array(entry.user.utf8.prefix(256)), value: entry.value(left: left),
            timestamp: wallMilliseconds())
        batch.finish()
        let bytes = batch.bytes
        if let topic = topics[ServedTopics.audit], let partition = topic.partition(0) {
            return append([.batch(partition, bytes)]) { _ in }
        }
        // Those that come while the topic is being made go in when it is.
        auditWaiting.append(bytes)
        guard auditWaiting.count == 1 else { return }
        append(
            [
                .createTopic(
                    name: ServedTopics.audit, id: .fresh(), partitions: 1,
                    TopicSettings(retentionBytes: Self.auditBytes, isVital: true))
            ]
        ) { _ in
            let waiting = self.auditWaiting
            self.auditWaiting = []
            guard let partition = self.topics[ServedTopics.audit]?.partition(0) else { return }
            for bytes in waiting { self.append([.batch(partition, bytes)]) { _ in } }
        }
    }
}
