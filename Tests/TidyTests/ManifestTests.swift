// Package.swift and Package@swift-6.0.swift against each other and against the directions in which
// the controller's modules may import.

import Foundation
import Testing

/// One target as a manifest writes it.
private struct Target: Equatable {
    var kind: String
    var name: String
    var dependencies: [String]
    var usesPackages: Bool
    var path: String?
}

@Suite struct ManifestTests {
    private func targets(of manifest: String) throws -> [String: Target] {
        let text = Array(try SourceTree.text(manifest))
        var found: [String: Target] = [:]
        let source = String(text)
        let start = /\.(target|executableTarget|systemLibrary)\(\s*name: "([^"]+)"/
        for match in source.matches(of: start) {
            // The whole declaration, to its closing parenthesis.
            var depth = 0
            var end = match.range.lowerBound
            while end < source.endIndex {
                if source[end] == "(" { depth += 1 }
                if source[end] == ")" {
                    depth -= 1
                    if depth == 0 { break }
                }
                end = source.index(after: end)
            }
            let declaration = source[match.range.lowerBound..<end]
            var names: [String] = []
            if let list = declaration.firstMatch(of: /dependencies: \[([^\]]*)\]/) {
                names = list.1.replacing(/\.product\([^)]*\)/, with: "")
                    .matches(of: /"([^"]+)"/).map { String($0.1) }
            }
            let name = String(match.2)
            found[name] = Target(
                kind: String(match.1), name: name, dependencies: names,
                usesPackages: declaration.contains(".product("),
                path: declaration.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) })
        }
        return found
    }

    @Test("The manifest for Debian 13 builds the controller from the same targets")
    func manifestsAgree() throws {
        try #require(
            SourceTree.exists("Package@swift-6.0.swift"), "the controller's own manifest is missing"
        )
        let all = try targets(of: "Package.swift")
        let board = try targets(of: "Package@swift-6.0.swift")
        for name in TidyTests.controllerImports.keys {
            #expect(board[name] != nil, "\(name) is missing for Debian 13")
        }
        for (name, target) in board {
            #expect(all[name] == target, "\(name) differs: \(String(describing: all[name]))")
        }
    }

    @Test("APART: no target of the controller depends on a package, not even through another")
    func noPackages() throws {
        let all = try targets(of: "Package.swift")
        var waiting = Array(TidyTests.controllerImports.keys)
        var seen: Set<String> = []
        while let name = waiting.popLast() {
            guard seen.insert(name).inserted else { continue }
            let target = try #require(all[name], "\(name) is not a target")
            #expect(!target.usesPackages, "\(name) depends on a package")
            waiting += target.dependencies
        }
        #expect(
            seen.isSubset(
                of: TidyTests.controllerImports.keys + ["CGpiod", "CModbus", "CLinux", "CHash"]))
    }

    @Test("APART: what a target of the controller may import is what it depends on")
    func directions() throws {
        let all = try targets(of: "Package.swift")
        for (name, allowed) in TidyTests.controllerImports {
            let dependencies = Set(try #require(all[name]).dependencies)
            let wrong = dependencies.subtracting(allowed)
            #expect(wrong.isEmpty, "\(name) depends on \(wrong.sorted())")
        }
    }
}
