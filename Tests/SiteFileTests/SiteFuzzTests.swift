// Whatever an installer writes, the answer is a list of findings or a plan. Example files with
// seeded mistakes: STANDPIPE_FUZZ_SECONDS sets how long it tries (until 3,000 files by default),
// STANDPIPE_FUZZ_SEED plays a printed seed again.

import FireLogic
import Glibc
import PlanFile
import TestSupport
import Testing

@testable import SiteFile

@Suite struct SiteFuzzTests {
    /// What people and editors leave in files, and what lies on the borders.
    private static let pieces = [
        "", " ", "\n", "\t", ":", "- ", "-", "{", "}", "[", "]", "{}", "[]", "\"", "'", "#", "&a ",
        "*a", "!!int ", "|", ">", "? ", "%", "@", "---\n", "...\n", "<<: ", "~", "null", "\u{0}",
        "\u{FEFF}", "\u{2028}", "\u{1F525}", "é", "0", "-1", "1", "65535", "65536", "4294967295",
        "4294967296", "9223372036854775808", "1e9", "0-0", "5-3", "0-65535", "1-4294967295",
        "/", "//", "io0/", "/0", "io0/0-1023", "s", "ms", "0s", "101s", "999999999min", "ids",
        "id", "fault: ", "{id}", "{line: ", "network", "coincidence", "zone", "floors:", "unit: ",
    ]

    private static func environment(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }

    /// Where the token that begins at or behind `place` ends.
    private static func token(_ bytes: [UInt8], from place: Int) -> Range<Int> {
        let separators = Array(" \n,:{}[]/-".utf8)
        let start = bytes[place...].firstIndex { !separators.contains($0) } ?? bytes.count
        return start..<(bytes[start...].firstIndex { separators.contains($0) } ?? bytes.count)
    }

    private static func line(_ bytes: [UInt8], at place: Int) -> Range<Int> {
        let start = bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return start..<(bytes[place...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count)
    }

    private static func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        for _ in 0..<Int.random(in: 1...6, using: &numbers) {
            guard !bytes.isEmpty else { return }
            let place = Int.random(in: 0..<bytes.count, using: &numbers)
            let other = Int.random(in: 0..<bytes.count, using: &numbers)
            let piece = Array((pieces.randomElement(using: &numbers) ?? "").utf8)
            switch UInt8.random(in: 0..<10, using: &numbers) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
            case 1: bytes.insert(contentsOf: piece, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes.removeSubrange(line(bytes, at: place))
            case 4: bytes.insert(contentsOf: bytes[line(bytes, at: other)], at: place)
            case 5:
                if UInt8.random(in: 0..<8, using: &numbers) == 0 { bytes.removeSubrange(place...) }
            case 6:
                bytes.replaceSubrange(
                    token(bytes, from: place), with: bytes[token(bytes, from: other)])
            case _: bytes.replaceSubrange(token(bytes, from: place), with: piece)
            }
        }
    }

    @Test("BOUNDED: nothing that a user writes into a site file traps the checker")
    func fuzz() throws {
        let seed = Self.environment("STANDPIPE_FUZZ_SEED") ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment("STANDPIPE_FUZZ_SECONDS")
        print("site fuzz: seed \(seed)")
        var numbers = SeededNumbers(seed: seed)
        let originals = [try Example.bytes("small.yaml"), Array(Site.text().utf8)]
        let deadline = Self.now() + Int(seconds ?? 0)
        var count = 0
        var plans = 0
        var messages: Set<String> = []
        while seconds == nil ? count < 3_000 : Self.now() < deadline {
            var bytes = originals[count % originals.count]
            Self.mutate(&bytes, &numbers)
            count += 1
            let check = SiteFile.check(bytes)
            #expect((check.plan == nil) == (check.errors > 0), "seed \(seed), file \(count)")
            let places = check.findings.map(\.place)
            #expect(places == places.sorted(), "seed \(seed), file \(count)")
            if check.plan != nil { plans += 1 }
            for finding in check.findings {
                messages.insert(String(finding.message.prefix { !$0.isNumber && $0 != "\"" }))
                #expect(
                    !finding.message.contains("please report"),
                    "seed \(seed), file \(count): \(finding.message)")
            }
        }
        print("site fuzz: \(count) files, \(plans) with a plan, \(messages.count) kinds of finding")
        #expect(plans > 0 && messages.count > 30, "seed \(seed): the mutations reach nothing")
    }
}
