// Recipients, and the ways to them. They are no part of the controller's plan, but for its expecting a
// gateway; `standpipe compile --recipients` writes them for the gateway.

import Notifications
import Streams

/// A recipient, and where what is said of it stands.
struct RecipientDraft {
    var recipient: Recipient
    var place: Place
    var emailPlace: Place?
    var phonePlace: Place?
    var patternPlaces: [Place] = []
}

extension SiteReader {
    private static let recipientKeys = [
        "name", "email", "phone", "language", "events", "hours", "after",
    ]

    /// Reads all that is about telling people.
    mutating func readNotifications(_ top: Fields) {
        if let value = top["mail"], !value.isEmpty { mail = readMail(value) }
        if let value = top["sms"], !value.isEmpty { sms = readSMS(value) }
        if let value = top["acknowledge-url"] { acknowledgeURL = readURL(value) }
        if let value = top["daily-test"], let text = scalar(value, "the daily test") {
            dailyTest = Self.minute(text)
            if dailyTest == nil {
                error(
                    value.place, "the daily test \(text.quoted) is no time; write it as \"08:00\"")
            }
        }
        guard let value = top["recipients"], !value.isEmpty else {
            for key in ["mail", "sms", "acknowledge-url", "daily-test"] where top.has(key) {
                warn(
                    top.keyPlace(key),
                    "there is \(key.quoted), but nobody to be told; write \"recipients\"")
            }
            return
        }
        let entries = list(value, "recipients") ?? []
        checkCount(
            entries.count, of: "recipients", limit: NotifyLimits.recipients, at: value.place)
        var names: [String: Place] = [:]
        for entry in entries {
            if let draft = recipient(entry, &names) { recipients.append(draft) }
        }
        for draft in recipients { checkWays(draft, top) }
    }

    private mutating func recipient(
        _ value: YamlValue, _ names: inout [String: Place]
    ) -> RecipientDraft? {
        guard let unnamed = fields(value, "a recipient", known: Self.recipientKeys) else {
            return nil
        }
        guard let named = required("name", of: unnamed, or: "write \"name: NAME\""),
            let name = text(named, "the name of a recipient")
        else { return nil }
        guard !name.hasPrefix(" "), !name.hasSuffix(" ") else {
            error(named.place, "the name \(name.quoted) begins or ends with a space; remove it")
            return nil
        }
        if let other = names[name] {
            error(
                named.place,
                "recipient \(name.quoted) is there twice, first on line \(other.line); give it "
                    + "another name")
            return nil
        }
        names[name] = named.place
        var fields = unnamed
        fields.what = "recipient \(name.quoted)"
        var draft = RecipientDraft(recipient: Recipient(name: name), place: named.place)
        let errors = findings.count
        if let value = fields["email"] {
            draft.emailPlace = value.place
            draft.recipient.email = address(value, "the e-mail address of \(name.quoted)")
        }
        if let value = fields["phone"] {
            draft.phonePlace = value.place
            draft.recipient.phone = phone(value, "the phone of \(name.quoted)")
        }
        if let value = fields["language"],
            let word = choice(value, "the language of \(name.quoted)", ["en", "es"])
        {
            draft.recipient.language = Language(rawValue: word) ?? .english
        }
        if let value = fields["hours"] {
            draft.recipient.hours = hours(value, "the hours of \(name.quoted)")
        }
        if let value = fields["after"],
            let word = choice(value, "\"after\" of \(name.quoted)", ["60s", "180s", "300s"])
        {
            draft.recipient.after = Int(word.dropLast())
        }
        if fields.has("events") {
            patterns(fields, &draft)
        }
        if !fields.has("email"), !fields.has("phone"), fields.lacks("email"), fields.lacks("phone")
        {
            error(
                named.place,
                "there is no way to \(name.quoted); write \"email: ADDRESS\" or \"phone: NUMBER\"")
        }
        return findings[errors...].contains { $0.severity == .error } ? nil : draft
    }

