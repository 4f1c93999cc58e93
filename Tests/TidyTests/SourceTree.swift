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

/// Swift code whose comments and string contents are left out, line for line. Code inside an
/// interpolation stays. Works on bytes: the marks of the language are all ASCII.
func bareCode(_ source: String) -> String {
    enum Mode {
        case code(parentheses: Int)
        case string(hashes: Int, multiline: Bool)
    }
    let text = Array(source.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var modes: [Mode] = [.code(parentheses: 0)]
    var place = 0
    let newline = UInt8(ascii: "\n")
    let quote = UInt8(ascii: "\"")
    let hash = UInt8(ascii: "#")
    func follows(_ word: String, at start: Int) -> Bool {
        var place = start
        for byte in word.utf8 {
            guard place < text.count, text[place] == byte else { return false }
            place += 1
        }
        return true
    }
    while place < text.count {
        let byte = text[place]
        switch modes[modes.count - 1] {
        case .code(let parentheses):
            if follows("//", at: place) {
                while place < text.count && text[place] != newline { place += 1 }
                continue
            }
            if follows("/*", at: place) {
                while place < text.count && !follows("*/", at: place) {
                    if text[place] == newline { result.append(newline) }
                    place += 1
                }
                place += 2
                continue
            }
            var hashes = 0
            while place + hashes < text.count && text[place + hashes] == hash { hashes += 1 }
            if place + hashes < text.count && text[place + hashes] == quote {
                let multiline = follows("\"\"\"", at: place + hashes)
                modes.append(.string(hashes: hashes, multiline: multiline))
                result.append(quote)
                place += hashes + (multiline ? 3 : 1)
                continue
            }
            if byte == UInt8(ascii: "(") {
                modes[modes.count - 1] = .code(parentheses: parentheses + 1)
            }
            if byte == UInt8(ascii: ")") {
                if parentheses == 0 && modes.count > 1 {
                    modes.removeLast()
                } else {
                    modes[modes.count - 1] = .code(parentheses: parentheses - 1)
                }
            }
            result.append(byte)
            place += 1
        case .string(let hashes, let multiline):
            let marks = String(repeating: "#", count: hashes)
            if follows("\\" + marks + "(", at: place) {
                modes.append(.code(parentheses: 0))
                result += Array(" (".utf8)
                place += 2 + hashes
            } else if follows("\\" + marks, at: place) {
                place += 1 + hashes
                // A line that goes on: its end still counts.
                if place < text.count && text[place] == newline { result.append(newline) }
                place += 1
            } else if follows((multiline ? "\"\"\"" : "\"") + marks, at: place) {
                modes.removeLast()
                result.append(quote)
                place += (multiline ? 3 : 1) + hashes
            } else {
                if byte == newline { result.append(newline) }
                place += 1
            }
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// Lines of `text` that match `pattern`, as `path:line`. Where `byte` is given only lines that
/// hold it are matched, which is far quicker.
func places(
    of pattern: some RegexComponent, holding byte: Unicode.Scalar? = nil, in text: String,
    path: String
) -> [String] {
    let mark = byte.map { UInt8(ascii: $0) }
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        .filter { line in
            if let mark, !line.element.utf8.contains(mark) { return false }
            return line.element.contains(pattern)
        }
        .map { "\(path):\($0.offset + 1)" }
}
