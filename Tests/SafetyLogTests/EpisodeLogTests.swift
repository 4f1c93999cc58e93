// Episodes on the disk: which are open is known at the next start, and what is held back is told by the
// log's thread itself.

import ControlLoop
import EventLog
import FireLogic
import Foundation
import Handover
import TestSupport
import Testing

@testable import SafetyLog

@Suite(.timeLimit(.minutes(2))) struct EpisodeLogTests {
    private let directory: TemporaryDirectory
    private var log: String { directory.path + "/log" }
    private let detector = DetectorID(rawValue: 0)
    private let floor = FloorID(rawValue: -1)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private struct Told: Decodable {
        var event: String
        var phase: String
        var episode: String?
    }

    private func told() throws -> [Told] {
        try ReadBack(log).records("notifications").compactMap(\.value).map {
            try JSONDecoder().decode(Told.self, from: Data($0))
        }
    }

    /// One run of the program with these records, ended as a kill would: without another word.
    private func run(_ records: [Record]) throws {
        let plan = SampleSite.plan()
        let past = LogMemory(
            directory: log, machine: Sample.boot.head, now: BootTime.now,
            episodes: Sample.episodes)
        let writer = try RecordWriter(
            directory: log, livePath: directory.path + "/live", settings: RecordRun.small,
            start: RecordWriter.Start(
                plan: plan, planChecksum: 0xBEEF, planFile: { [1] }, boot: Sample.boot,
                memory: past.memory, episodes: past.episodes,
                stamp: Stamp(boot: BootTime.now, wallMilliseconds: 0)))
        try writer.begin()
        for (number, record) in ([.started(planChecksum: 0xBEEF)] + records).enumerated() {
            let stamp = Stamp(boot: BootTime.now, wallMilliseconds: 5_000)
            let entry = QueuedRecord(words: record.words, stamp: stamp, number: UInt32(number))
            #expect(writer.queue.offer(entry))
        }
        #expect(waitUntil(60) { writer.durableRecords > records.count })
        writer.stop()
    }

    @Test("TOLD: an episode keeps its name over restarts, until its subject is seen good again")
    func restarts() throws {
        try run([.detectorDown(detector, floor, .fault(.device))])
        try run([])
        try run([.detectorDown(detector, floor, .fault(.device))])
        // More records than one memory, so that the beginning lies far behind.
        try run(Array(repeating: .silenced(.panel), count: RecordWriter.recordsAMemory + 10))
        try run([.told(.reading(detector: 0, .normal))])
        let told = try told().filter { $0.episode != nil }
        #expect(told.map(\.phase) == ["begin", "during", "end"])
        #expect(told.map(\.event) == ["down", "down", "back"])
        #expect(Set(told.map(\.episode)).count == 1)
        let past = LogMemory(
            directory: log, machine: Sample.boot.head, now: BootTime.now,
            episodes: Sample.episodes)
        #expect(!past.isDoubtful && past.episodes.open.isEmpty)
    }

    @Test("TOLD: what is held back is told in time, although nothing else happens")
    func held() throws {
        var plan = SampleSite.plan()
        plan.detectors[0].source = .modbus(
            bus: 0, alarm: ModbusPoint(unit: 1, table: .coil, address: 0, test: .bit(0)),
            fault: nil)
        let writer = try RecordWriter(
            directory: log, livePath: directory.path + "/live", settings: RecordRun.small,
            start: RecordWriter.Start(
                plan: plan, planChecksum: 1, planFile: { [1] }, boot: Sample.boot,
                memory: Memory(), stamp: Stamp(boot: BootTime.now, wallMilliseconds: 0)))
        try writer.begin()
        defer { writer.stop() }
        let records: [Record] = [
            .started(planChecksum: 1), .detectorDown(detector, floor, .silent(.silent)),
        ]
        for (number, record) in records.enumerated() {
            let stamp = Stamp(boot: BootTime.now, wallMilliseconds: 5_000)
            let entry = QueuedRecord(words: record.words, stamp: stamp, number: UInt32(number))
            #expect(writer.queue.offer(entry))
        }
        #expect(waitUntil(60) { (try? told().contains { $0.event == "down" }) == true })
        #expect(try told().map(\.event) == ["started", "down"])
    }
}
