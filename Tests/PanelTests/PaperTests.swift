// History, reports, audit and figures from made-up events.

import EventLog
import FireLogic
import Foundation
import TestSupport
import Testing

@testable import Panel

@Suite struct PaperTests {
    /// An event `seconds` after 2026-11-01.
    private static let start: Int64 = 1_793_491_200_000

    private static func event(
        _ seconds: Int64, _ key: String, _ fields: String, number: Int64 = 0
    ) throws -> PanelEvent {
        var record = LogRecord(
            key: Array(key.utf8), value: Array("{\(fields)}".utf8), headers: [],
            timestamp: start + seconds * 1_000)
        record.offset = number
        return try #require(PanelEvent(record))
    }

    @Test(
        "A month begins and ends where the calendar says",
        arguments: [
            ("1970-01", 0, 31), ("2000-02", 10_988, 29), ("2026-11", 20_758, 30),
            ("2026-12", 20_788, 31),
            ("2100-02", 47_513, 28),
        ])
    func months(text: String, first: Int64, days: Int64) throws {
        let month = try #require(Month(text))
        #expect(month.from == first * 86_400_000)
        #expect(month.to - month.from == days * 86_400_000)
    }

    @Test(
        "What is no month is none",
        arguments: ["", "2026-13", "2026-00", "26-11", "2026-1", "+026-11", "1969-12", "2026-1١"])
    func noMonths(text: String) {
        #expect(Month(text) == nil)
    }

