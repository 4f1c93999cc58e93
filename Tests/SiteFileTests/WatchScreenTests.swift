// What `standpipe status --floors` and `standpipe watch` show, word for word.

import ControlLoop
import FireLogic
import StatusFeed
import TestSupport
import Testing

@testable import standpipe

@Suite struct WatchScreenTests {
    private static let plan = SampleSite.plan(floors: 2)

    /// A site whose upper floor is in fire, one second after its start.
    private static func page() throws -> StatusSnapshot {
        var decisions = Decisions()
        let start = SampleSite.instant(1_000)
        var logic = SiteLogic(
            plan: plan, planChecksum: 1, memory: Memory(), at: start, into: &decisions)
        logic.handle(.keyContact(key: 0, .off, .inactive), at: start, into: &decisions)
        logic.advance(to: SampleSite.instant(1_500), into: &decisions)
        logic.handle(
            .reading(detector: plan.detectors.count - 1, .alarm), at: SampleSite.instant(1_600),
            into: &decisions)
        let layout = StatusLayout(plan: plan)
        var bytes = [UInt8](repeating: 0, count: layout.byteCount)
        bytes.withUnsafeMutableBytes {
            let writing = StatusWriting($0, layout: layout)
            writing.begin(planChecksum: 1, processID: 7, started: start)
            for detector in plan.detectors.indices { writing.write(detector: detector, logic) }
            for (number, record) in decisions.records.enumerated() {
                writing.write(event: UInt64(number), record, SampleSite.stamp(number))
            }
            writing.write(logic, SampleSite.stamp(1_700), ticks: 42)
        }
        return try bytes.withUnsafeBytes { try StatusSnapshot($0) }
    }

    private static func screen(_ page: StatusSnapshot?, at milliseconds: Int = 2_000) -> WatchScreen
    {
        WatchScreen(
            page: page, plan: plan, told: nil, now: SampleSite.instant(milliseconds), wall: 0,
            path: "/run/standpipe/status")
    }

    /// Without the terminal's codes.
    private static func bare(_ lines: [String]) -> [String] {
        lines.map { $0.replacing(/\u{1B}\[[0-9;]*m/, with: "") }
    }

    @Test("The table of floors says what is told and seen, from the top of the building down")
    func table() throws {
        let page = try Self.page()
        let table = FloorTable(page: page, plan: Self.plan, now: SampleSite.instant(2_000))
        #expect(
            table.lines.map(\.plain) == [
                #"0 Floor \1                OPEN            no switch       on        1       -       -"#,
                #"-1 Floor \0               closed          no switch       on        -       -       -"#,
            ])
        #expect(table.lines.allSatisfy { $0.width == FloorTable.width })
    }

    @Test("The screen has the state, the floors and what happened, and is never larger than asked")
    func screen() throws {
        let page = try Self.page()
        let lines = Self.bare(Self.screen(page).lines(columns: 100, rows: 24, first: 0))
        #expect(lines[0].contains("FIRE") && lines[0].contains("1 floor in fire"))
        #expect(lines.contains { $0.contains("FIRE: detector") })
        #expect(lines.last == "q quits")
        for rows in 1...30 {
            for columns in [1, 10, 79] {
                let lines = Self.screen(page).lines(columns: columns, rows: rows, first: 1)
                #expect(lines.count <= rows)
                #expect(Self.bare(lines).allSatisfy { $0.count <= columns })
            }
        }
    }

    @Test(
        "LIVE: a page that is old is said to be old, and one that is missing is said to be missing")
    func stale() throws {
        let old = Self.bare(
            Self.screen(try Self.page(), at: 60_000).lines(columns: 200, rows: 24, first: 0))
        #expect(old[0].contains("SILENT for 58 s"))
        #expect(!old[0].contains("FIRE"))
        let none = Self.bare(Self.screen(nil).lines(columns: 200, rows: 24, first: 0))
        #expect(none[0].contains("/run/standpipe/status is no status page"))
    }
}
