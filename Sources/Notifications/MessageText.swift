// The words of a message: subject, plain text and HTML of a mail, and the text of an SMS. Made of the
// events' fields when it is sent, in the language that the recipient has then. Whatever the fields are,
// something comes out that can be sent: what is not understood is shown as it stands in the log.

/// A message in words.
package struct MessageText: Hashable, Sendable {
    package var subject: String
    package var plain: String
    package var html: String
    package var sms: String
    package var isUrgent: Bool
}

/// Makes texts.
package struct TextMaker: Sendable {
    /// Characters of a subject, and of one headline.
    private static let longestLine = 160
    /// Two parts of an SMS: 306 characters of GSM 03.38, or 134 of UCS-2.
    private static let longestPlainSMS = 300
    private static let longestWideSMS = 132

    let site: String
    let codes: Codes
    let acknowledgeURL: String?
    /// What local time was or will be ahead of UTC, in seconds, at a time in milliseconds since 1970.
    let utcOffset: @Sendable (Int64) -> Int

    package init(
        site: String, codes: Codes, acknowledgeURL: String?,
        utcOffset: @escaping @Sendable (Int64) -> Int
    ) {
        self.site = site
        self.codes = codes
        self.acknowledgeURL = acknowledgeURL
        self.utcOffset = utcOffset
    }

    /// `late`: it has waited for longer than a minute.
    package func text(_ message: Message, to recipient: Recipient, late: Bool) -> MessageText {
        let phrases: any Phrases =
            switch recipient.language {
            case .english: EnglishPhrases()
            case .spanish: SpanishPhrases()
            }
        var page = TextPage()
        var short: [String] = []
        var isUrgent = false
        let title: String
        switch message.kind {
        case .test:
            title = phrases.labels.test
            page.paragraph(phrases.labels.testText)
            short = [title]
        case .event where message.items.count == 1:
            let item = message.items[0]
            let kind = EventKind(item)
            isUrgent = kind.isUrgent
            title = headline(item, phrases)
            details(item, phrases, &page)
            short = ["\(title). \(clock(item))"]
            if kind.isUrgent { short.append(advice(item, phrases)) }
        case .event, .digest:
            let lines = message.items.map { line($0, phrases) }
            let more = (message.more ?? [:]).values.reduce(0) { $0 &+ max(0, min($1, 1 << 30)) }
            let count = "\(lines.count + more)"
            title =
                phrases.labels.events.replacingMark(with: count)
                + (lines.first.map { ": \($0)" } ?? "")
            page.list(message.items.map { "\(stamp($0.time))  \(line($0, phrases))" })
            if more > 0 {
                let words = (message.more ?? [:]).sorted { $0.key < $1.key }
                    .map { "\($0.key): \($0.value)" }.joined(separator: ", ")
                page.paragraph(
                    phrases.labels.more.replacingMark(with: "\(more)") + " (\(Self.line(words)))")
            }
            let shown = lines.prefix(3)
            short = shown.map { "\($0)." }
            let rest = lines.count - shown.count + more
            if rest > 0 { short.append(phrases.labels.more.replacingMark(with: "\(rest)") + ".") }
        }
        if late { page.paragraph(phrases.labels.late) }
        if message.lane == .fire, let episode = message.episode {
            let reply = phrases.labels.reply.replacingMark(with: codes.code(episode))
            if let url = acknowledgeURL {
                let token = codes.token(episode, recipient.name)
                page.link(
                    phrases.labels.acknowledge, phrases.labels.link, "\(url)/acknowledge/\(token)")
            }
            short.append("\(reply).")
        }
        page.footer("\(phrases.labels.site): \(Self.line(site)). \(phrases.labels.footer)")
        let heading = Self.line(title)
        return MessageText(
            subject: "[\(Self.line(site, 60))] \(heading)", plain: page.plain(heading),
            html: page.html(heading), sms: sms(short), isUrgent: isUrgent)
    }

    // One event

    private func headline(_ item: Item, _ phrases: any Phrases) -> String {
        let names = EventNames(
            item, floorWord: phrases.floorWord, detectorWord: phrases.detectorWord)
        if item.fields != nil, let known = phrases.headline(EventKind(item), names) {
            return Self.line(known)
        }
        if let text = item.fields?.text, !text.isEmpty { return Self.line(text) }
        let raw = item.raw ?? ""
        return Self.line("\(item.key)\(raw.isEmpty ? "" : ": \(raw)")")
    }

    private func line(_ item: Item, _ phrases: any Phrases) -> String {
        let times = item.times.map {
            " (" + phrases.labels.times.replacingMark(with: "\($0)") + ")"
        }
        return headline(item, phrases) + (times ?? "")
    }

    private func advice(_ item: Item, _ phrases: any Phrases) -> String {
        phrases.advice(
            EventKind(item),
            EventNames(item, floorWord: phrases.floorWord, detectorWord: phrases.detectorWord))
    }

    private func details(_ item: Item, _ phrases: any Phrases, _ page: inout TextPage) {
        let labels = phrases.labels
        let kind = EventKind(item)
        let names = EventNames(
            item, floorWord: phrases.floorWord, detectorWord: phrases.detectorWord)
        page.row(labels.when, stamp(item.time))
        if let since = item.fields?.since,
            since.subtractingReportingOverflow(item.time).partialValue.magnitude >= 1_000
        {
            page.row(labels.since, stamp(since))
        }
        if let seconds = item.fields?.seconds { page.row(labels.lasted, TextTimes.span(seconds)) }
        if let times = item.times {
            page.row(labels.times.replacingMark(with: "\(times)"), "")
        }
        if let done = phrases.done(kind, names) { page.row(labels.did, done) }
        page.row(labels.todo, phrases.advice(kind, names))
        func numbers(_ list: [Int64], of count: Int64?) -> String {
            let shown = list.map { "\($0)" }.joined(separator: ", ")
            let rest = (count ?? 0).subtractingReportingOverflow(Int64(list.count)).partialValue
            return rest > 0
                ? shown + ", " + labels.more.replacingMark(with: "\(rest)") : shown
        }
        if let detectors = item.fields?.detectors, !detectors.isEmpty {
            page.row(labels.detectors, numbers(detectors, of: item.fields?.count))
        }
        if let missing = item.fields?.missing, !missing.isEmpty {
            page.row(labels.missing, numbers(missing, of: item.fields?.missingCount))
        }
        if let text = item.fields?.text, !text.isEmpty {
            page.row(labels.event, Self.line(text, 400))
        }
        if let raw = item.raw { page.row(labels.event, Self.line(raw, 1_000)) }
    }

    private func stamp(_ wall: Int64) -> String {
        TextTimes.stamp(wall, utcOffset: utcOffset(wall))
    }

    private func clock(_ item: Item) -> String {
        TextTimes.short(item.time, utcOffset(item.time))
    }

    /// One line without control characters, and not endless.
    static func line(_ text: String, _ limit: Int = longestLine) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            let isControl =
                scalar.properties.generalCategory == .control
                || scalar.properties.generalCategory == .format
                || scalar.properties.generalCategory == .lineSeparator
                || scalar.properties.generalCategory == .paragraphSeparator
            line.unicodeScalars.append(isControl ? " " : scalar)
        }
        return text.unicodeScalars.count > limit ? line + "…" : line
    }

    /// The parts of an SMS, the last one in any case: it has the code.
    private func sms(_ parts: [String]) -> String {
        // The alphabet of phones has no such letters: one would halve what fits.
        let folded: [Unicode.Scalar: Unicode.Scalar] = [
            "á": "a", "í": "i", "ó": "o", "ú": "u", "Á": "A", "Í": "I", "Ó": "O", "Ú": "U",
            "…": ".",
        ]
        func fold(_ text: String) -> String {
            var result = ""
            for scalar in Self.line(text, 400).unicodeScalars {
                result.unicodeScalars.append(folded[scalar] ?? scalar)
            }
            return result
        }
        let site = fold(Self.line(self.site, 40))
        let all = (["\(site):"] + parts.map(fold)).joined(separator: " ")
        let isPlain = all.unicodeScalars.allSatisfy {
            $0.isASCII && !"[]{}~|^\\`".unicodeScalars.contains($0)
                || "éèñÑüÜäöÄÖàùìòçÉ¿¡ß£€".unicodeScalars.contains($0)
        }
        let limit = isPlain ? Self.longestPlainSMS : Self.longestWideSMS
        guard all.utf16.count > limit, let last = parts.last.map(fold) else { return all }
        let before = (["\(site):"] + parts.dropLast().map(fold)).joined(separator: " ")
        var cut = ""
        for character in before {
            guard cut.utf16.count + String(character).utf16.count + last.utf16.count + 2 <= limit
            else { break }
            cut.append(character)
        }
        return parts.count > 1 ? "\(cut). \(last)" : String(all.prefix(limit / 2))
    }
}

extension String {
    /// Puts `value` where the `%` stands.
    func replacingMark(with value: String) -> String {
        split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
            .joined(separator: value)
    }
}