    @Test("A detector's history is what each event about it says, from its first to its last")
    func history() throws {
        var history = DetectorHistory(
            detector: 17, floor: 2, bus: "east", from: Self.start, to: Self.start + 100_000)
        for (seconds, key, fields) in [
            (1, "floor.2.detector.18.fire", #""event":"fire""#),
            (2, "floor.2.detector.17.fault", #""event":"down","cause":"line""#),
            (3, "floor.2.detector.17.back", #""event":"back""#),
            (4, "bus.east.fault", #""event":"fault""#), (5, "bus.west.back", #""event":"back""#),
            (6, "bus.east.back", #""event":"back""#),
            (7, "operator.disabled", #""event":"disabled","detector":18"#),
            (8, "operator.disabled", #""event":"disabled","detector":17"#),
            // A reset ends fires, not disablements.
            (8, "operator.reset", #""event":"reset""#),
            (9, "operator.enabled", #""event":"enabled","detector":17"#),
            (10, "floor.2.detector.17.fire", #""event":"fire""#),
            (11, "floor.3.reset", #""event":"reset""#), (12, "floor.2.reset", #""event":"reset""#),
        ] { history.take(try Self.event(Int64(seconds), key, fields)) }
        let changes = try #require(try object(history.json)["changes"] as? [[Any]])
        #expect(changes.map { $0[1] as? String } == ["n", "f", "n", "s", "n", "d", "n", "a", "n"])
        let seconds = changes.map { (($0[0] as? Int64) ?? 0) - Self.start }
        #expect(seconds == [0, 2, 3, 4, 6, 8, 9, 10, 12].map { $0 * 1_000 })
    }

    @Test("What ends at first began before; BOUNDED: of many changes the newest are given")
    func historyBounds() throws {
        var history = DetectorHistory(
            detector: 1, floor: 0, bus: nil, from: Self.start, to: Self.start + 100_000_000)
        history.take(try Self.event(5, "floor.0.detector.1.back", #""event":"back""#))
        var changes = try #require(try object(history.json)["changes"] as? [[Any]])
        #expect(changes.map { $0[1] as? String } == ["s", "n"])
        for second in 10..<20_000 {
            let word = second % 2 == 0 ? "fire" : "back"
            history.take(try Self.event(Int64(second), "floor.0.detector.1.\(word)", ""))
        }
        changes = try #require(try object(history.json)["changes"] as? [[Any]])
        #expect(changes.count == DetectorHistory.mostChanges)
        #expect(changes.last?[1] as? String == "n")
    }

    @Test("A walk test's report names who answered, when, and who did not")
    func walkTest() throws {
        let site = PanelSite(SampleSite.plan(), checksum: 1)
        var report = WalkTestReport(episode: "e-1")
        #expect(report.json(site) == nil)
        let ids = site.detectors.filter { $0.floor == 1 }.map(\.id.rawValue)
        for (seconds, key, fields) in [
            (
                1, "operator.walk-test-started",
                #""event":"walk-test-started","episode":"e-1","floor":0,"who":"ole""#
            ),
            (
                2, "floor.0.detector.\(ids[0]).tested",
                #""event":"tested","episode":"e-1","floor":0,"detector":\#(ids[0])"#
            ),
            (
                3, "floor.0.detector.\(ids[1]).tested",
                #""event":"tested","episode":"e-2","floor":0,"detector":\#(ids[1])"#
            ),
            (
                9, "operator.walk-test-ended",
                #""event":"walk-test-ended","episode":"e-1","floor":0,"detectors":[\#(ids[0])],"missing":[\#(ids[1])]"#
            ),
        ] { report.take(try Self.event(Int64(seconds), key, fields)) }
        let json = try object(try #require(report.json(site)))
        #expect(json["who"] as? String == "ole" && json["floorName"] as? String == "Floor \\1")
        #expect(json["to"] as? Int64 == Self.start + 9_000)
        let detectors = try #require(json["detectors"] as? [[String: Any]])
        #expect(detectors.compactMap { $0["id"] as? UInt32 } == ids)
        #expect(detectors[0]["answered"] as? Int64 == Self.start + 2_000)
        #expect(detectors[1]["answered"] is NSNull)
    }

    @Test("A month's report has how long things lasted, and how fast water was on its way")
    func month() throws {
        var report = MonthReport(try #require(Month("2026-11")))
        for (seconds, key, fields) in [
            (-1, "floor.1.detector.5.fire", #""event":"fire","phase":"begin","floor":1"#),
            (
                10, "floor.1.detector.5.fire",
                #""event":"fire","phase":"begin","floor":1,"episode":"f""#
            ),
            (12, "floor.1.valve.open", #""event":"open","phase":"during","floor":1,"episode":"f""#),
            (
                90, "floor.1.reset",
                #""event":"reset","phase":"end","floor":1,"episode":"f","seconds":80"#
            ),
            (100, "floor.1.detector.6.fault", #""event":"down","phase":"begin","episode":"d""#),
            (
                160, "floor.1.detector.6.back",
                #""event":"back","phase":"end","episode":"d","seconds":60"#
            ),
            (170, "floor.1.detector.7.fault", #""event":"down","phase":"begin","episode":"g""#),
            (
                200, "operator.disabled",
                #""event":"disabled","phase":"begin","episode":"x","who":"ole","detector":7"#
            ),
            (
                300, "operator.enabled",
                #""event":"enabled","phase":"end","episode":"x","who":"timer","seconds":100"#
            ),
            (
                400, "operator.walk-test-started",
                #""event":"walk-test-started","episode":"w","floor":1,"who":"mia""#
            ),
            (
                500, "operator.walk-test-ended",
                #""event":"walk-test-ended","episode":"w","floor":1,"count":3,"missingCount":1"#
            ),
        ] { report.take(try Self.event(Int64(seconds), key, fields)) }
        let json = try object(report.json(site: "House"))
        func list(_ name: String) -> [[String: Any]] { json[name] as? [[String: Any]] ?? [] }
        #expect(list("fires").map { $0["seconds"] as? Int } == [80])
        #expect(list("faults").map { $0["seconds"] as? Int } == [60, nil])
        #expect(list("disablements").map { $0["seconds"] as? Int } == [100])
        #expect(list("disablements").map { $0["who"] as? String } == ["ole"])
        #expect(list("tests").map { $0["missing"] as? Int } == [1])
        let response = json["response"] as? [String: Int]
        #expect(response == ["count": 1, "medianMs": 2_000, "worstMs": 2_000])
    }

    @Test("BOUNDED: a month with too much in it says how much is left out")
    func longMonth() throws {
        var report = MonthReport(try #require(Month("2026-11")))
        for number in 0..<(MonthReport.mostEntries + 7) {
            report.take(
                try Self.event(
                    Int64(number), "floor.1.detector.6.fault",
                    #""event":"down","phase":"begin","episode":"d\#(number)""#))
        }
        let json = try object(report.json(site: ""))
        #expect((json["faults"] as? [Any])?.count == MonthReport.mostEntries)
        #expect(json["more"] as? [String: Int] == ["paper.faults": 7])
    }

    @Test("A line of the audit is a line of a table, and no spreadsheet's formula")
    func audit() throws {
        var record = LogRecord(
            key: Array("=cmd()".utf8),
            value: Array(#"{"event":"login.failed","user":"=cmd()","detail":"a \"b\", c"}"#.utf8),
            headers: [], timestamp: 1_700_000_000_123)
        record.offset = 3
        let line = try #require(AuditLine(record))
        #expect(
            line.csv(.gateway)
                == "2023-11-14T22:13:20.123Z,gateway,3,'=cmd(),login.failed,\"a \"\"b\"\", c\",,,\r\n"
        )
        #expect(try object(line.json(.gateway))["who"] as? String == "=cmd()")
        record.value = Array("no json".utf8)
        #expect(AuditLine(record) == nil)
    }

    @Test("Figures are in the form that Prometheus reads, every detector in one state")
    func metrics() throws {
        let page = MadePage(floors: 3, detectors: 40, buses: 2)
        let metrics = PanelMetrics(try page.snapshot(), PanelExtras(), at: .at(1_500))
        let lines = String(decoding: metrics.bytes, as: UTF8.self).split(separator: "\n")
        for line in lines where !line.hasPrefix("#") {
            #expect(
                line.contains(/^[a-z_]+(\{[a-z]+="[A-Za-z]+"\})? -?[0-9.]+(e[+-]?[0-9]+)?$/),
                "\(line)")
        }
        #expect(lines.contains(#"standpipe_detectors{state="normal"} 40"#))
        #expect(lines.contains("standpipe_live 1") && lines.contains("standpipe_age_seconds 0.5"))
    }
}
