// Streams over a real service log: what passes, what it looks like behind, and that nothing is lost or
// doubled wherever the engine is stopped.

import EventLog
import Streams
import Testing

@testable import KafkaServer

@Suite struct StreamEngineTests {
    private func record(
        _ number: Int, key: String? = nil, headers: [LogRecord.Header] = []
    ) -> LogRecord {
        LogRecord(
            key: key.map { Array($0.utf8) }, value: Array("\(number)".utf8), headers: headers,
            timestamp: 1_700_000_000_000 + Int64(number * 7 % 5))
    }

    private func values(_ records: [LogRecord]) -> [Int] {
        records.compactMap { $0.value.flatMap { Int(String(decoding: $0, as: UTF8.self)) } }
    }

    @Test("A filter takes the records that fit, with key, headers and time, in their order")
    func filter() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 1)
        let headers = [LogRecord.Header("a", [1, 2]), LogRecord.Header("a", nil)]
        let all = (0..<100).map {
            record($0, key: $0 % 10 == 9 ? nil : "floor.\($0 % 3).fire", headers: headers)
        }
        for start in stride(from: 0, to: 100, by: 20) {
            try hall.produce("in", RecordBatch.encode(Array(all[start..<start + 20])))
        }
        let rule = try StreamRule.filter("f", from: "in", to: "out", key: "floor.1.#")
        try hall.run(hall.engine([rule]))
        let found = try hall.records("out")
        let wanted = all.filter { $0.key == Array("floor.1.fire".utf8) }
        #expect(found.map(\.value) == wanted.map(\.value))
        #expect(found.map(\.key) == wanted.map(\.key))
        #expect(found.map(\.headers) == wanted.map(\.headers))
        #expect(found.map(\.timestamp) == wanted.map(\.timestamp))
        #expect(found.map(\.offset) == (0..<Int64(wanted.count)).map { $0 })
        #expect(try hall.committed("__streams.f.out", "in") == 100)
    }

    @Test("Records of detectors are chosen by id, and by a value of one byte")
    func detectors() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 1)
        let all = (0..<40).map { number in
            LogRecord(
                key: [0, 0, 0, UInt8(number)], value: [UInt8(number % 2)], timestamp: 5)
        }
        try hall.produce("in", RecordBatch.encode(all))
        var rule = try StreamRule.filter("f", from: "in", to: "out")
        rule.condition.detectors = [3...5, 30...30]
        try hall.run(hall.engine([rule]))
        #expect(try hall.records("out").map { $0.key?.last } == [3, 4, 5, 30])
        rule.name = "g"
        rule.to = ["fire"]
        rule.condition.value = [1]
        try hall.run(hall.engine([rule]))
        #expect(try hall.records("fire").map { $0.key?.last } == [3, 5])
    }

    @Test("A replica has every batch as its producer packed it, in every partition and target")
    func replicate() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 3)
        for partition in 0..<3 {
            for number in 0..<5 {
                try hall.produce(
                    "in",
                    RecordBatch.encode(
                        [record(partition * 10 + number)], producerID: 7, epoch: 0,
                        baseSequence: Int32(number)), in: partition)
            }
        }
        let engine = hall.engine([StreamRule(name: "r", from: "in", to: ["a", "b"])])
        try hall.run(engine)
        for partition in 0..<3 {
            for target in ["a", "b"] {
                #expect(
                    try values(hall.records(target, in: partition))
                        == (0..<5).map { partition * 10 + $0 })
                #expect(try hall.batches(target, in: partition).count == 5)
            }
        }
        // What comes later goes the same way; what was there is not read again.
        try hall.produce("in", RecordBatch.encode([record(99)]), in: 1)
        try hall.run(engine)
        #expect(try values(hall.records("b", in: 1)) == [10, 11, 12, 13, 14, 99])
        #expect(engine.takeNotices().isEmpty)
    }

    @Test("RECORD: a stream waits before what is open, and leaves out what was not committed")
    func transactions() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 1)
        func write(_ number: Int, by producer: Int64? = nil, sequence: Int32 = 0) throws {
            guard let producer else {
                return try hall.produce("in", RecordBatch.encode([record(number, key: "k")]))
            }
            let batch = RecordBatch.encode(
                [record(number, key: "k")], producerID: producer, epoch: 0,
                baseSequence: sequence)
            try hall.produce("in", RecordBatch.inTransaction(batch))
        }
        try write(0)
        try write(1, by: 7)
        try write(2, by: 8)
        try write(3)
        // Both are open, and begin at 1 and 2.
        let partition = try hall.partition("in")
        for (id, producer, first) in [("a", Int64(7), Int64(1)), ("b", 8, 2)] {
            var open = Transaction()
            open.producerID = producer
            open.isOpen = true
            var part = Transaction.Part()
            part.partition = partition.rawValue
            part.first = first
            open.parts = [part]
            hall.transactions.set(id, open, now: 0)
        }
        let whole = hall.engine([StreamRule(name: "r", from: "in", to: ["whole"])])
        let sifted = hall.engine([try StreamRule.filter("s", from: "in", to: "sifted", key: "#")])
        for engine in [whole, sifted] { try hall.run(engine) }
        #expect(try values(hall.records("whole")) == [0])
        #expect(try hall.committed("__streams.r.whole", "in") == 1)
        // The first ends without its record, the second with it.
        try hall.produce(
            "in", RecordBatch.marker(isCommit: false, producerID: 7, epoch: 0, timestamp: 1))
        hall.end("a", abortedFrom: 1, to: 4, by: 7, in: partition)
        for engine in [whole, sifted] { try hall.run(engine) }
        #expect(try values(hall.records("whole")) == [0])
        try hall.produce(
            "in", RecordBatch.marker(isCommit: true, producerID: 8, epoch: 0, timestamp: 1))
        hall.end("b")
        for engine in [whole, sifted] { try hall.run(engine) }
        for target in ["whole", "sifted"] {
            #expect(try values(hall.records(target)) == [0, 2, 3], "\(target)")
            for batch in try hall.batches(target) {
                let header = try #require(batch.withUnsafeBytes { BatchHeader($0) })
                #expect(!header.isTransactional && !header.isControl && header.producerID == -1)
            }
        }
        #expect(try hall.committed("__streams.r.whole", "in") == 6)
        #expect(whole.takeNotices().isEmpty && sifted.takeNotices().isEmpty)
    }

    @Test("A stream of the controller's log commits in the gateway's")
    func controllersTopic() throws {
        let batch = RecordBatch.encode((1...4).map { record($0) })
        let hall = try StreamHall(controller: [batch, batch])
        let rule = StreamRule(name: "r", from: "alarms", to: ["mine"])
        try hall.run(hall.engine([rule]))
        try hall.run(hall.engine([rule]))
        #expect(try values(hall.records("mine")) == [1, 2, 3, 4, 1, 2, 3, 4])
        #expect(try hall.committed("__streams.r.mine", "__commits.alarms") == 8)
    }

    @Test(
        "BOUNDED: appends fit a frame, whatever comes in, and one commit stands for many that fail")
    func largeBatches() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 1)
        let big = (0..<9).map { number in
            LogRecord(
                key: Array("k.\(number)".utf8), value: [UInt8](repeating: 7, count: 100_000),
                timestamp: 1)
        }
        try hall.produce("in", RecordBatch.encode(big))
        try hall.produce(
            "in",
            RecordBatch.encode([
                LogRecord(key: [1], value: [UInt8](repeating: 7, count: 1_000_000), timestamp: 1)
            ]))
        let engine = hall.engine([
            StreamRule(name: "r", from: "in", to: ["a"]),
            try .filter("f", from: "in", to: "b", key: "k.#"),
            try .filter("n", from: "in", to: "c", key: "nothing"),
        ])
        try hall.run(engine)
        #expect(try hall.records("a").count == 10)
        #expect(try hall.records("b").count == 9)
        #expect(try hall.committed("__streams.n.c", "in") == nil)
        #expect(engine.takeNotices().isEmpty)
        for batch in try hall.batches("a").dropLast() + hall.batches("b") {
            #expect(batch.count <= 600_000)
        }
    }

    @Test(
        "RECORD: stopped between any two appends, told or not, nothing is lost and nothing doubled")
    func stopped() throws {
        let seed = UInt64.random(in: 1...UInt64.max)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let hall = try StreamHall()
        try hall.make("in", partitions: 2)
        let rules = [
            try StreamRule.filter("f", from: "in", to: "odd", key: "*.odd"),
            StreamRule(name: "r", from: "in", to: ["all", "copy"]),
            // Of a topic that is itself derived.
            StreamRule(name: "s", from: "odd", to: ["again"]),
        ]
        var sent: [[Int]] = [[], []]
        var number = 0
        for _ in 0..<60 {
            let engine = hall.engine(rules)
            for _ in 0...next(3) {
                for _ in 0...next(4) {
                    let partition = next(2)
                    let batch = (0...next(30)).map { _ in
                        number += 1
                        sent[partition].append(number)
                        return record(number, key: number % 2 == 1 ? "k.odd" : "k.even")
                    }
                    try hall.produce("in", RecordBatch.encode(batch), in: partition)
                }
                let jobs = hall.next(engine)
                for job in jobs where next(4) > 0 {
                    // Not told: the kill came between the disk and the answer.
                    try hall.perform(job, engine, isTold: next(4) > 0)
                }
            }
        }
        try hall.run(hall.engine(rules))
        for partition in 0..<2 {
            let odd = sent[partition].filter { $0 % 2 == 1 }
            for (topic, wanted) in [
                ("all", sent[partition]), ("copy", sent[partition]), ("odd", odd), ("again", odd),
            ] {
                #expect(
                    try values(hall.records(topic, in: partition)) == wanted,
                    "seed \(seed): \(topic) \(partition)")
            }
        }
    }

    @Test("A batch that nobody can unpack is passed over and told, the rest goes on")
    func unreadable() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 1)
        // Says gzip, and is none.
        var packed = RecordBatch.encode([record(1, key: "a"), record(2, key: "a")])
        packed[22] = 1
        packed.withUnsafeMutableBytes { RecordBatch.clearProducer($0) }
        try hall.produce("in", packed)
        try hall.produce("in", RecordBatch.encode([record(3, key: "a")]))
        let engine = hall.engine([try .filter("f", from: "in", to: "out", key: "a")])
        try hall.run(engine)
        #expect(try values(hall.records("out")) == [3])
        #expect(
            engine.takeNotices() == [
                .init(
                    stream: "f", text: "in 0 to 1 did not go to out: nobody can unpack them")
            ])
    }

    @Test("What is refused is not tried again at once, and loses nothing; other lanes go on")
    func refused() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 2)
        for partition in 0..<2 {
            try hall.produce("in", RecordBatch.encode([record(partition)]), in: partition)
        }
        let engine = hall.engine([StreamRule(name: "r", from: "in", to: ["out"])])
        let making = try #require(hall.next(engine).first)
        engine.answered(making.token, .failure(.full))
        #expect(engine.isHeldUp && hall.next(engine).isEmpty)
        for job in hall.next(engine, again: true) { try hall.perform(job, engine) }
        let jobs = hall.next(engine)
        #expect(jobs.count == 2)
        engine.answered(jobs[0].token, .failure(.full))
        try hall.perform(jobs[1], engine)
        try hall.produce("in", RecordBatch.encode([record(7)]), in: 1)
        try hall.run(engine)
        #expect(try values(hall.records("out", in: 0)) == [])
        #expect(try values(hall.records("out", in: 1)) == [1, 7])
        #expect(engine.isHeldUp)
        for job in hall.next(engine, again: true) { try hall.perform(job, engine) }
        #expect(try values(hall.records("out", in: 0)) == [0])
        #expect(!engine.isHeldUp)
    }

    @Test("What was gone before it was read is told, and the stream goes on at what is left")
    func gone() throws {
        let hall = try StreamHall()
        try hall.make("in", partitions: 1)
        let engine = hall.engine([StreamRule(name: "r", from: "in", to: ["out"])])
        try hall.produce("in", RecordBatch.encode((0..<3).map { record($0) }))
        try hall.run(engine)
        try hall.produce("in", RecordBatch.encode((3..<9).map { record($0) }))
        let info = try #require(
            try LogReader(directory: hall.service.path).index.topic(named: "in"))
        _ = try StreamHall.append(hall.service, [.setLogStart(info.partitions[0], offset: 6)])
        try hall.run(engine)
        #expect(try values(hall.records("out")) == [0, 1, 2, 6, 7, 8])
        #expect(engine.takeNotices().count == 1)
    }
}
