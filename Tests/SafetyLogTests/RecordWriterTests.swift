// The durable log's thread on real files: what it counts as durable can be read, and whatever the disk
// does is reported, recovered from, and never forgets an open valve.

import ControlLoop
import EventLog
import FireLogic
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import SafetyLog

@Suite(.timeLimit(.minutes(2))) struct RecordWriterTests {
    private let directory: TemporaryDirectory
    private var log: String { directory.path + "/log" }
    private var live: String { directory.path + "/log.live" }
    private let floor = FloorID(rawValue: 1)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(
        memory: Memory = Memory(), stallHook: @escaping @Sendable () -> Void = {}
    ) throws -> RecordRun {
        let run = try RecordRun(log, live: live, memory: memory, stallHook: stallHook)
        try run.begin()
        return run
    }

    private var remembered: LogMemory {
        LogMemory(
            directory: log, machine: Sample.boot.head, now: BootTime.now, episodes: Sample.episodes)
    }

    private func records() throws -> [Record] {
        try ReadBack(log).entries.filter { $0.kind == .record }.compactMap(\.record)
    }

    @Test("RECORD: each record stands in all its topics, in order, once it is counted durable")
    func durable() throws {
        let run = try start()
        let sent = Sample.everyRecord.filter { if case .signal = $0 { false } else { true } }
        for record in sent { run.offer(record) }
        #expect(run.durable(sent.count))
        // Another process would see the same, while the writer is at work.
        #expect(try records() == sent)
        let back = try ReadBack(log)
        let plan = SampleSite.plan()
        var episodes = Episodes(plan: plan, planChecksum: 0xBEEF)
        let stamps = try back.entries.filter { $0.kind == .record }.map(\.stamp)
        let all = zip(sent, stamps).enumerated().flatMap { number, pair in
            let notices = episodes.take(
                pair.0, pair.1, number: UInt32(number), machine: Sample.boot.head)
            return pair.0.messages(plan) + notices.map { $0.message(plan) }
        }
        for topic in SafetyPartitions.told {
            let expected = all.filter { $0.topic == topic }
            let found = try back.records(topic.name)
            #expect(found.map(\.key) == expected.map(\.key), "\(topic)")
            #expect(found.map(\.value) == expected.map(\.value), "\(topic)")
        }
        let numbers = try back.entries.filter { $0.kind == .record }.map(\.number)
        #expect(numbers == (0..<UInt32(sent.count)).map { $0 })
        run.stop()
    }

    @Test("RECORD: the plan that ran stands in the log, once, in parts that fit")
    func plan() throws {
        for _ in 0..<2 {
            let run = try start()
            run.offer(.armed)
            #expect(run.durable(1))
            run.stop()
        }
        let parts = try ReadBack(log).records("plans")
        #expect(parts.count == 2)
        #expect(parts.flatMap { $0.value ?? [] } == [UInt8](repeating: 7, count: 100_000))
        let key = try #require(parts.first?.key.flatMap { PlanEntry(key: $0) })
        #expect(key.checksum == 0xBEEF && key.part == 0 && key.parts == 2)
    }

    @Test("LATCH: an open valve is remembered through many restarts and a full log")
    func memory() throws {
        var memory = Memory()
        let first = try start()
        first.offer(.valve(floor, .open, .release(.manual)))
        #expect(first.durable(1))
        first.stop()
        for round in 0..<4 {
            let found = remembered
            #expect(found.memory.open == [floor] && !found.isDoubtful, "round \(round)")
            memory = found.memory
            let run = try start(memory: memory)
            // More than all segments hold.
            let count = 12_000
            for number in 0..<count {
                run.offer(.valveFault(FloorID(rawValue: Int16(number % 90)), .notDriven))
            }
            #expect(run.durable(count))
            run.stop()
        }
        let found = remembered
        #expect(found.memory.open == [floor] && !found.isDoubtful)
        // Read from the newest memory on, not from the log's start.
        #expect(found.records <= RecordWriter.recordsAMemory + 512)
        var bytes = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: log) where name != "live" {
            let file = try FileManager.default.attributesOfItem(atPath: log + "/" + name)
            bytes += (file[.size] as? Int) ?? 0
        }
        #expect(bytes <= 6 << 20)
    }

    @Test("A disk that hangs is told as stalled, and as good again when it answers")
    func stalls() throws {
        let gate = Gate()
        let run = try start(stallHook: { gate.wait() })
        run.offer(.armed)
        #expect(run.durable(1))
        #expect(run.writer.health == .good)
        gate.isShut.store(true, ordering: .releasing)
        run.offer(.armed)
        #expect(waitUntil(60) { run.writer.health == .stalled })
        gate.isShut.store(false, ordering: .releasing)
        #expect(run.durable(2))
        #expect(waitUntil(60) { run.writer.health == .good })
    }

    @Test("RECORD: a missing directory is told, and the records are written once it is there")
    func missingDirectory() throws {
        let run = try RecordRun(directory.path + "/none/log", live: live)
        try run.begin()
        run.offer(.armed)
        #expect(waitUntil(60) { run.writer.health == .failed })
        mkdir(directory.path + "/none", 0o700)
        #expect(run.durable(1) && waitUntil(60) { run.writer.health == .good })
    }

    @Test("LATCH: a log that someone deletes is written anew with what must be remembered")
    func deleted() throws {
        let run = try start()
        run.offer(.valve(floor, .open, .release(.manual)))
        #expect(run.durable(1))
        try FileManager.default.removeItem(atPath: log)
        run.offer(.armed)
        #expect(run.durable(2))
        run.stop()
        #expect(remembered.memory.open == [floor])
    }

    @Test(
        "RECORD: a full disk is told, nothing is lost meanwhile, and all is written once there is room",
        .enabled(if: getuid() == 0))
    func fullDisk() throws {
        let disk = directory.path + "/disk"
        mkdir(disk, 0o700)
        try #require(mount("tmpfs", disk, "tmpfs", 0, "size=512k") == 0)
        defer { umount2(disk, Int32(MNT_DETACH)) }
        let run = try RecordRun(disk + "/log", live: live)
        try run.begin()
        for number in 0..<500 {
            run.offer(.valveFault(FloorID(rawValue: Int16(number)), .notDriven))
        }
        #expect(waitUntil(60) { run.writer.health == .failed })
        #expect(mount("tmpfs", disk, "tmpfs", UInt(MS_REMOUNT), "size=16m") == 0)
        #expect(run.durable(500, within: 30) && waitUntil(60) { run.writer.health == .good })
        run.stop()
        let found = try ReadBack(disk + "/log").entries.filter { $0.kind == .record }
        #expect(found.map(\.number) == (0..<500).map { UInt32($0) })
    }

    /// Shut: whoever waits stays.
    final class Gate: Sendable {
        let isShut = Atomic<Bool>(false)
        func wait() {
            while isShut.load(ordering: .acquiring) { usleep(1_000) }
        }
    }
}
