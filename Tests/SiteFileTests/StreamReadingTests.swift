// Streams: what is read, and every mistake with its message.

import Streams
import Testing

@testable import SiteFile

@Suite struct StreamReadingTests {
    private func streams(_ lines: String...) -> [StreamRule] {
        SiteFile.check(text(lines)).streams
    }

    private func findings(_ lines: String...) -> [String] { Site.findings(text(lines)) }

    /// The small site with these entries under `streams`, from line 14 on.
    private func text(_ lines: [String]) -> String {
        var changes = [13: "streams:"]
        for (place, line) in lines.enumerated() { changes[14 + place] = "  - " + line }
        return Site.text(changes)
    }

    @Test("A stream with all its conditions")
    func whole() throws {
        let rule = try #require(
            streams(
                "{name: a, from: alarms, to: b, where: {key: \"floor.*.#\", detectors: [5, 7-9], "
                    + "value-hex: \"01fF\"}}"
            ).first)
        #expect(rule.name == "a" && rule.from == "alarms" && rule.to == ["b"])
        #expect(rule.condition.key?.text == "floor.*.#")
        #expect(rule.condition.detectors == [5...5, 7...9])
        #expect(rule.condition.value == [1, 255])
        #expect(
            streams("{name: a, from: notifications, to: [b, c]}", "{name: d, from: c, to: [e]}")
                == [
                    StreamRule(name: "a", from: "notifications", to: ["b", "c"]),
                    StreamRule(name: "d", from: "c", to: ["e"]),
                ])
        #expect(
            streams("{name: a, from: b, to: c, where: {value: yes}}").first?.condition.value
                == Array("yes".utf8))
        #expect(findings("{name: a, from: alarms, to: b}") == [])
    }

    @Test(
        "Every mistake has its message",
        arguments: [
            ("a", "14:5: a stream must be a mapping; write \"key: value\" pairs"),
            ("{from: a, to: b}", "14:5: a stream has no name; write \"name: NAME\""),
            ("{name: s, to: b}", "14:5: stream \"s\" has no from; write \"from: TOPIC\""),
            (
                "{name: s, from: a}",
                "14:5: stream \"s\" has no to; write \"to: TOPIC\" or \"to: [A, B]\""
            ),
            (
                "{name: s, form: a, to: b}",
                "14:15: unknown key \"form\" in a stream; did you mean \"from\"?"
            ),
            (
                "{name: s/1, from: a, to: b}",
                "14:12: \"s/1\" is no name of a stream; write 1 to 64 letters, digits, \"-\", \"_\" "
                    + "or \".\""
            ),
            (
                "{name: s, from: a, to: alarms}",
                "14:28: \"alarms\" is not a stream's to write: the system itself does; choose "
                    + "another topic"
            ),
            (
                "{name: s, from: a, to: __x}",
                "14:28: \"__x\" is no name of a topic; write 1 to 249 letters, digits, \"-\", \"_\" "
                    + "or \".\", not beginning with \"__\""
            ),
            (
                "{name: s, from: a, to: [b, b]}",
                "14:32: stream \"s\" writes \"b\" twice; remove one"
            ),
            ("{name: s, from: a, to: []}", "14:28: stream \"s\" writes 0 topics; write 1 to 8"),
            (
                "{name: s, from: a, to: a}",
                "14:28: stream \"s\" makes a circle: a > a; records would run around for ever, so "
                    + "take one of these streams out"
            ),
            (
                "{name: s, from: a, to: b, where: {key: x*}}",
                "14:44: \"x*\" is no pattern; write words with dots between them, \"*\" for one "
                    + "word, \"#\" for any number of them, 255 bytes at most"
            ),
            (
                "{name: s, from: a, to: b, where: {key: }}",
                "14:44: the key of stream \"s\" is empty; write a pattern in quotes, as in "
                    + "\"floor.2.#\""
            ),
            (
                "{name: s, from: a, to: b, where: {detectors: 9-2}}",
                "14:50: \"9-2\" is no detector; write an id or a range, as in 101-120"
            ),
            (
                "{name: s, from: a, to: b, where: {value: 1, value-hex: \"01\"}}",
                "14:49: stream \"s\" has both \"value\" and \"value-hex\"; keep one of them"
            ),
            (
                "{name: s, from: a, to: b, where: {value-hex: \"1\"}}",
                "14:50: \"1\" are no bytes; write two digits of 0 to 9 and a to f for each"
            ),
        ])
    func mistakes(entry: String, message: String) {
        #expect(findings(entry) == ["site.yaml:" + message])
    }

    @Test("A circle of several streams, and two of one name")
    func several() {
        #expect(
            findings("{name: s, from: a, to: b}", "{name: t, from: b, to: [x, a]}") == [
                "site.yaml:15:28: stream \"t\" makes a circle: b > a > b; records would run around "
                    + "for ever, so take one of these streams out"
            ])
        #expect(
            findings("{name: s, from: a, to: b}", "{name: s, from: b, to: c}") == [
                "site.yaml:15:12: stream \"s\" is there twice, first on line 14; give it another "
                    + "name"
            ])
        #expect(SiteFile.check(text(["{name: s, from: a, to: a}"])).streams == [])
    }

    @Test("What is compiled is read by the gateway as it was meant")
    func compiled() throws {
        let rules = streams(
            "{name: a, from: alarms, to: b, where: {detectors: 5, value-hex: \"01\"}}",
            "{name: c, from: b, to: [d, e], where: {key: \"#\", value: \"\"}}")
        #expect(rules.count == 2)
        #expect(try StreamsFile.rules(StreamsFile.text(rules)) == rules)
    }
}
