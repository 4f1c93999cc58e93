// The project's own files as text, for the tests that read them: where they are, and Swift code
// with its comments and string literals blanked out.

import Foundation

enum SourceTree {
    /// The top folder of the project, found from where this file was compiled.
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// All files below `folder` for which `isWanted`, sorted, as paths from the top folder. Hidden
    /// ones are left out.
    static func files(below folder: String, where isWanted: (String) -> Bool) -> [String] {
        let start = root.appendingPathComponent(folder)
        guard
            let walk = FileManager.default.enumerator(
                at: start, includingPropertiesForKeys: [.isRegularFileKey],
                options: [.skipsHiddenFiles])
        else { return [] }
        var found: [String] = []
        for case let url as URL in walk {
            guard (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true
            else { continue }
            let path = String(
                url.resolvingSymlinksInPath().path.dropFirst(root.path.count + 1))
            if isWanted(path) { found.append(path) }
        }
        return found.sorted()
    }

    static func swiftFiles(below folders: String...) -> [String] {
        folders.flatMap { files(below: $0) { $0.hasSuffix(".swift") } }
    }

    /// Everything that people wrote: sources, tests, scripts, units, pages.
    static func writtenFiles() -> [String] {
        let kinds = [
            ".swift", ".md", ".h", ".c", ".sh", ".yaml", ".service", ".modulemap", ".socket",
            ".conf", ".py", ".json", ".txt",
        ]
        let below = ["Sources", "Tests", "CModules", "hardware-sim", "deploy", "benchmarks"]
            .flatMap { folder in
                files(below: folder) { path in
                    let name = path.split(separator: "/").last ?? ""
                    return kinds.contains { path.hasSuffix($0) } || !name.contains(".")
                }
            }
        let top = [
            "Package.swift", "Package@swift-6.0.swift", "README.md", "CHANGELOG.md", "Makefile",
            ".ci/run", ".gitignore",
        ]
        return below + top.filter(exists)
    }
}

/// Swift code whose comments and string contents are spaces, line for line. Code inside an
/// interpolation stays.
func bareCode(_ source: String) -> String {
    enum Mode {
        case code(parentheses: Int)
        case string(hashes: Int, multiline: Bool)
    }
    let text = Array(source)
    var result = ""
    var modes: [Mode] = [.code(parentheses: 0)]
    var place = 0
    func follows(_ word: String, at start: Int) -> Bool {
        let end = start + word.count
        return end <= text.count && String(text[start..<end]) == word
    }
    while place < text.count {
        let character = text[place]
        switch modes[modes.count - 1] {
        case .code(let parentheses):
            if follows("//", at: place) {
                while place < text.count && !text[place].isNewline { place += 1 }
                continue
            }
            if follows("/*", at: place) {
                while place < text.count && !follows("*/", at: place) {
                    if text[place].isNewline { result.append("\n") }
                    place += 1
                }
                place += 2
                continue
            }
            var hashes = 0
            while place + hashes < text.count && text[place + hashes] == "#" { hashes += 1 }
            if place + hashes < text.count && text[place + hashes] == "\"" {
                let multiline = follows("\"\"\"", at: place + hashes)
                modes.append(.string(hashes: hashes, multiline: multiline))
                result.append("\"")
                place += hashes + (multiline ? 3 : 1)
                continue
            }
            if character == "(" { modes[modes.count - 1] = .code(parentheses: parentheses + 1) }
            if character == ")" {
                if parentheses == 0 && modes.count > 1 {
                    modes.removeLast()
                } else {
                    modes[modes.count - 1] = .code(parentheses: parentheses - 1)
                }
            }
            result.append(character)
            place += 1
        case .string(let hashes, let multiline):
            let guardText = String(repeating: "#", count: hashes)
            if follows("\\" + guardText + "(", at: place) {
                modes.append(.code(parentheses: 0))
                result.append(" (")
                place += 2 + hashes
            } else if follows("\\" + guardText, at: place) {
                place += 2 + hashes
            } else if follows((multiline ? "\"\"\"" : "\"") + guardText, at: place) {
                modes.removeLast()
                result.append("\"")
                place += (multiline ? 3 : 1) + hashes
            } else {
                if character.isNewline { result.append("\n") }
                place += 1
            }
        }
    }
    return result
}

/// Lines of `text` that match `pattern`, as `path:line`.
func places(of pattern: some RegexComponent, in text: String, path: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        .filter { $0.element.contains(pattern) }.map { "\(path):\($0.offset + 1)" }
}
