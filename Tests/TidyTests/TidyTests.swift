// Reads the sources and holds them to the house style: what may import what, what may not be
// written, what must be said about a file and a type.

import Foundation
import Testing

@Suite struct TidyTests {
    // Imports

    /// What each module of the controller may import. C modules and Glibc are the world; everything
    /// else is ours. Nothing here is a package, Foundation or Dispatch.
    static let controllerImports: [String: Set<String>] = [
        "FireLogic": [],
        "Handover": ["CLinux", "Glibc", "Synchronization"],
        "CRC32C": ["CHash"],
        "ControlLoop": ["FireLogic"],
        "PlanFile": ["FireLogic", "CRC32C", "Glibc"],
        "EventLog": ["CRC32C", "CHash", "CLinux", "Glibc", "Synchronization"],
        "SafetyLog": [
            "FireLogic", "ControlLoop", "EventLog", "Handover", "CLinux", "Glibc",
            "Synchronization",
        ],
        "StatusFeed": ["FireLogic", "ControlLoop", "CRC32C", "Glibc", "Synchronization"],
        "FieldDevices": [
            "FireLogic", "ControlLoop", "PlanFile", "StatusFeed", "Handover", "CGpiod", "CModbus",
            "CLinux", "Glibc", "Synchronization",
        ],
        "Controller": [
            "FireLogic", "ControlLoop", "PlanFile", "EventLog", "SafetyLog", "StatusFeed",
            "FieldDevices", "Handover", "CLinux", "Glibc", "Synchronization",
        ],
        "standpipe-controller": ["Controller", "FieldDevices", "Glibc"],
    ]

    /// What the gateway and the tool for people may never import.
    private static let loopSide: Set<String> = ["SafetyLog", "Controller"]

    private func imports(of path: String) throws -> [String] {
        let code = bareCode(try SourceTree.text(path))
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?(\w+)/
        return code.split(separator: "\n").compactMap { line in
            guard line.contains("import ") else { return nil }
            return (try? pattern.firstMatch(in: line)).flatMap { $0 }.map { String($0.1) }
        }
    }

    @Test(
        "APART: the controller's modules import each other in the allowed directions, Glibc and C",
        arguments: controllerImports.keys.sorted())
    func controllerImportsOnly(module: String) throws {
        let files = SourceTree.swiftFiles(below: "Sources/\(module)")
        #expect(!files.isEmpty)
        let allowed = try #require(Self.controllerImports[module])
        for path in files {
            let others = Set(try imports(of: path)).subtracting(allowed)
            #expect(others.isEmpty, "\(path) imports \(others.sorted())")
        }
    }

    @Test("QUIET: FireLogic imports nothing: no clock, no file, no device can reach a rule")
    func fireLogicIsPure() throws {
        for path in SourceTree.swiftFiles(below: "Sources/FireLogic") {
            #expect(try imports(of: path) == [], "\(path)")
        }
    }

