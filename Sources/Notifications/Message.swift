// One message in the topics `emails` and `sms`, and in their `.failed` topics: the value is this as
// JSON, the key is the recipient's name. It holds the events, not the text: that is made when it is
// sent, in the language that the recipient has then.

import EventLog
import FoundationEssentials

/// A message to one recipient over one channel.
package struct Message: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable {
        /// One event.
        case event
        /// Several.
        case digest
        /// None: the daily proof that the way is open.
        case test
    }

    /// The same in all copies.
    package var id: String
    package var recipient: String
    package var lane: Lane
    package var kind: Kind
    package var episode: String?
    /// The safety log, and the last event in it that the message tells.
    package var log: String
    package var source: Int64
    /// Tries that failed.
    package var attempt: Int
    /// The offset of the first copy; nil: this is it.
    package var sequence: Int64?
    /// Milliseconds that it had waited when this copy was written,
    package var elapsed: Int64
    /// in this boot, at this time of its clock.
    package var boot: String
    package var at: Int64
    /// Not to be tried before, by the clock of that boot.
    package var due: Int64?
    /// Milliseconds. To be sent only when nobody acknowledges the episode in that time.
    package var after: Int64?
    package var items: [Item]
    /// Events beyond those, by their word.
    package var more: [String: Int]?
    /// Why the last try failed.
    package var error: String?
}

extension Message {
    /// A value that is not a message gives nil. Numbers that make no sense are bounded, so that nobody
    /// who reckons with them has to fear for them.
    init?(_ value: [UInt8]?) {
        guard let value, var message = try? JSONDecoder().decode(Message.self, from: Data(value))
        else { return nil }
        let most: Int64 = 1 << 50
        func bounded(_ number: Int64) -> Int64 { min(max(number, 0), most) }
        message.attempt = min(max(message.attempt, 0), 1 << 20)
        message.elapsed = bounded(message.elapsed)
        message.at = bounded(message.at)
        message.sequence = message.sequence.map(bounded)
        message.due = message.due.map(bounded)
        message.after = message.after.map(bounded)
        self = message
    }

    /// The value of its record.
    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Nothing in it can fail to be encoded.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    func record(_ wall: Int64) -> LogRecord {
        LogRecord(key: Array(recipient.utf8), value: bytes, timestamp: wall)
    }
}
