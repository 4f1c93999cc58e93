// Recipients and the ways to them: what is read, every mistake with its message, and what nobody would
// be told.

import ControlLoop
import FireLogic
import Notifications
import Streams
import Testing

@testable import SiteFile

@Suite struct RecipientReadingTests {
    private static let ways = [
        "mail: {servers: [{host: smtp.mill}], from: fire@mill}",
        "sms: {device: /dev/serial/by-id/usb-modem}",
    ]

    /// The small site with the ways on lines 13 and 14, and these recipients from line 16 on.
    private func text(_ lines: [String], ways: [String] = ways) -> String {
        var changes = [13: ways[0], 14: ways[1], 15: "recipients:"]
        for (place, line) in lines.enumerated() { changes[16 + place] = "  - " + line }
        return Site.text(changes)
    }

    private func findings(_ lines: String...) -> [String] {
        Site.findings(text(lines)).map { String($0.dropFirst("site.yaml:".count)) }
    }

    @Test("TOLD: all that can be said, as the gateway reads it")
    func whole() throws {
        let check = SiteFile.check(
            text(
                [
                    "{name: Ana García, email: ana@mill, phone: \"+34 600-111-222\", language: es}",
                    "{name: Ben, email: ben@mill, events: [\"floor.1.#\", \"#.fault\"], "
                        + "hours: \"mon-thu 08:00-17:30\", after: 180s}",
                    "{name: Night, phone: \"+34600111333\", hours: \"weekend 20:00-06:00\"}",
                ],
                ways: [
                    "mail: {servers: [{host: a, port: 2525, security: tls, user: u, "
                        + "password-file: /etc/pw, certificates: /etc/ca.pem}, {host: b}], "
                        + "from: fire@mill, from-name: Mill fire}",
                    "sms: {device: /dev/serial/by-id/m, pin-file: /etc/pin, center: \"+34600\"}",
                ]
            ).replacing("+34600\"}", with: "+34600123\"}")
                + "acknowledge-url: https://board.mill/\ndaily-test: \"08:05\"\n")
        #expect(check.findings == [])
        let plan = try #require(check.notifications)
        #expect(plan.recipients.map(\.name) == ["Ana García", "Ben", "Night"])
        #expect(plan.recipients[0].phone == "+34600111222")
        #expect(plan.recipients[0].language == .spanish && plan.recipients[0].hours == nil)
        #expect(plan.recipients[1].patterns.map(\.text) == ["floor.1.#", "#.fault"])
        #expect(plan.recipients[1].hours == Hours(days: 0x0F, from: 480, to: 1_050))
        #expect(plan.recipients[1].after == 180)
        #expect(plan.recipients[2].hours == Hours(days: 0x60, from: 1_200, to: 360))
        #expect(plan.mail?.servers.map(\.port) == [2525, 587])
        #expect(plan.mail?.servers.map(\.security) == [.tls, .startTLS])
        #expect(plan.acknowledgeURL == "https://board.mill" && plan.dailyTest == 485)
        #expect(try RecipientsFile.plan(RecipientsFile.text(plan)) == plan)
    }

    @Test(
        "Every mistake has its message",
        arguments: [
            ("a", "16:5: a recipient must be a mapping; write \"key: value\" pairs"),
            ("{email: a@b}", "16:5: a recipient has no name; write \"name: NAME\""),
            (
                "{name: A}",
                "16:12: there is no way to \"A\"; write \"email: ADDRESS\" or \"phone: NUMBER\""
            ),
            (
                "{name: A, email: a}",
                "16:22: the e-mail address of \"A\" \"a\" is none; write it as NAME@HOST"
            ),
            (
                "{name: A, phone: 600111222}",
                "16:22: the phone of \"A\" \"600111222\" is none; write it with the country's code "
                    + "and in quotes, as \"+34600111222\""
            ),
            (
                "{name: A, email: a@b, language: fr}",
                "16:37: the language of \"A\" cannot be \"fr\"; write one of en, es"
            ),
            (
                "{name: A, email: a@b, hours: 8-20}",
                "16:34: the hours of \"A\" \"8-20\" are none; write \"08:00-20:00\", \"weekdays\" or "
                    + "\"mon-thu 08:00-17:30\""
            ),
            (
                "{name: A, email: a@b, after: 61s}",
                "16:34: \"after\" of \"A\" cannot be \"61s\"; did you mean \"60s\"?"
            ),
            (
                "{name: A, email: a@b, events: [\"#\", \"floor.7.#\"]}",
                "16:41: no event of this site ever matches \"floor.7.#\" of \"A\"; keys are as "
                    + "\"floor.1.detector.1.fire\""
            ),
            (
                "{name: A, email: a@b, events: \"a#\"}",
                "16:35: \"a#\" is no pattern; write words with dots between them, \"*\" for one "
                    + "word, \"#\" for any number of them, 255 bytes at most"
            ),
        ])
    func mistakes(line: String, message: String) {
        let found = findings(line)
        #expect(found.contains(message), "\(found)")
    }

