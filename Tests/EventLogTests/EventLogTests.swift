// The single writer over real files: what is flushed is there after the next start.

import EventLog
import Testing

@Suite struct EventLogTests {
    @Test("RECORD: what was flushed is there after a crash, with the same offsets")
    func crash() throws {
        let directory = try TemporaryLog()
        var log: EventLog? = try directory.open()
        #expect(log?.recovery.isNew == true)
        #expect(log?.lastFailure == nil)
        let partition = try #require(try log?.makeTopic("alarms"))
        for number in 0..<10 {
            #expect(try log?.add(partition, [UInt8(number)]) == Int64(number))
        }
        let before = try #require(log?.index)
        // Staged and not flushed: it is not there.
        _ = try log?.stage([.batch(partition, batch([1]))], wallMilliseconds: 1_000)
        log = nil
        let again = try directory.open()
        #expect(again.recovery.isDamaged == false)
        #expect(again.recovery.isNew == false)
        #expect(again.recovery.isClean == false)
        #expect(again.index == before)
        #expect(try again.add(partition, [1]) == 10)
    }

    @Test("RECORD: a closed log is known to be whole")
    func close() throws {
        let directory = try TemporaryLog()
        var log: EventLog? = try directory.open()
        let partition = try #require(try log?.makeTopic("alarms"))
        _ = try log?.stage([.batch(partition, batch([1]))], wallMilliseconds: 1_000)
        try log?.close(wallMilliseconds: 1_000)
        log = nil
        let again = try directory.open()
        #expect(again.recovery.isClean)
        #expect(again.index.highWatermark(partition) == 1)
        #expect(try again.add(partition, [1]) == 1)
    }

    @Test("A log that was closed, opened and closed again for nothing is as long as before")
    func closedTwice() throws {
        let directory = try TemporaryLog()
        var log: EventLog<DirectoryFiles>? = try directory.open()
        _ = try log?.makeTopic("alarms")
        try log?.close(wallMilliseconds: 1_000)
        let end = log?.durableEnd
        log = nil
        let again = try directory.open()
        try again.close(wallMilliseconds: 1_000)
        #expect(again.durableEnd == end)
        #expect(again.index.lastKind == .closing)
    }

    @Test("RECORD: an append is in the log whole or not at all")
    func atomic() throws {
        let directory = try TemporaryLog()
        let log = try directory.open()
        let partition = try log.makeTopic("alarms")
        #expect(throws: AppendError.unknownPartition) {
            _ = try log.stage(
                [
                    .batch(partition, batch([1])),
                    .createTopic(
                        name: "new", id: LogID(head: 9, tail: 9), partitions: 3, TopicSettings()),
                    .batch(PartitionID(rawValue: 77), batch([1])),
                ], wallMilliseconds: 1_000)
        }
        #expect(log.hasStaged == false)
        #expect(try log.add(partition, [1]) == 0)
        #expect(log.index.topic(named: "new") == nil)
        // A topic and its first record in one append.
        let next = PartitionID(rawValue: log.index.nextPartition)
        let results = try log.stage(
            [
                .createTopic(
                    name: "new", id: LogID(head: 9, tail: 9), partitions: 1, TopicSettings()),
                .batch(next, batch([1])),
                .commit(group: "g", partition, offset: 1, metadata: ""),
            ], wallMilliseconds: 1_000)
        #expect(
            results == [
                .partitions(first: next, count: 1),
                .offsets(base: 0, count: 1, isDuplicate: false), .done,
            ])
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.committed(group: "g", partition)?.offset == 1)
    }

    @Test("BOUNDED: what waits for the disk is limited, and a flush makes room")
    func backlog() throws {
        let directory = try TemporaryLog()
        let log = try directory.open()
        let partition = try log.makeTopic("alarms")
        var staged = 0
        #expect(throws: AppendError.backlogged) {
            while staged < 1_000 {
                _ = try log.stage(
                    [.batch(partition, batch(Array(repeating: 1, count: 500)))],
                    wallMilliseconds: 1_000)
                staged += 1
            }
        }
        #expect(log.stagedBytes <= 16 << 10)
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.highWatermark(partition) == Int64(staged))
        #expect(throws: AppendError.tooLarge) {
            _ = try log.stage(
                [.batch(partition, batch(Array(repeating: 1, count: 20_000)))],
                wallMilliseconds: 1_000)
        }
    }

    @Test("BOUNDED: a log that is full goes on for ever in the same files, and keeps what is vital")
    func circle() throws {
        let directory = try TemporaryLog()
        var log: EventLog? = try directory.open()
        let vital = try #require(try log?.makeTopic("alarms", isVital: true))
        let ordinary = try #require(try log?.makeTopic("signals"))
        var given: Int64 = 0
        for round in 0..<2_000 {
            let bytes = [UInt8](repeating: UInt8(round & 255), count: 900)
            #expect(try log?.add(ordinary, bytes) == Int64(round))
            if round % 50 == 0 {
                #expect(try log?.add(vital, bytes) == given)
                given += 1
            }
            #expect(log?.lastFailure == nil)
            if round % 333 == 0 {
                let before = try #require(log?.index)
                log = nil
                log = try directory.open()
                #expect(log?.index == before)
                #expect(log?.recovery.isDamaged == false)
            }
        }
        let last = try #require(log)
        #expect(directory.names.count <= 8)
        #expect(last.index.segments.count > 3)
        let alarms = try #require(last.index.partition(vital))
        #expect(alarms.records == given)
        #expect(alarms.logStart == 0)
        #expect(last.index.gaps.isEmpty)
        let signals = try #require(last.index.partition(ordinary))
        #expect(signals.logStart > 0)
        #expect(last.index.strays == 0)
        #expect(last.oldestSegment > 1)
    }

    @Test("RECORD: a log moves between RAM and disks with sectors of other sizes")
    func sectors() throws {
        let directory = try TemporaryLog()
        var partition = PartitionID(rawValue: 0)
        var given: Int64 = 0
        for round in 0..<12 {
            let files = try DirectoryFiles(
                directory.path, isVolatile: round % 3 == 0, mayBeDirect: round % 3 == 1)
            let log = try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
            if round == 0 { partition = try log.makeTopic("signals") }
            #expect(log.recovery.isDamaged == false)
            #expect(log.index.highWatermark(partition) == given)
            for _ in 0..<5 {
                #expect(try log.add(partition, [1]) == given)
                given += 1
            }
            #expect(log.index.strays == 0)
        }
    }

    @Test(
        "BOUNDED: log starts move by the topic's retention, and stay where they are after a start")
    func retention() throws {
        let directory = try TemporaryLog()
        var partition = PartitionID(rawValue: 0)
        var start: Int64?
        do {
            let log = try directory.open()
            let results = try log.stage(
                [
                    .createTopic(
                        name: "signals", id: LogID(head: 1, tail: 1), partitions: 1,
                        TopicSettings(retentionBytes: 50_000))
                ], wallMilliseconds: 1_000)
            try log.flush(wallMilliseconds: 1_000)
            if case .partitions(let first, _)? = results.first { partition = first }
            for _ in 0..<400 {
                try log.add(partition, [UInt8](repeating: 1, count: 900))
                log.retain(wallMilliseconds: 2_000)
            }
            try log.flush(wallMilliseconds: 2_000)
            start = log.index.partition(partition)?.logStart
            #expect(start ?? 0 > 0)
            // Asked again, there is nothing to do.
            log.retain(wallMilliseconds: 2_000)
            #expect(log.hasStaged == false)
        }
        #expect(try directory.open().index.partition(partition)?.logStart == start)
    }
}
