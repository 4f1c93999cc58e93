// The thread around the log: answers come when the disk has answered, and once.

import EventLog
import Glibc
import Testing

@Suite struct LogWriterTests {
    private let partition = GatedLog.partition
    private let batch = GatedLog.batch

    @Test("RECORD: no append is answered before the disk has answered; then all that waited are")
    func answersAfterTheSync() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let writer = try LogWriter(try GatedLog.open(directory, gate), clock: { 1 })
        gate.set(shut: true)
        let answers = Answers()
        for _ in 0..<100 { writer.append([.batch(partition, batch)]) { answers.take($0) } }
        usleep(50_000)
        #expect(answers.count == 0)
        let before = gate.syncs
        gate.set()
        #expect(answers.wait(for: 100))
        writer.stop()
        var offsets: [Int64] = []
        for answer in answers.values {
            guard case .offsets(let base, 1, false) = try answer.get().first else {
                Issue.record("\(answer)")
                continue
            }
            offsets.append(base)
        }
        #expect(offsets == Array(0..<100))
        // The first append alone, the others together, and the closing frame.
        #expect(gate.syncs - before <= 4)
    }

    @Test("RECORD: a disk that fails is tried again, and what waited is then there, once")
    func triesAgain() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        do {
            let writer = try LogWriter(try GatedLog.open(directory, gate), clock: { 1 })
            gate.set(failure: EIO)
            let answers = Answers()
            for _ in 0..<3 { writer.append([.batch(partition, batch)]) { answers.take($0) } }
            usleep(100_000)
            #expect(answers.count == 0)
            #expect(writer.lastFailure != nil)
            gate.set()
            #expect(answers.wait(for: 3))
            #expect(writer.lastFailure == nil)
            writer.stop()
            #expect(answers.count == 3)
        }
        let log = try GatedLog.open(directory, gate)
        #expect(log.index.highWatermark(partition) == 3)
    }

    @Test("BOUNDED: more than may wait is refused at once, on the caller's thread")
    func refusesABacklog() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let writer = try LogWriter(
            try GatedLog.open(directory, gate), backlogBytes: 10 * batch.count, clock: { 1 })
        gate.set(shut: true)
        let answers = Answers()
        // One may be under way already.
        for _ in 0..<40 { writer.append([.batch(partition, batch)]) { answers.take($0) } }
        let refused = answers.values
        #expect(refused.count >= 19)
        #expect(refused.allSatisfy { $0 == .failure(.backlogged) })
        gate.set()
        #expect(answers.wait(for: 40))
        writer.stop()
        writer.append([.batch(partition, batch)]) { answers.take($0) }
        #expect(answers.values.last == .failure(.full))
    }

    @Test("RECORD: one append that is refused costs the others nothing")
    func refusesOne() throws {
        let directory = try TemporaryLog()
        let writer = try LogWriter(try GatedLog.open(directory, Gate()), clock: { 1 })
        let answers = Answers()
        writer.append([.batch(partition, batch)]) { answers.take($0) }
        writer.append([.batch(partition, [1, 2, 3])]) { answers.take($0) }
        writer.append([.batch(partition, batch)]) { answers.take($0) }
        #expect(answers.wait(for: 3))
        writer.stop()
        #expect(answers.values.filter { $0 == .failure(.badBatch) }.count == 1)
        #expect(answers.values.filter { (try? $0.get()) != nil }.count == 2)
    }
}