    private mutating func patterns(_ fields: Fields, _ draft: inout RecipientDraft) {
        guard let value = fields["events"] else { return }
        var entries = [value]
        if case .list(let several) = value.content { entries = several }
        let what = "the events of \(draft.recipient.name.quoted)"
        guard (1...NotifyLimits.patternsEach).contains(entries.count) else {
            error(
                value.place,
                "\(what) are \(entries.count) patterns; write 1 to \(NotifyLimits.patternsEach)")
            return
        }
        for entry in entries {
            // What an unquoted # leaves behind is empty.
            guard !entry.isEmpty, let text = scalar(entry, what) else {
                if entry.isEmpty {
                    error(
                        entry.place,
                        "\(what) hold an empty pattern; write it in quotes, as in \"#.fault\"")
                }
                continue
            }
            guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
                let pattern = KeyPattern(text)
            else {
                error(
                    entry.place,
                    "\(text.quoted) is no pattern; write words with dots between them, \"*\" for "
                        + "one word, \"#\" for any number of them, \(KeyPattern.longest) bytes at "
                        + "most")
                continue
            }
            draft.recipient.patterns.append(pattern)
            draft.patternPlaces.append(entry.place)
        }
    }

    private mutating func checkWays(_ draft: RecipientDraft, _ top: Fields) {
        let name = draft.recipient.name.quoted
        if let place = draft.emailPlace, mail == nil, !top.has("mail"), top.lacks("mail") {
            error(place, "\(name) is told by e-mail, but there is no \"mail\"; write its servers")
        }
        if let place = draft.phonePlace, sms == nil, !top.has("sms"), top.lacks("sms") {
            error(place, "\(name) is told by SMS, but there is no \"sms\"; write its device")
        }
    }

    // Values

    mutating func address(_ value: YamlValue, _ what: String) -> String? {
        guard let text = scalar(value, what) else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        // RFC 5321, 4.5.3.1: 64 and 255 bytes. No quoting, no literals.
        let isGood =
            parts.count == 2 && (1...64).contains(parts[0].utf8.count)
            && (1...255).contains(parts[1].utf8.count)
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 != 0x7F && !"<>()[]\\,;:\"".utf8.contains($0)
            }
            && parts[0].utf8.allSatisfy { $0 < 0x80 }
        guard isGood else {
            error(value.place, "\(what) \(text.quoted) is none; write it as NAME@HOST")
            return nil
        }
        return text
    }

    mutating func phone(_ value: YamlValue, _ what: String) -> String? {
        guard let text = scalar(value, what) else { return nil }
        let number = text.filter { $0 != " " && $0 != "-" }
        let digits = number.dropFirst()
        // E.164: fifteen digits.
        guard number.first == "+", (6...15).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            error(
                value.place,
                "\(what) \(text.quoted) is none; write it with the country's code and in quotes, "
                    + "as \"+34600111222\"")
            return nil
        }
        return number
    }

    private mutating func readURL(_ value: YamlValue) -> String? {
        guard let text = scalar(value, "acknowledge-url") else { return nil }
        let hasScheme = text.hasPrefix("https://") || text.hasPrefix("http://")
        guard hasScheme, text.utf8.count <= 255,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>\"'?#&".utf8.contains($0) })
        else {
            error(
                value.place,
                "acknowledge-url \(text.quoted) is no address; write https://HOST or http://HOST, "
                    + "as recipients reach this board")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// `08:00` as a minute of the day; `24:00` is its end.
    static func minute(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.utf8.count) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), parts[1].utf8.count == 2,
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }

    /// `08:00-20:00`, `weekdays`, `mon-thu 08:00-17:30`.
    private mutating func hours(_ value: YamlValue, _ what: String) -> Hours? {
        guard let text = scalar(value, what) else { return nil }
        let words = text.split(separator: " ")
        var hours = Hours()
        var isGood = (1...2).contains(words.count)
        for (place, word) in words.enumerated() {
            let ends = word.split(separator: "-", omittingEmptySubsequences: false)
            if let days = Self.days(word), place == 0 {
                hours.days = days
            } else if ends.count == 2, place == words.count - 1, let from = Self.minute(ends[0]),
                let to = ends[1] == "24:00" ? 1_440 : Self.minute(ends[1]), from != to
            {
                hours.from = from
                hours.to = to
            } else {
                isGood = false
            }
        }
        guard isGood else {
            error(
                value.place,
                "\(what) \(text.quoted) are none; write \"08:00-20:00\", \"weekdays\" or "
                    + "\"mon-thu 08:00-17:30\"")
            return nil
        }
        return hours
    }

    static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    private static func days(_ text: Substring) -> UInt8? {
        switch text {
        case "weekdays": return 0x1F
        case "weekend": return 0x60
        default: break
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
            dayNames.firstIndex(of: String($0))
        }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1]
        else { return nil }
        var days: UInt8 = 0
        var day = first
        while true {
            days |= 1 << UInt8(day)
            if day == last { return days }
            day = (day + 1) % 7
        }
    }
}
