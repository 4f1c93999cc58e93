// The simulated modem as a program: its orders, its file of accepted messages.

import Foundation
import Modem
import Testing

@testable import SimulatedModem

@Suite struct SimModemTests {
    /// Beside the bundle of tests.
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("sim-modem")

    @Test("The program obeys orders from its pipe and writes down what it accepts")
    func obeys() throws {
        let directory = NSTemporaryDirectory() + "standpipe-sim-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = Process()
        process.executableURL = Self.program
        process.arguments = [
            "--link", directory + "/modem", "--log", directory + "/log", "--control",
            directory + "/control", "--mood", "error 500",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        defer {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        // It says where it is once it is there.
        let said = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        #expect(said == directory + "/modem\n")
        let modem = Modem(ModemSettings(device: directory + "/modem"))
        let refused = failure { () throws(ModemFailure) in try modem.send("x", to: "112") }
        #expect(refused?.kind == "later")
        let control = try #require(FileHandle(forWritingAtPath: directory + "/control"))
        try control.write(contentsOf: Data("mood normal\nincoming 112 Fire is out\n".utf8))
        let end = ContinuousClock.now + .seconds(60)
        while failure({ () throws(ModemFailure) in try modem.send("Fire \"2\"", to: "112") })
            != nil,
            .now < end
        { usleep(10_000) }
        var texts: [IncomingText] = []
        while texts.isEmpty, .now < end { texts = try modem.received() }
        #expect(texts.map(\.text) == ["Fire is out"])
        let log = try String(contentsOfFile: directory + "/log", encoding: .utf8)
        let line = try #require(log.split(separator: "\n").first)
        let fields = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(fields["whole"] as? String == "Fire \"2\"")
        #expect(fields["to"] as? String == "112" && fields["parts"] as? Int == 1)
        try control.write(contentsOf: Data("quit\n".utf8))
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(!FileManager.default.fileExists(atPath: directory + "/modem"))
    }

    @Test("Orders that are none are refused")
    func orders() {
        for line in [
            "", "mood", "mood gone", "mood error", "mood error x", "mood random 1", "signal",
            "signal 100", "incoming 112", "mood random 1 101", "mood slow -1", "mood error-after 1",
        ] { #expect(ModemOrder(line) == nil, "\(line)") }
        #expect(ModemOrder("mood random 7 50") == .mood(.random(seed: 7, percent: 50)))
        #expect(ModemOrder("mood error-after 2 38") == .mood(.errorAfter(2, code: 38)))
        #expect(ModemOrder("incoming +34 a b") == .incoming(from: "+34", text: "a b"))
    }

    /// What a modem answers to messages, one a second, and what it accepts.
    private func answers(seed: UInt64) -> (said: [String], accepted: Int) {
        var brain = ModemBrain(
            pin: nil, center: "+34609090909", seed: 1, times: SimulatedModem.Times())
        brain.mood = .random(seed: seed, percent: 50)
        let start = ContinuousClock.now
        let said = (0..<50).map { second in
            let now = start + .seconds(second)
            _ = brain.due(at: now)
            brain.take(Array("ATE0\rAT+CMGF=0\rAT+CMGS=11\r".utf8), at: now)
            _ = brain.due(at: now)
            brain.take(Array("000100038121F1000002C834\u{1A}".utf8), at: now)
            return String(decoding: brain.due(at: now), as: UTF8.self)
        }
        return (said, brain.accepted.count)
    }

    @Test("The same seed fails the same messages, another one others")
    func replay() throws {
        let (first, second, other) = (answers(seed: 42), answers(seed: 42), answers(seed: 43))
        #expect(first == second)
        #expect(first.said != other.said)
        #expect((10...40).contains(first.accepted), "\(first.said)")
    }
}
