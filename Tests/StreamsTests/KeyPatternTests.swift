// Patterns over dotted keys against a table, and against a slow matcher that follows the definition.

import Testing

@testable import Streams

@Suite struct KeyPatternTests {
    @Test(
        "A star is one word, a hash any number of them, and the rest stands for itself",
        arguments: [
            ("floor.2.fire", "floor.2.fire", true), ("floor.2.fire", "floor.2", false),
            ("floor.2", "floor.2.fire", false), ("floor.2", "floor.20", false),
            ("floor.20", "floor.2", false),
            ("floor.*.fire", "floor.2.fire", true), ("floor.*.fire", "floor.fire", false),
            ("floor.*.fire", "floor.2.3.fire", false), ("*", "floor", true), ("*", "", false),
            ("*", "a.b", false), ("#", "", true), ("#", "a", true), ("#", "a.b.c", true),
            ("floor.2.#", "floor.2", true), ("floor.2.#", "floor.2.detector.17.fire", true),
            ("floor.2.#", "floor.21", false), ("#.fault", "fault", true),
            ("#.fault", "floor.2.detector.17.fault", true), ("#.fault", "fault.no", false),
            ("key.1.*.*.1", "key.1.0.7.1", true), ("key.1.*.*.1", "key.1.0.1", false),
            ("key.1.*.*.1", "key.1.0.7.2", false), ("#.a.#.a", "a", false),
            ("#.a.#.a", "a.a", true), ("#.a.#.a", "b.a.b.a.a", true), ("a.#.b.*", "a.b", false),
            ("a.#.b.*", "a.b.b", true), ("*.#", "", false), ("*.#", "a", true),
            ("#.*", "", false), ("a..b", "a..b", true), ("a.*.b", "a..b", true),
            ("a.b", "a..b", false), ("#.#", "", true), (".", ".", true), ("*.*", ".", true),
        ])
    func table(pattern: String, key: String, matches: Bool) throws {
        let pattern = try #require(KeyPattern(pattern))
        #expect(pattern.matches(key) == matches, "\(pattern.text) \(key)")
    }

    @Test("A star or a hash inside a word is no pattern, nor is nothing, nor too much")
    func wrong() {
        for text in ["", "a*", "*a", "a.#b", "##", "a.b#.c", String(repeating: "a", count: 256)] {
            #expect(KeyPattern(text) == nil, "\(text)")
        }
        #expect(KeyPattern(String(repeating: "a", count: 255)) != nil)
    }

    @Test("Random patterns and keys: the same as by the definition")
    func random() throws {
        var seed = UInt64.random(in: 1...UInt64.max)
        let first = seed
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(bound))
        }
        for _ in 0..<20_000 {
            let pattern = (0...next(6)).map { _ in ["a", "b", "*", "#", "#", ""][next(6)] }
            let key = (0..<next(8)).map { _ in ["a", "b", "ab", ""][next(4)] }
            let text = key.joined(separator: ".")
            // A single empty word and no word are the same key.
            let words = text.isEmpty ? [] : key
            if pattern == [""] { continue }
            let made = try #require(KeyPattern(pattern.joined(separator: ".")))
            #expect(
                made.matches(text) == fits(pattern[...], words[...]),
                "seed \(first): \(made.text) against \(text)")
        }
    }

    private func fits(_ pattern: ArraySlice<String>, _ words: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return words.isEmpty }
        let rest = pattern.dropFirst()
        if first == "#" {
            return (0...words.count).contains { fits(rest, words.dropFirst($0)) }
        }
        guard let word = words.first, first == "*" || first == word else { return false }
        return fits(rest, words.dropFirst())
    }

    @Test("BOUNDED: a key that almost matches many times over is decided at once")
    func bounded() throws {
        let pattern = try #require(KeyPattern(String(repeating: "#.a.", count: 60) + "b"))
        #expect(!pattern.matches(Array(repeating: "a", count: 500_000).joined(separator: ".")))
    }
}
