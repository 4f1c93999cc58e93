// What was recorded is decided again, and nothing else passes for it.

import ControlLoop
import FireLogic
import Testing

@testable import Replay

@Suite struct RerunTests {
    private static func rerun(
        _ entries: some Sequence<LogEntry>
    ) throws(Rerun.Difference) -> Rerun {
        var rerun = Rerun { $0 == RecordedSite.checksum ? RecordedSite.plan() : nil }
        for entry in entries { try rerun.take(entry) }
        try rerun.end()
        return rerun
    }

    @Test("RECORD: recorded inputs are decided again record by record")
    func same() throws {
        let site = RecordedSite.day()
        let rerun = try Self.rerun(site.entries)
        #expect(rerun.compared == site.entries.count { $0.kind == .record })
        #expect(rerun.runs == 2 && rerun.passedOver == 0 && rerun.lost == 0)
    }

    @Test("RECORD: a log that ends anywhere, as after a power cut, differs in nothing")
    func cutAnywhere() throws {
        let entries = RecordedSite.day().entries
        for count in 0...entries.count { _ = try Self.rerun(entries[..<count]) }
    }

    @Test("RECORD: each decision that was changed, taken away or put in is noticed")
    func changed() {
        let entries = RecordedSite.day().entries
        var tried = 0
        for (place, entry) in entries.enumerated() {
            guard entry.kind == .record, let record = entry.record, !record.isInput else {
                continue
            }
            if case .started = record { continue }
            var others = entries
            others[place].words = Record.inService(FloorID(rawValue: 9)).words
            #expect(throws: Rerun.Difference.self) { try Self.rerun(others) }
            tried += 1
        }
        #expect(tried > 30)
    }

    @Test("RECORD: behind a hole nothing is said until the program's next start")
    func hole() throws {
        var entries = RecordedSite.day().entries
        entries.remove(at: 20)
        let rerun = try Self.rerun(entries)
        #expect(rerun.lost == 1 && rerun.passedOver > 5 && rerun.runs == 2)
    }

    @Test("RECORD: without its plan a run is passed over and the plan is named")
    func noPlan() throws {
        var rerun = Rerun { _ in nil }
        for entry in RecordedSite.day().entries { try rerun.take(entry) }
        try rerun.end()
        #expect(rerun.compared == 0 && rerun.missingPlans == [RecordedSite.checksum])
    }

    @Test("RECORD: an opened valve is explained by signals, rule, plan and times")
    func openings() throws {
        let openings = try Self.rerun(RecordedSite.day().entries).openings
        try #require(openings.count == 3)
        let first = openings[0]
        #expect(first.floor == FloorID(rawValue: 1) && first.rule == .first)
        #expect(first.cause == .detector(DetectorID(rawValue: 11)))
        #expect(first.votes.map(\.detector) == [DetectorID(rawValue: 11)])
        #expect(
            first.votes[0].heard == first.decided && first.planChecksum == RecordedSite.checksum)
        #expect(first.confirmed.map { $0.boot - first.decided.boot } == .milliseconds(700))
        #expect(first.closed != nil)
        let second = openings[1]
        #expect(second.rule == .coincidence(count: 2, scope: .floor) && second.votes.count == 2)
        #expect(second.faults.contains(.notDriven))
        let contact = try #require(second.votes.first?.heard)
        #expect(contact.boot < second.decided.boot)
    }

    /// The second seed was once replayed without end.
    @Test(
        "Records from a rotten disk never trap",
        arguments: [UInt64.random(in: 0 ... .max), 6_891_607_044_124_724_258])
    func rot(seed: UInt64) {
        print("replay of rotten records: seed \(seed)")
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
        let entries = RecordedSite.day().entries
        for _ in 0..<2_000 {
            var others = entries
            for _ in 0...(next() % 3) {
                let place = Int(next() % UInt64(others.count))
                let bit = UInt64(1) << (next() % 64)
                switch next() % 6 {
                case 0: others[place].words.words.0 ^= bit
                case 1: others[place].words.words.1 ^= bit
                case 2: others[place].words.words.4 ^= bit
                case 3: others[place].number ^= UInt32(truncatingIfNeeded: bit)
                case 4: others[place].stamp.boot.nanoseconds ^= Int64(bitPattern: bit)
                default:
                    others[place].kind = LogEntry.Kind(rawValue: UInt8(next() % 6 + 1)) ?? .record
                }
            }
            // A difference is as right as none: which it is depends on what was turned over.
            _ = try? Self.rerun(others)
        }
    }

    @Test("RECORD: an entry comes back from its bytes as it was; any bytes are one or none")
    func bytes() {
        for entry in RecordedSite.day().entries {
            var bytes: [UInt8] = []
            entry.append(to: &bytes)
            #expect(bytes.count == LogEntry.byteCount)
            #expect(LogEntry(bytes, wallMilliseconds: entry.stamp.wallMilliseconds) == entry)
            #expect(LogEntry(bytes.dropLast(), wallMilliseconds: 0) == nil)
            bytes[0] = 9
            #expect(LogEntry(bytes, wallMilliseconds: 0) == nil)
        }
    }
}
