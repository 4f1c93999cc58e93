// The promises, the rules that keep them and the tests that hold them: prints the table, and fails
// for a promise without a test or a page that names what does not exist.

import Foundation
import Testing

private let promises = [
    "RELEASE", "QUIET", "LATCH", "KEY", "LIVE", "RECORD", "TOLD", "APART", "BOUNDED",
]

private let page = "Sources/FireLogic/PROMISES.md"

/// A test whose name begins with a promise.
private struct NamedTest {
    var promise: String
    var sentence: String
    var suite: String
}

private func namedTests() throws -> [NamedTest] {
    let pattern = /\s*"((?:[^"\\]|\\.)*)"/
    var found: [NamedTest] = []
    for path in SourceTree.swiftFiles(below: "Tests") {
        let suite = String(path.split(separator: "/").last?.dropLast(6) ?? "")
        for part in try SourceTree.text(path).components(separatedBy: "@Test(").dropFirst() {
            guard let name = try pattern.prefixMatch(in: part)?.1 else { continue }
            guard let colon = name.firstIndex(of: ":") else { continue }
            // Several promises are parted by commas.
            let held = name[..<colon].components(separatedBy: ", ")
            guard held.allSatisfy({ $0.count > 2 && $0.allSatisfy { $0 >= "A" && $0 <= "Z" } })
            else { continue }
            let sentence = String(name[name.index(after: colon)...].drop { $0 == " " })
            found += held.map { NamedTest(promise: $0, sentence: sentence, suite: suite) }
        }
    }
    return found
}

/// One row of the page's table.
private struct Row {
    var promise: String
    var rules: String
    var suites: [String]
}

private func rows() throws -> [Row] {
    try SourceTree.text(page).split(separator: "\n").compactMap { line in
        let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 6, promises.contains(cells[1]) else { return nil }
        return Row(promise: cells[1], rules: cells[3], suites: ticked(cells[4]))
    }
}

/// The words in `backticks`.
private func ticked(_ text: String) -> [String] {
    text.matches(of: /`([^`]+)`/).map { String($0.1) }
}

@Suite struct PromisesTests {
    @Test("Every promise has a rule and at least one test; this prints the table")
    func table() throws {
        let tests = try namedTests()
        let rows = try rows()
        print("promise → rule → tests")
        for promise in promises {
            let mine = tests.filter { $0.promise == promise }
            print("\(promise)  (\(mine.count) tests)")
            for row in rows where row.promise == promise { print("  rule  \(row.rules)") }
            for test in mine { print("  test  \(test.suite): \(test.sentence)") }
            #expect(!mine.isEmpty, "no test holds \(promise)")
        }
    }

    @Test("A test that begins with a promise names one that exists")
    func knownPromises() throws {
        for test in try namedTests() {
            #expect(
                promises.contains(test.promise),
                "\(test.suite): \(test.promise): \(test.sentence)")
        }
    }

    @Test("The page lists every promise, and every file, rule and test suite on it exists")
    func pageIsTrue() throws {
        let rows = try rows()
        let tests = try namedTests()
        let sources = SourceTree.swiftFiles(below: "Sources")
        for promise in promises {
            #expect(rows.contains { $0.promise == promise }, "\(page) does not list \(promise)")
        }
        for row in rows {
            var file: String?
            var rules = 0
            for word in ticked(row.rules) {
                if word.hasSuffix(".swift") {
                    file = sources.first { $0.hasSuffix("/" + word) }
                    #expect(file != nil, "\(row.promise): there is no \(word)")
                    continue
                }
                rules += 1
                let path = try #require(file, "\(row.promise): \(word) before any file")
                let declaration = try Regex(
                    "\\b(?:func|var|let|case|struct|enum)\\s+(?:\\w+, )*"
                        + NSRegularExpression.escapedPattern(for: word) + "\\b")
                let code = bareCode(try SourceTree.text(path))
                let isThere = code.contains(declaration)
                #expect(isThere, "\(row.promise): no \(word) in \(path)")
            }
            #expect(rules > 0, "\(row.promise) names no rule")
            #expect(!row.suites.isEmpty, "\(row.promise) names no tests")
            for suite in row.suites {
                #expect(
                    tests.contains { $0.suite == suite && $0.promise == row.promise },
                    "\(suite) has no test of \(row.promise)")
            }
        }
    }
}
