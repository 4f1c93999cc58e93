// Texts: each kind of event says what, where, when and what to do, in both languages, and nothing that
// comes from outside breaks out of its place.

import EventLog
import Testing

@testable import Notifications

@Suite struct MessageTextTests {
    private let maker = TextMaker(
        site: "Old mill", codes: Codes(secret: Array(1...32)),
        acknowledgeURL: "https://board.mill", utcOffset: { _ in 3_600 })

    private func item(_ key: String, _ json: String) -> Item {
        Item(
            LogRecord(
                key: Array(key.utf8), value: Array(json.utf8), timestamp: 1795439133000))
    }

    private func message(
        _ items: [Item], _ kind: Message.Kind = .event, lane: Lane = .rest,
        more: [String: Int]? = nil
    ) -> Message {
        Message(
            id: "e1", recipient: "Ana", lane: lane, kind: kind,
            episode: items.first?.fields?.episode, log: "a", source: 1, attempt: 0, elapsed: 0,
            boot: "b", at: 0, items: items, more: more)
    }

    private func text(_ message: Message, _ language: Language) -> MessageText {
        maker.text(
            message, to: Recipient(name: "Ana", email: "a@b", language: language), late: false)
    }

    @Test("TOLD: a fire in English, whole")
    func fire() {
        let fire = item(
            "floor.2.detector.17.fire",
            """
            {"event":"fire","text":"FIRE: detector 17 (Hall) on floor 2 (Kitchen)","episode":"f-1",\
            "phase":"begin","since":1795439133000,"floor":2,"floorName":"Kitchen","detector":17,\
            "detectorName":"Hall"}
            """)
        let text = text(message([fire], lane: .fire), .english)
        #expect(text.subject == "[Old mill] FIRE: detector 17 (Hall), floor 2 (Kitchen)")
        #expect(text.isUrgent)
        #expect(
            text.plain == """
                FIRE: detector 17 (Hall), floor 2 (Kitchen)

                When: 2026-11-23 14:05:33 (UTC+01:00)
                The system: Alarm latched and sounder on. The valve opens by the floor's release rule.
                Now: Clear floor 2 (Kitchen), call the fire service, and do not close the valve before \
                the fire is out.
                Event: FIRE: detector 17 (Hall) on floor 2 (Kitchen)

                Acknowledge: nobody else is called then:
                https://board.mill/acknowledge/\(maker.codes.token("f-1", "Ana"))

                --\u{20}
                Site: Old mill. Sent by Standpipe. The panel and the log have the whole story.

                """)
        #expect(
            text.sms
                == "Old mill: FIRE: detector 17 (Hall), floor 2 (Kitchen). 14:05 Clear floor 2 "
                + "(Kitchen), call the fire service, and do not close the valve before the fire is "
                + "out. Reply OK \(maker.codes.code("f-1")).")
    }

    @Test("TOLD: every kind has its words in both languages, and an SMS of two parts at most")
    func kinds() {
        let keys = [
            "floor.2.detector.1.fire", "floor.2.reset", "floor.2.manual.pressed",
            "floor.2.manual.released", "floor.2.manual.fault", "floor.2.manual.back",
            "floor.2.valve.open", "floor.2.valve.closed", "floor.2.valve.confirmed",
            "floor.2.valve.fault", "floor.2.valve.repaired", "floor.2.release.pending",
            "floor.2.release.withdrawn", "floor.2.release.withheld", "floor.2.key.isolated",
            "floor.2.key.in-service", "floor.2.detector.1.fault", "floor.2.detector.1.back",
            "floor.2.detector.1.tested", "bus.east.fault", "bus.east.back", "key.main.fault",
            "key.main.back", "system.mail.fault", "system.mail.back", "operator.disabled",
            "operator.enabled", "operator.walk-test-started", "operator.walk-test-ended",
            "operator.silenced", "operator.reset", "system.started", "system.armed",
        ]
        var kinds: Set<EventKind> = [.other]
        for key in keys {
            let item = item(
                key, "{\"episode\":\"e\",\"floor\":2,\"floorName\":\"Cocina de atrás\"}")
            kinds.insert(EventKind(item))
            var subjects: Set<String> = []
            for language in Language.allCases {
                let text = text(message([item], lane: .fire), language)
                #expect(!text.subject.contains(key), "\(key): no words of its own")
                #expect(text.sms.utf16.count <= 300 && text.sms.contains(" OK "), "\(text.sms)")
                #expect(text.plain.contains("2026-11-23 14:05:33 (UTC+01:00)"))
                subjects.insert(text.subject)
            }
            #expect(subjects.count == 2, "\(key): the same in both languages")
        }
        #expect(kinds == Set(EventKind.allCases))
    }

    @Test("TOLD: what is not understood is told as it stands")
    func unknown() {
        let new = item("moon.1.rises", "{\"text\":\"the moon rises\"}")
        #expect(text(message([new]), .spanish).subject == "[Old mill] the moon rises")
        let raw = item("floor.2.valve.fault", "no json")
        let text = text(message([raw]), .english)
        #expect(text.subject == "[Old mill] floor.2.valve.fault: no json")
        #expect(text.plain.contains("Event: no json"))
    }

    @Test("Nothing from outside breaks out of its place")
    func hostile() {
        let bad = item(
            "floor.2.detector.1.fire",
            "{\"floorName\":\"<b>\\\"&'\\r\\nBcc: x@y\",\"detectorName\":\"\\u202e\\u0000a\",\"floor\":2}"
        )
        let text = text(message([bad]), .english)
        #expect(!text.subject.contains { $0.isNewline || $0 == "\u{0}" })
        #expect(text.html.contains("&lt;b&gt;&quot;&amp;&#39;") && !text.html.contains("<b>\""))
        #expect(!text.sms.contains { $0.isNewline })
        let long = item(
            "floor.2.detector.1.fire",
            "{\"floorName\":\"\(String(repeating: "火", count: 300))\",\"episode\":\"e\"}")
        let sms = self.text(message([long], lane: .fire), .spanish).sms
        #expect(sms.utf16.count <= 132 && sms.hasSuffix("OK \(maker.codes.code("e"))."))
    }

    @Test("A digest lists what it has, counts what is beyond and what chatters")
    func digest() {
        var chatter = item("floor.1.detector.5.back", "{\"floor\":1,\"detector\":5}")
        chatter.times = 20
        let down = item(
            "floor.1.detector.6.fault", "{\"floor\":1,\"detector\":6,\"cause\":\"line\"}")
        let text = text(message([chatter, down], .digest, more: ["down": 948]), .spanish)
        #expect(
            text.subject
                == "[Old mill] 950 sucesos: detector 5, planta 1, responde de nuevo (20 veces)")
        #expect(
            text.plain.contains(
                "- 2026-11-23 14:05:33 (UTC+01:00)  AVERÍA: detector 6, planta 1, tiene una línea"))
        #expect(text.plain.contains("y 948 más (down: 948)"))
        #expect(text.sms.hasSuffix("y 948 mas."))
        #expect(self.text(message([], .test), .english).subject == "[Old mill] Daily test")
    }
}