    @Test("RELEASE: nothing of the controller waits for entropy: it has none when just switched on")
    func noRandom() throws {
        let pattern = /\b(?:SystemRandomNumberGenerator|getrandom|random\(in|randomElement|shuffled)\b/
        for path in Self.controllerImports.keys.flatMap({ SourceTree.swiftFiles(below: "Sources/\($0)") })
        {
            let found = places(of: pattern, in: bareCode(try SourceTree.text(path)), path: path)
            #expect(found.isEmpty, "\(found)")
        }
    }

    @Test("The fire logic reads no clock and does nothing asynchronous")
    func noClock() throws {
        let pattern =
            /\b(?:ContinuousClock|SuspendingClock|DispatchTime|clock_gettime|async|await|Task|actor)\b/
        for path in SourceTree.swiftFiles(below: "Sources/FireLogic", "Sources/ControlLoop") {
            let found = places(
                of: pattern, in: bareCode(try SourceTree.text(path)), path: path
            )
            #expect(found.isEmpty, "\(found)")
        }
    }

    @Test("APART: the tool for people and the simulated building do not import the log's writer")
    func toolImports() throws {
        for path in SourceTree.swiftFiles(below: "Sources/standpipe", "Sources/SiteFile") {
            let wrong = Set(try imports(of: path)).intersection(Self.loopSide)
            #expect(wrong.isEmpty, "\(path) imports \(wrong.sorted())")
        }
    }

    @Test("APART: the replay has the rules and the log's reader, and nothing that drives or writes")
    func replayImports() throws {
        let allowed: Set = ["FireLogic", "ControlLoop", "PlanFile", "EventLog"]
        for path in SourceTree.swiftFiles(below: "Sources/Replay") {
            let others = Set(try imports(of: path)).subtracting(allowed)
            #expect(others.isEmpty, "\(path) imports \(others.sorted())")
        }
    }

    @Test("The Kafka codec imports nothing: bytes in, messages out, no file, socket or clock")
    func codecIsPure() throws {
        for path in SourceTree.swiftFiles(below: "Sources/KafkaWire") {
            #expect(try imports(of: path) == [], "\(path)")
        }
    }

    @Test("The group coordinator imports nothing: requests and times in, answers out")
    func groupsArePure() throws {
        let files = SourceTree.swiftFiles(below: "Sources/KafkaServer/Groups")
        #expect(!files.isEmpty)
        for path in files { #expect(try imports(of: path) == [], "\(path)") }
    }

    @Test("QUIET: valves are commanded in two places and no other line of the fire logic")
    func twoPlaces() throws {
        var commands: [String] = []
        for path in SourceTree.swiftFiles(below: "Sources/FireLogic") {
            let code = bareCode(try SourceTree.text(path))
            commands += places(
                of: try Regex(#"\.(opened|closedByKey)\(at:"#), holding: ".", in: code, path: path)
        }
        // `restore` holds open what was open; it drives no line.
        let files = commands.map { String($0.prefix { $0 != ":" }) }.sorted()
        #expect(
            files == [
                "Sources/FireLogic/SiteLogic+Operator.swift",
                "Sources/FireLogic/SiteLogic+Release.swift",
                "Sources/FireLogic/SiteLogic+Release.swift",
            ], "\(commands)")
    }

    // What is not written

    @Test("No forced unwrap, forced try or forced cast in the sources")
    func noForce() throws {
        let pattern = try Regex(#"[\w\)\]\}\?"]!(?!=)|\b(?:try|as)!"#)
        for path in SourceTree.swiftFiles(below: "Sources", "hardware-sim") {
            let found = places(
                of: pattern, holding: "!", in: bareCode(try SourceTree.text(path)), path: path)
            #expect(found.isEmpty, "\(found)")
        }
    }

    @Test("No left-over marks in anything that people wrote")
    func noLeftOvers() throws {
        // Taken apart, so that this line is not one.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:"]
        for path in SourceTree.writtenFiles() {
            guard let text = try? SourceTree.text(path) else { continue }
            for word in words { #expect(!text.contains(word), "\(path) says \(word)") }
        }
    }

    @Test("No path of somebody's machine and no folder beside the project is named")
    func noMachinePaths() throws {
        // Taken apart, so that these lines are none.
        let folders = ["wo" + "rk", "ho" + "me", "ro" + "ot", "Us" + "ers"].joined(separator: "|")
        let beside = "\\.\\./sha" + "red"
        let pattern = try Regex("(?:^|[^\\w.])/(?:\(folders))/|\(beside)")
        for path in SourceTree.writtenFiles() {
            guard let text = try? SourceTree.text(path) else { continue }
            let found = places(of: pattern, holding: "/", in: text, path: path)
            #expect(found.isEmpty, "\(found)")
        }
    }

    // What is said

    private let folders = ["Sources", "Tests", "hardware-sim", "benchmarks"]

    private func allSwift() -> [String] {
        folders.flatMap { SourceTree.swiftFiles(below: $0) }
    }

    @Test("No file is longer than 600 lines")
    func length() throws {
        for path in allSwift() {
            let lines = try SourceTree.text(path).split(
                separator: "\n", omittingEmptySubsequences: false
            ).count
            #expect(lines <= 601, "\(path) has \(lines) lines")
        }
    }

    @Test("Every file begins by saying what it decides or moves")
    func headers() throws {
        for path in allSwift() {
            let first = try SourceTree.text(path).prefix { !$0.isNewline }
            let isHeader = first.hasPrefix("//") && first.count > 12
            #expect(isHeader, "\(path) begins with: \(first)")
        }
    }

    /// A type that other modules can see says what it is: in a doc comment, or, for the first type
    /// of a file and the one it is named after, in the file's header. Types inside types are
    /// explained by the outer one.
    private let explained = [
        "FireLogic", "CRC32C", "ControlLoop", "PlanFile", "EventLog", "SafetyLog", "Controller",
        "SiteFile", "Handover", "Replay", "KafkaWire", "KafkaServer", "Modem",
    ]

    @Test("Every type that other modules see is explained")
    func typesAreExplained() throws {
        let pattern =
            /^(?:@\w+(?:\([^)]*\))?\s+)*(?:public|package)\s+(?:final\s+|indirect\s+)*(?:struct|enum|class|actor|protocol|typealias)\s+(\w+)/
        for path in explained.flatMap({ SourceTree.swiftFiles(below: "Sources/\($0)") }) {
            let lines = try SourceTree.text(path).split(
                separator: "\n", omittingEmptySubsequences: false)
            var isFirst = true
            for (number, line) in lines.enumerated() {
                guard line.contains("package ") || line.contains("public "),
                    let match = try pattern.firstMatch(in: line)
                else { continue }
                defer { isFirst = false }
                if isFirst || path.hasSuffix("/\(match.1).swift") { continue }
                var above = number - 1
                while above >= 0 && lines[above].hasPrefix("@") { above -= 1 }
                let isExplained = above >= 0 && lines[above].hasPrefix("///")
                #expect(isExplained, "\(path):\(number + 1): \(match.1) has no doc comment")
            }
        }
    }

    // The reader of sources itself

    @Test("Comments and strings are blanked, interpolated code is not")
    func bareCodeTable() {
        for (source, bare) in [
            ("a // b! c", "a "), ("a /* b!\n */ c", "a \n c"), ("x = \"a!b\"", "x = \"\""),
            ("\"\\(a!)\"", "\" (a!)\""), ("#\"a\\(b!)\"#", "\"\""),
            ("\"\\\"!\" + b!", "\"\" + b!"), ("\"\"\"\n a!\n \"\"\"\nb", "\"\n\n\"\nb"),
            ("\"\\(f(\"x!\"))\"!", "\" (f(\"\"))\"!"),
        ] {
            #expect(bareCode(source) == bare)
        }
    }
}
