// The log of signals in memory: it survives the program, gives no offset twice, and waits for no disk.

import ControlLoop
import EventLog
import FireLogic
import Foundation
import Glibc
import Handover
import Synchronization
import TestSupport
import Testing

@testable import SafetyLog

@Suite(.timeLimit(.minutes(2))) struct SignalWriterTests {
    private let directory: TemporaryDirectory
    private var volatile: String { directory.path + "/signals" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Both writers, as the controller has them.
    final class Pair {
        let records: RecordRun
        let signals: SignalWriter

        init(_ path: String, stallHook: @escaping @Sendable () -> Void = {}) throws {
            signals = try SignalWriter(
                directory: path + "/signals", livePath: path + "/signals.live")
            records = try RecordRun(
                path + "/log", live: path + "/log.live", signals: signals.reserves,
                stallHook: stallHook)
            try records.begin()
            try signals.begin(with: records.writer)
        }

        func stop() {
            signals.stop()
            records.stop()
        }
    }

    private func offer(_ pair: Pair, _ range: Range<Int>) {
        for number in range {
            let signal = QueuedSignal(
                detector: UInt32(number), code: [0, 1, 17][number % 3],
                wallMilliseconds: Int64(number))
            while !pair.signals.queue.offer(signal) { sched_yield() }
        }
    }

    private func found() -> [LogRecord] {
        (try? ReadBack(volatile).records("signals")) ?? []
    }

    @Test("RECORD: every signal is a record as documented, and survives the program")
    func survives() throws {
        for round in 0..<3 {
            let pair = try Pair(directory.path)
            offer(pair, (round * 10_000)..<((round + 1) * 10_000))
            pair.stop()
        }
        let all = found()
        try #require(all.count == 30_000)
        #expect(all.map(\.offset) == (0..<30_000).map { Int64($0) })
        for (number, record) in all.enumerated() {
            let reading: Reading = [.normal, .alarm, .fault(.invalid)][number % 3]
            let message = Record.signal(DetectorID(rawValue: UInt32(number)), reading)
                .messages(SampleSite.plan())[0]
            guard record.key == message.key, record.value == message.value,
                record.timestamp == Int64(number)
            else {
                Issue.record("\(record) is not \(message)")
                return
            }
        }
    }

    @Test("RECORD: behind a power cut no offset of a signal is given again")
    func powerCut() throws {
        var last: Int64 = -1
        for round in 0..<3 {
            let pair = try Pair(directory.path)
            offer(pair, 0..<500)
            pair.stop()
            let offsets = found().map(\.offset)
            #expect(offsets.count == 500)
            #expect((offsets.first ?? -1) > last, "round \(round)")
            last = offsets.last ?? last
            try FileManager.default.removeItem(atPath: volatile)
        }
    }

    @Test("RELEASE: a disk that hangs holds up no signal")
    func apart() throws {
        let gate = RecordWriterTests.Gate()
        let pair = try Pair(directory.path, stallHook: { gate.wait() })
        offer(pair, 0..<100)
        #expect(waitUntil(60) { found().count == 100 })
        gate.isShut.store(true, ordering: .releasing)
        pair.records.offer(.armed)
        offer(pair, 100..<200)
        #expect(waitUntil(60) { found().count == 200 })
        #expect(!pair.signals.isFailed)
        gate.isShut.store(false, ordering: .releasing)
        pair.stop()
    }

    @Test("BOUNDED: where signals cannot be written, so many wait and the next is refused")
    func refused() throws {
        // A file that is no directory stands in its parent's place.
        let path = directory.path + "/file"
        try "no directory".write(toFile: path, atomically: true, encoding: .utf8)
        let signals = try SignalWriter(directory: path + "/signals", livePath: path + "/live")
        let records = try RecordRun(
            directory.path + "/log", live: directory.path + "/log.live",
            signals: signals.reserves)
        try records.begin()
        try signals.begin(with: records.writer)
        var taken = 0
        while signals.queue.offer(QueuedSignal(detector: 1, code: 0, wallMilliseconds: 0)) {
            taken += 1
        }
        #expect(taken == RecordJournal.signalCapacity)
        #expect(waitUntil(60) { signals.isFailed })
        var journal = RecordJournal(records: records.writer, signals: signals)
        #expect(journal.health == .failed)
        let stamp = Stamp(boot: BootTime.now, wallMilliseconds: 0)
        let isSignalTaken = journal.append(.signal(Sample.detector, .normal), stamp)
        let isAlarmTaken = journal.append(.alarm(Sample.detector, Sample.floor), stamp)
        #expect(!isSignalTaken && isAlarmTaken)
        signals.stop()
        records.stop()
    }

    @Test("BOUNDED: the log in memory keeps to its size, the newest signals stay")
    func bounded() throws {
        let pair = try Pair(directory.path)
        for round in 0..<60 { offer(pair, (round * 10_000)..<((round + 1) * 10_000)) }
        pair.stop()
        let all = found()
        #expect(all.last?.timestamp == 599_999 && all.count > 50_000)
        var bytes = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: volatile)
        where name != "live" {
            let file = try FileManager.default.attributesOfItem(atPath: volatile + "/" + name)
            bytes += (file[.size] as? Int) ?? 0
        }
        #expect(bytes <= 8 << 20)
    }
}