    @Test("TOLD: a recipient without the way that it wants is an error")
    func noWay() {
        let lines = ["{name: A, email: a@b}", "{name: B, phone: \"+34600111222\"}"]
        let found = Site.findings(text(lines, ways: ["", ""]))
        #expect(found.count == 2)
        #expect(
            found[0].hasSuffix(
                "\"A\" is told by e-mail, but there is no \"mail\"; write its servers"))
        #expect(
            found[1].hasSuffix("\"B\" is told by SMS, but there is no \"sms\"; write its device"))
    }

    @Test("TOLD: an event that reaches nobody is found, and the hours at which it does not")
    func unreached() {
        let some = findings(
            "{name: A, email: a@b, events: \"floor.1.#\", hours: weekdays}",
            "{name: B, email: b@b, events: \"#.fault\"}",
            "{name: C, phone: \"+34600111222\", events: \"operator.*\"}")
        #expect(
            some.contains(
                "16:12: warning: nobody is told of a fire (floor.2.detector.2.fire); add it to the "
                    + "events of a recipient"))
        #expect(!some.contains { $0.contains("a detector's fault") || $0.contains("disabled") })
        let hours = findings(
            "{name: A, email: a@b, hours: \"weekdays 08:00-20:00\"}",
            "{name: B, email: b@b, hours: \"weekend\"}")
        #expect(
            hours.contains(
                "16:12: warning: nobody is told of a fire (floor.1.detector.1.fire) at mon 00:00 to "
                    + "mon 08:00; add hours, or a recipient who is told then"))
        #expect(findings("{name: A, email: a@b}", "{name: B, phone: \"+34600111222\"}") == [])
    }

    @Test("Every key that the controller makes is one that the check knows")
    func keys() throws {
        let plan = try Site.plan()
        let known = Set(plan.eventClasses.flatMap(\.keys))
        let floor = FloorID(rawValue: 2)
        let detector = DetectorID(rawValue: 2)
        let who = OperatorName.panel
        let hour = Interval(nanoseconds: 3_600_000_000_000)
        let stamp = Stamp(boot: .zero, wallMilliseconds: 0)
        var records: [Record] = [
            .alarm(detector, floor), .tested(detector, floor), .detectorBack(detector, floor),
            .detectorDown(detector, floor, .silent(.silent)), .valve(floor, .open, .key),
            .valve(floor, .closed, .key), .valveConfirmed(floor, .open),
            .valveFault(floor, .notDriven), .valveRepaired(floor),
            .releasePending(floor, .manual, delay: hour), .releaseWithdrawn(floor),
            .releaseWithheld(floor, .manual), .isolated(floor), .inService(floor),
            .bus(0, up: false), .bus(0, up: true), .keyFault(key: 0), .keyRepaired(key: 0),
            .disabled(detector, who, hour), .enabled(detector, who),
            .walkTestStarted(floor, who, hour), .walkTestEnded(floor, who), .silenced(who),
            .reset(who), .started(planChecksum: 1), .armed, .signalsDropped(3),
        ]
        for fault in SystemFault.allCases {
            records += [.systemFault(fault, present: true), .systemFault(fault, present: false)]
        }
        for record in records {
            let notice = Notice(record, stamp)
            let key = String(decoding: notice.message(plan).key, as: UTF8.self)
            #expect(known.contains(key), "\(key)")
        }
    }
}
