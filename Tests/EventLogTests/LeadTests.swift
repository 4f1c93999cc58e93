// Appends that the caller writes on his own thread, beside those of the log's thread.

import EventLog
import Glibc
import Synchronization
import Testing

@Suite struct LeadTests {
    private let partition = GatedLog.partition
    private let batch = GatedLog.batch

    /// Appends one after another, each led and waited for, until `done` says so; nil when that is
    /// not so after 2,000.
    private func lead(
        _ writer: LogWriter<GatedFiles>, _ answers: Answers, until done: () -> Bool
    ) -> Int? {
        for number in 0..<2_000 {
            if done() { return number }
            let before = answers.count
            writer.append([.batch(partition, batch)], isLed: true) { answers.take($0) }
            writer.lead()
            // The thread may have been at the log, making a spare: then it writes this one.
            guard answers.wait(for: before + 1) else { return nil }
        }
        return nil
    }

    @Test("RECORD: a lone append is on the disk and answered when its leader returns")
    func alone() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let answers = Answers()
        do {
            let writer = try LogWriter(
                try GatedLog.open(directory, gate), slowFlush: .max, clock: { 1 })
            let opening = gate.own
            #expect(lead(writer, answers) { gate.own >= opening + 50 } != nil)
            writer.stop()
        }
        let written = try GatedLog.open(directory, gate).index.highWatermark(partition)
        #expect(written == Int64(answers.count))
    }

    @Test("What many hand in together a leader writes with one flush")
    func together64() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let writer = try LogWriter(
            try GatedLog.open(directory, gate), slowFlush: .max, clock: { 1 })
        let answers = Answers()
        let opening = gate.own
        #expect(lead(writer, answers) { gate.own > opening } != nil)
        var isOne = false
        // The thread may be at the log, making a spare; then it writes some of them.
        for _ in 0..<1_000 where !isOne {
            let before = (own: gate.own, all: gate.syncs, count: answers.count)
            for _ in 0..<64 {
                writer.append([.batch(partition, batch)], isLed: true) { answers.take($0) }
            }
            writer.lead()
            isOne =
                gate.own == before.own + 1 && gate.syncs == before.all + 1
                && answers.count == before.count + 64
            #expect(answers.wait(for: before.count + 64))
        }
        #expect(isOne)
        writer.stop()
    }

    @Test("RECORD: what a leader's disk refuses the thread writes, once")
    func failure() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let answers = Answers()
        do {
            let writer = try LogWriter(
                try GatedLog.open(directory, gate), slowFlush: .max, clock: { 1 })
            let opening = gate.own
            #expect(lead(writer, answers) { gate.own > opening } != nil)
            let before = answers.count
            gate.set(failure: EIO)
            for _ in 0..<3 {
                writer.append([.batch(partition, batch)], isLed: true) { answers.take($0) }
                writer.lead()
            }
            for _ in 0..<10_000 where writer.lastFailure == nil { usleep(1_000) }
            #expect(
                answers.count == before && writer.lastFailure != nil,
                "\(answers.values.dropFirst(before)) \(String(describing: writer.lastFailure))")
            gate.set()
            #expect(answers.wait(for: before + 3))
            writer.stop()
            #expect(answers.count == before + 3)
        }
        let written = try GatedLog.open(directory, gate).index.highWatermark(partition)
        #expect(written == Int64(answers.count))
    }

    @Test("APART: a slow disk holds a leader up once, and then the thread alone")
    func slowDisk() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let writer = try LogWriter(
            try GatedLog.open(directory, gate), slowFlush: 10_000_000, pauseFactor: 500,
            clock: { 1 })
        let answers = Answers()
        let opening = gate.own
        #expect(lead(writer, answers) { gate.own > opening } != nil)
        gate.set(delay: 20_000)
        let quick = gate.own
        let enough = answers.count + 30
        #expect(lead(writer, answers) { answers.count >= enough } != nil)
        #expect(gate.own <= quick + 1)
        writer.stop()
    }

    @Test("RECORD: leaders and the thread together answer every append once, in order")
    func together() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let each = 2_000
        do {
            let writer = try LogWriter(
                try GatedLog.open(directory, gate), slowFlush: .max, clock: { 1 })
            let answers = Answers()
            let crowd = Crowd(writer: writer, batch: batch, each: each, answers: answers)
            var threads: [pthread_t] = []
            for _ in 0..<4 {
                var thread = pthread_t()
                let code = pthread_create(
                    &thread, nil,
                    { context in
                        guard let context else { return nil }
                        Unmanaged<Crowd>.fromOpaque(context).takeRetainedValue().run()
                        return nil
                    }, Unmanaged.passRetained(crowd).toOpaque())
                try #require(code == 0)
                threads.append(thread)
            }
            for thread in threads { pthread_join(thread, nil) }
            writer.stop()
            let bases = answers.values.compactMap { answer -> Int64? in
                guard case .success(let results) = answer,
                    case .offsets(let base, _, _)? = results.first
                else { return nil }
                return base
            }
            #expect(bases == (0..<Int64(4 * each)).map { $0 })
        }
        let log = try GatedLog.open(directory, gate)
        #expect(log.index.highWatermark(partition) == Int64(4 * each))
        #expect(log.index.gaps.isEmpty)
    }

    /// Four of these append and lead at the same time; the last append of all is answered by `stop`.
    private final class Crowd: Sendable {
        private let writer: LogWriter<GatedFiles>
        private let batch: [UInt8]
        private let each: Int
        private let answers: Answers
        private let number = Mutex(0)

        init(writer: LogWriter<GatedFiles>, batch: [UInt8], each: Int, answers: Answers) {
            self.writer = writer
            self.batch = batch
            self.each = each
            self.answers = answers
        }

        func run() {
            let own = number.withLock { number in
                number += 1
                return number
            }
            for turn in 0..<each {
                let leads = (turn / 8 + own) % 3 != 0
                writer.append([.batch(GatedLog.partition, batch)], isLed: leads) {
                    [answers] in answers.take($0)
                }
                if leads { writer.lead() }
                if turn % 16 == own { usleep(50) }
            }
        }
    }
}
