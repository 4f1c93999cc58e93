// Who is told what, when and how. Made from the site file, read by the gateway from the recipients
// file; asked by the router for every event.

package import Streams

/// The languages in which people are told.
package enum Language: String, Codable, Hashable, Sendable, CaseIterable {
    case english = "en"
    case spanish = "es"
}

/// The hours of the week in which somebody is told.
package struct Hours: Hashable, Sendable {
    /// Bit 0 is Monday. With hours over midnight the day on which they begin counts.
    package var days: UInt8
    /// Minutes of the day, 0 to 1440. `from` after `to` goes over midnight; both the same is all day.
    package var from: Int
    package var to: Int

    package init(days: UInt8 = 0x7F, from: Int = 0, to: Int = 1_440) {
        self.days = days
        self.from = from
        self.to = to
    }

    package func contains(_ time: LocalTime) -> Bool {
        contains(weekday: time.weekday, minute: time.minuteOfDay)
    }

    /// `weekday`: 0 is Monday.
    package func contains(weekday: Int, minute: Int) -> Bool {
        func has(_ day: Int) -> Bool { days >> UInt8((day + 7) % 7) & 1 == 1 }
        if from == to { return has(weekday) }
        if from < to { return has(weekday) && minute >= from && minute < to }
        return minute >= from && has(weekday) || minute < to && has(weekday - 1)
    }
}

/// Somebody who is told.
package struct Recipient: Hashable, Sendable {
    /// The key of the messages in the log, so it names one queue: of its own.
    package var name: String
    package var email: String?
    /// With country code: `+34600111222`.
    package var phone: String?
    package var language: Language
    /// Of the keys of events. Empty: all.
    package var patterns: [KeyPattern]
    /// nil: always.
    package var hours: Hours?
    /// Seconds. Is told of a fire only when nobody has acknowledged it by then; nil: at once.
    package var after: Int?

    package init(
        name: String, email: String? = nil, phone: String? = nil, language: Language = .english,
        patterns: [KeyPattern] = [], hours: Hours? = nil, after: Int? = nil
    ) {
        self.name = name
        self.email = email
        self.phone = phone
        self.language = language
        self.patterns = patterns
        self.hours = hours
        self.after = after
    }

    package func address(_ channel: Channel) -> String? {
        switch channel {
        case .email: email
        case .sms: phone
        }
    }

    package func wants(_ key: String) -> Bool {
        patterns.isEmpty || patterns.contains { $0.matches(key) }
    }

    func wants(_ key: String, at time: LocalTime) -> Bool {
        wants(key) && (hours?.contains(time) ?? true)
    }
}
