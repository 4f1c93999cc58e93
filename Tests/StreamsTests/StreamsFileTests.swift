// The streams file: what is written is read the same, and what is wrong is told. Streams that would
// feed themselves are found.

import Testing

@testable import Streams

@Suite struct StreamsFileTests {
    private func condition(
        _ key: String?, _ detectors: [ClosedRange<UInt32>] = [], _ value: [UInt8]? = nil
    ) -> StreamCondition {
        var condition = StreamCondition()
        condition.key = key.flatMap { KeyPattern($0) }
        condition.detectors = detectors
        condition.value = value
        return condition
    }

    @Test("What is written is read the same")
    func roundTrip() throws {
        let rules = [
            StreamRule(name: "a", from: "in", to: ["b", "c"]),
            StreamRule(
                name: "k", from: "b", to: ["d"],
                condition: condition("#.fault", [1...3, 9...9], [0, 255])),
            StreamRule(name: "e", from: "b", to: ["e"], condition: condition(nil, [], [])),
        ]
        #expect(try StreamsFile.rules(StreamsFile.text(rules)) == rules)
        #expect(try StreamsFile.rules(StreamsFile.text([])) == [])
    }

    @Test(
        "What is wrong is told with its line",
        arguments: [
            ("", 1), ("standpipe-users 1", 1), ("standpipe-streams 1\nfrom a", 2),
            ("standpipe-streams 1\nstream a\nfrom b", 1),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\nstream a", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto alarms", 4),
            ("standpipe-streams 1\nstream a\nfrom b\nto __commits.x", 4),
            ("standpipe-streams 1\nstream a\nfrom b\nto c c", 4),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\nkey a*b", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\nkey a\nkey a", 6),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\ndetectors 5", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\ndetectors 9-5", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\nvalue 0g", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\nvalue 0é", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto c\nwhat", 5),
            ("standpipe-streams 1\nstream a\nfrom b\nto b", 1),
        ])
    func wrong(text: String, line: Int) {
        do throws(StreamsError) {
            let rules = try StreamsFile.rules(text)
            Issue.record("\(text) was read as \(rules)")
        } catch {
            #expect(error.line == line, "\(text): \(error)")
        }
    }

    @Test("A circle is found, however long, and a tree is none")
    func cycles() {
        func rule(_ from: String, _ to: String...) -> StreamRule {
            StreamRule(name: "\(from)-\(to[0])", from: from, to: to)
        }
        #expect(
            StreamCycle.first(in: [rule("a", "b", "c"), rule("b", "d"), rule("c", "d")]) == nil)
        #expect(StreamCycle.first(in: [rule("a", "a")])?.topics == ["a", "a"])
        let long = [rule("a", "b"), rule("c", "x", "a"), rule("b", "c")]
        #expect(StreamCycle.first(in: long)?.place == 2)
        #expect(StreamCycle.first(in: long)?.topics == ["b", "c", "a", "b"])
    }

    @Test("A null key or value fits no condition that asks for one")
    func nulls() {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(condition(nil).passes(key: nil, value: nil))
        #expect(!condition("#").passes(key: nil, value: nil))
        #expect(condition("#").passes(key: empty, value: nil))
        #expect(!condition(nil, [0...9]).passes(key: empty, value: nil))
        #expect(!condition(nil, [], []).passes(key: nil, value: nil))
        #expect(condition(nil, [], []).passes(key: nil, value: empty))
    }
}
