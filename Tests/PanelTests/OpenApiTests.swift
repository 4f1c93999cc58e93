// The description of the API is one of the routes that there are, no more and no fewer, and holds
// nothing that opens or closes a valve.

import Foundation
import Testing

@testable import Panel

@Suite struct OpenApiTests {
    private static func description() throws -> [String: Any] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Panel/openapi.json")
        return try object(Array(try Data(contentsOf: file)))
    }

    @Test("Every route is described, and what is described is a route")
    func routes() throws {
        let paths = try #require(try Self.description()["paths"] as? [String: [String: Any]])
        let described = Set(
            paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
        let real = Set(PanelRoute.allCases.map(\.rawValue))
        #expect(described.subtracting(real) == [], "described, but not there")
        #expect(real.subtracting(described) == [], "there, but not described")
    }

    @Test("What varies in a path is described as a parameter of it")
    func parameters() throws {
        let paths = try #require(try Self.description()["paths"] as? [String: [String: Any]])
        for (path, methods) in paths {
            let names = path.split(separator: "/").filter { $0.hasPrefix("{") }
                .map { String($0.dropFirst().dropLast()) }
            for operation in methods.values {
                let all = (operation as? [String: Any])?["parameters"] as? [[String: Any]] ?? []
                let inPath = all.filter { $0["in"] as? String == "path" }
                #expect(inPath.compactMap { $0["name"] as? String } == names, "\(path)")
            }
        }
    }

    @Test("QUIET, LATCH: nothing that changes something is about a valve, in path, body or name")
    func noValve() throws {
        let paths = try #require(try Self.description()["paths"] as? [String: [String: Any]])
        for (path, methods) in paths {
            for (method, operation) in methods where method != "get" {
                let operation = try #require(operation as? [String: Any])
                var asked = "\(path) \(operation["operationId"] ?? "")"
                if let body = operation["requestBody"] {
                    asked += String(
                        decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
                }
                for word in ["valve", "open", "close", "release", "water"] {
                    #expect(!asked.lowercased().contains(word), "\(path)")
                }
            }
        }
    }

    @Test("Everything that a description refers to is there")
    func references() throws {
        let all = try Self.description()
        let parts = all["components"] as? [String: Any]
        let names = Set((parts?["schemas"] as? [String: Any] ?? [:]).keys)
        let text = String(
            decoding: try JSONSerialization.data(
                withJSONObject: all, options: .withoutEscapingSlashes), as: UTF8.self)
        let used = text.matches(of: /#\/components\/schemas\/(\w+)/).map { String($0.1) }
        #expect(Set(used) == names)
    }
}
