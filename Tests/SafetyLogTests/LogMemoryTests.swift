// What the start reads: all of it, or with doubt; never a memory that only seems whole.

import ControlLoop
import EventLog
import FireLogic
import Foundation
import Glibc
import TestSupport
import Testing

@testable import SafetyLog

@Suite(.timeLimit(.minutes(5))) struct LogMemoryTests {
    private let directory: TemporaryDirectory
    private var log: String { directory.path + "/log" }
    private let floor = FloorID(rawValue: 1)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var found: LogMemory {
        LogMemory(
            directory: log, machine: Sample.boot.head, now: BootTime.now, episodes: Sample.episodes)
    }

    /// A log in which a valve is open, with records before and behind.
    private func write() throws {
        let run = try RecordRun(log, live: directory.path + "/log.live")
        try run.begin()
        for number in 0..<50 {
            run.offer(.valveFault(FloorID(rawValue: Int16(number)), .notDriven))
            #expect(run.durable(number + 1))
        }
        run.offer(.valve(floor, .open, .release(.manual)))
        #expect(run.durable(51))
        for number in 0..<50 {
            run.offer(.valveFault(FloorID(rawValue: Int16(number)), .notDriven))
            #expect(run.durable(number + 52))
        }
        run.stop()
    }

    @Test("No log at all is an empty memory without doubt")
    func none() {
        #expect(!found.isDoubtful && found.memory == Memory())
        mkdir(log, 0o700)
        #expect(!found.isDoubtful && found.memory == Memory())
    }

    @Test("LATCH: a log that cannot be read, or is none, is a doubt")
    func unreadable() throws {
        try "Dear fire brigade".write(toFile: log, atomically: true, encoding: .utf8)
        #expect(found.isDoubtful)
        unlink(log)
        mkdir(log, 0o700)
        let segment = log + "/0000000001.segment"
        try "this is no segment".write(toFile: segment, atomically: true, encoding: .utf8)
        #expect(found.isDoubtful)
        // The writer leaves it as it is, and works.
        let run = try RecordRun(log, live: directory.path + "/log.live")
        try run.begin()
        run.offer(.armed)
        #expect(run.durable(1))
        run.stop()
        #expect(try String(contentsOfFile: segment, encoding: .utf8) == "this is no segment")
    }

    @Test("LATCH: whatever bytes rot, an open valve is remembered or there is doubt")
    func fuzz() throws {
        try write()
        #expect(found.memory.open == [floor] && !found.isDoubtful)
        let path = try #require(
            FileManager.default.contentsOfDirectory(atPath: log).sorted().first {
                $0.hasSuffix(".segment")
            }.map { log + "/" + $0 })
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let used = (whole.lastIndex { $0 != 0 } ?? 0) + 1
        var (numbers, seed) = SeededNumbers.printed("log memory")
        let deadline = BootTime.now + .seconds(SeededNumbers.seconds)
        var rounds = 0
        while BootTime.now < deadline {
            rounds += 1
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let place = Int.random(in: 0..<used, using: &numbers)
                switch Int.random(in: 0..<3, using: &numbers) {
                case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                default:
                    let end = min(used, place + Int.random(in: 1...4_096, using: &numbers))
                    for index in place..<end { bytes[index] = 0 }
                }
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            let found = found
            guard found.memory.open == [floor] || found.isDoubtful else {
                Issue.record("seed \(seed), round \(rounds): forgotten without doubt")
                return
            }
        }
    }
}
