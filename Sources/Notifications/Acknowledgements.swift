// Who has acknowledged what: then nobody else is called for it. Kept in the topic `acknowledgements`:
// key is the episode, or `panel` for all that there was up to an event; value is JSON.

import EventLog
import FoundationEssentials

/// One acknowledgement, as it stands in the log.
package struct Acknowledgement: Codable, Hashable, Sendable {
    package enum Way: String, Codable, Hashable, Sendable {
        case panel, link, sms
    }

    package var way: Way
    /// The recipient, or the operator.
    package var who: String
    /// nil: all up to `upTo`.
    package var episode: String?
    /// The safety log, and an event in it.
    package var log: String?
    package var upTo: Int64?
    /// Milliseconds since 1970.
    package var time: Int64

    func record() -> LogRecord {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return LogRecord(
            key: Array((episode ?? "panel").utf8),
            value: (try? encoder.encode(self)).map { Array($0) } ?? [], timestamp: time)
    }
}

/// What has been acknowledged, as far as it still matters.
struct Acknowledgements {
    private var episodes: [String: Acknowledgement] = [:]
    /// The oldest first.
    private var order: [String] = []
    private var panel: (log: String, upTo: Int64)?

    mutating func add(_ one: Acknowledgement) {
        if let episode = one.episode {
            guard episodes[episode] == nil else { return }
            episodes[episode] = one
            order.append(episode)
            if order.count > NotifyLimits.acknowledgements {
                episodes[order.removeFirst()] = nil
            }
        } else if let log = one.log, let upTo = one.upTo {
            panel = (log, panel?.log == log ? max(panel?.upTo ?? 0, upTo) : upTo)
        }
    }

    /// From the log.
    mutating func add(_ record: LogRecord) {
        guard let value = record.value,
            let one = try? JSONDecoder().decode(Acknowledgement.self, from: Data(value))
        else { return }
        add(one)
    }

    subscript(episode: String) -> Acknowledgement? { episodes[episode] }

    func covers(_ message: Message) -> Bool {
        if let episode = message.episode, episodes[episode] != nil { return true }
        return panel.map { $0.log == message.log && message.source <= $0.upTo } ?? false
    }
}
