// Idempotent producers: Kafka's rules, row by row.

import EventLog
import Testing

@Suite struct ProducersTests {
    /// What the log says to a batch.
    private enum Answer: Equatable {
        case new
        case duplicate(Int64)
        case refused(AppendError)
    }

    /// One partition of a log to which batches come.
    private struct Log {
        var maker = FrameMaker()
        var index: LogIndex
        let partition = PartitionID(rawValue: 1)

        init() {
            index = LogIndex(log: maker.log)
            index.begin(maker.nextSegment())
            index.fold(
                maker.frame([
                    .meta(
                        .createTopic(
                            name: "t", id: LogID(head: 0, tail: 1), first: partition, partitions: 2,
                            settings: TopicSettings()))
                ]))
        }

        func answer(_ producer: Int64, _ epoch: Int16, _ sequence: Int32, _ count: UInt32) -> Answer
        {
            do throws(AppendError) {
                let verdict = try index.verdict(
                    producer: producer, epoch: epoch, baseSequence: sequence,
                    lastOffsetDelta: Int32(count) - 1, partition)
                switch verdict {
                case .new: return .new
                case .duplicate(let base, let spans):
                    #expect(spans == Int(count))
                    return .duplicate(base)
                }
            } catch {
                return .refused(error)
            }
        }

        /// Sends a batch; a new one is folded.
        mutating func send(
            _ producer: Int64, _ epoch: Int16, _ sequence: Int32, _ count: UInt32 = 1
        ) -> Answer {
            let answer = answer(producer, epoch, sequence, count)
            if answer == .new {
                index.fold(
                    maker.frame([
                        .batch(
                            partition.rawValue, base: index.highWatermark(partition) ?? 0,
                            count: count,
                            FrameMaker.BatchShape(
                                producer: producer, epoch: epoch, sequence: sequence))
                    ]))
            }
            return answer
        }
    }

    @Test("RECORD: each of a producer's last five batches is known again, with its offsets")
    func lastFive() {
        var log = Log()
        for number in 0..<7 { #expect(log.send(9, 0, Int32(number * 3), 3) == .new) }
        for number in 2..<7 {
            #expect(log.send(9, 0, Int32(number * 3), 3) == .duplicate(Int64(number * 3)))
        }
        // What is older is out of order, as in Kafka since 1.1.
        #expect(log.send(9, 0, 3, 3) == .refused(.outOfOrderSequence))
        // The same base with another length is another batch.
        #expect(log.send(9, 0, 18, 2) == .refused(.outOfOrderSequence))
        #expect(log.send(9, 0, 21, 3) == .new)
    }

    @Test("A batch that leaves one out, or overlaps, is out of order")
    func outOfOrder() {
        var log = Log()
        #expect(log.send(1, 0, 0, 4) == .new)
        for sequence: Int32 in [1, 3, 5, 100, .max] {
            #expect(log.send(1, 0, sequence, 4) == .refused(.outOfOrderSequence))
        }
        #expect(log.send(1, 0, 4, 4) == .new)
    }

    @Test("Sequences go on with 0 after Int32.max, in the middle of a batch as well")
    func wraps() {
        var log = Log()
        #expect(log.send(1, 0, .max - 1) == .new, "nothing was known of it")
        #expect(log.send(1, 0, .max) == .new)
        #expect(log.send(1, 0, 0) == .new)
        #expect(log.send(1, 0, .max) == .duplicate(1))
        var across = Log()
        #expect(across.send(1, 0, .max - 1, 4) == .new)
        #expect(across.send(1, 0, 2) == .new)
        #expect(across.send(1, 0, .max - 1, 4) == .duplicate(0))
        #expect(across.send(1, 0, 4) == .refused(.outOfOrderSequence))
    }

    @Test("A new epoch begins with 0, and ends the old one")
    func epochs() {
        var log = Log()
        #expect(log.send(1, 0, 0) == .new)
        #expect(log.send(1, 1, 1) == .refused(.outOfOrderSequence))
        #expect(log.send(1, 1, 0) == .new)
        #expect(log.send(1, 0, 1) == .refused(.staleProducerEpoch))
        #expect(log.send(1, 0, 0) == .refused(.staleProducerEpoch), "even a duplicate")
        #expect(log.send(1, 1, 0) == .duplicate(1))
        #expect(log.send(1, 5, 0) == .new)
    }

    @Test("A producer of which nothing is known may begin anywhere")
    func unknown() {
        var log = Log()
        #expect(log.send(77, 3, 1_000) == .new)
        #expect(log.send(77, 3, 1_001) == .new)
        // Another partition knows nothing of it.
        let other = try? log.index.verdict(
            producer: 77, epoch: 0, baseSequence: 5, lastOffsetDelta: 0, PartitionID(rawValue: 2))
        #expect(other == .new)
    }

    @Test("A batch without a producer id is never a duplicate; numbers below 0 are refused")
    func unnumbered() {
        var log = Log()
        #expect(log.send(-1, -1, -1) == .new)
        #expect(log.send(-1, -1, -1) == .new)
        #expect(log.send(1, 0, -1) == .refused(.badBatch))
        #expect(log.send(1, -1, 0) == .refused(.badBatch))
    }

    @Test("BOUNDED: the longest unused producer makes room, and all others stay known")
    func expiry() {
        var log = Log()
        let limit = Int64(log.index.limits.producers)
        for producer in 0..<limit { #expect(log.send(producer, 0, 0) == .new) }
        #expect(log.send(0, 0, 1) == .new, "now 1 is the longest unused")
        #expect(log.send(limit, 0, 0) == .new)
        #expect(log.answer(1, 0, 50, 1) == .new, "nothing is known of it any more")
        for producer in 2...limit { #expect(log.answer(producer, 0, 0, 1) != .new) }
        #expect(log.index.recovered() == log.index)
        #expect(log.index.complaint == nil)
    }

    @Test("RECORD: what producers sent is known after a restart")
    func restart() throws {
        var log = Log()
        for number: Int32 in 0..<9 { #expect(log.send(5, 2, number) == .new) }
        log.index = try #require(log.index.recovered())
        #expect(log.send(5, 2, 4) == .duplicate(4))
        #expect(log.send(5, 2, 3) == .refused(.outOfOrderSequence))
        #expect(log.send(5, 2, 9) == .new)
    }
}
