// What is wrong with a scenario file, where, and what to do about it. One at a time: the first.

import Yams

package struct ScenarioError: Error, Equatable, Sendable {
    package var line: Int
    package var column: Int
    package var message: String

    package init(line: Int, column: Int, _ message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    init(_ node: Node, _ message: String) {
        self.init(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message)
    }

    init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(
                line: mark.line, column: mark.column,
                "this is not YAML: \(problem). Look at the indentation and the brackets here.")
        default:
            self.init(line: 1, column: 1, "this is not YAML. Save it as UTF-8 text.")
        }
    }

    /// As compilers write it, so that editors find the place.
    package func text(path: String) -> String {
        "\(path):\(line):\(column): \(message)"
    }

    /// "it is none of a, b and c", with a guess when one is near.
    static func unknown(
        _ what: String, _ word: String, in choices: [String], at node: Node
    ) -> ScenarioError {
        let near = choices.min { distance($0, word) < distance($1, word) }
        var message = "unknown \(what) '\(word)'."
        if let near, distance(near, word) <= 2 { message += " Did you mean '\(near)'?" }
        return ScenarioError(node, message + " Possible: \(choices.joined(separator: ", ")).")
    }

    /// Letters to change, add or take away between two words.
    private static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let change = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
