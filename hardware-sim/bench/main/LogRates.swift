// The log's lines: appending one by one, by many, in batches; reading; being seen by another process;
// recovery; bytes on the device. Each beside the disk's own figure or a peer's, from the same run.

import BenchLines
import CLinux
import EventLog
import FireLogic
import Glibc
import Synchronization

enum LogRates {
    private typealias Log = EventLog<DirectoryFiles>

    private static let topic = "bench"

    static func measure(_ place: WorkPlace, into table: inout Table) {
        line("log: 200 B, one in flight", &table) { try oneInFlight(place, &$0) }
        line("log: 200 B, 64 appenders", &table) { try manyInFlight(place, &$0) }
        line("log: 100 B in batches", &table) { try batches(place, &$0) }
        line("log: seen by another process", &table) { try visible(place, &$0) }
        line("log: bytes on the device", &table) { try deviceBytes(place, &$0) }
        line("log: a day on the device", &table) { try DayOnDisk.measure(place, &$0) }
        line("log: 1 GB", &table) { try large(place, &$0) }
    }

    private static func line(_ name: String, _ table: inout Table, _ body: (inout Table) throws -> Void) {
        do { try body(&table) } catch { table.add(failed: name, "\(error)") }
    }

    // A log in a folder of its own.

    private static func open(
        _ path: String, _ settings: LogSettings = LogSettings()
    ) throws -> Log {
        mkdir(path, 0o755)
        return try Log(
            try DirectoryFiles(path), settings, wallMilliseconds: wallMilliseconds())
    }

    private static func made(
        _ path: String, _ settings: LogSettings = LogSettings(), partitions: Int = 1
    ) throws -> (Log, PartitionID) {
        let log = try open(path, settings)
        // As on a board that has been on for a while: the next segments are ready.
        while try log.prepare(wallMilliseconds: wallMilliseconds()) {}
        let results = try log.stage(
            [
                .createTopic(
                    name: topic, id: LogID(head: 1, tail: 1), partitions: partitions,
                    TopicSettings())
            ], wallMilliseconds: wallMilliseconds())
        try log.flush(wallMilliseconds: wallMilliseconds())
        guard case .partitions(let first, _) = results.first else {
            throw BenchError("no partition", errno: 0)
        }
        return (log, first)
    }

    private static func batch(_ records: Int, of bytes: Int) -> [UInt8] {
        let value = [UInt8](repeating: 0x61, count: bytes)
        return RecordBatch.encode(
            (0..<records).map { _ in
                LogRecord(key: nil, value: value, timestamp: wallMilliseconds())
            })
    }

    // Lines.

    private static func oneInFlight(_ place: WorkPlace, _ table: inout Table) throws {
        let (log, partition) = try made(place.disk + "/one")
        let count = 5_000
        var ours = Samples()
        var raw = Samples()
        // Side by side, in turns: a disk's speed changes within a run.
        for _ in 0..<5 {
            raw.add(try RawDisk.flushes(place.disk, bytes: 200, count: count / 5))
            for _ in 0..<count / 5 {
                let begin = Machine.now
                _ = try log.stage(
                    [.batch(partition, batch(1, of: 200))], wallMilliseconds: wallMilliseconds())
                try log.flush(wallMilliseconds: wallMilliseconds())
                ours.add(Machine.now - begin)
            }
        }
        let (a, b) = (ours.summary(), raw.summary())
        let (rate, limit) = (1e6 / ours.mean, 1e6 / raw.mean)
        table.add(
            "log: 200 B, one in flight, each synced", rate, "records/s", goal: ">= 80 % of raw",
            beside: "raw fdatasync \(Table.text(limit))/s: \(Table.text(100 * rate / limit)) %",
            isOk: rate >= 0.8 * limit)
        table.add(
            "  p99", a.p99, "us", goal: "<= raw + 1,000", beside: "raw \(Table.text(b.p99)) us",
            isOk: a.p99 <= b.p99 + 1_000)
    }

    private static func manyInFlight(_ place: WorkPlace, _ table: inout Table) throws {
        let records = 60_000
        let (first, of) = try made(place.disk + "/threads")
        let threads = try Appenders.rate(
            first, of, appenders: 64, records: records, bytes: 200)
        let (second, its) = try made(place.disk + "/loop")
        let loop = try Appenders.loopRate(
            second, its, appenders: 64, records: records, bytes: 200)
        let (log, partition) = try made(place.disk + "/many")
        let rate = try Appenders.taskRate(
            log, partition, appenders: 64, records: records, bytes: 200)
        mkdir(place.disk + "/redis", 0o755)
        let redis = try RedisPeer(place.disk + "/redis")
        defer { redis.end() }
        let one = try redis.rate(clients: 1, records: 5_000)
        let peer = try redis.rate(clients: 64, records: records)
        table.add(
            "log: 200 B, 64 appenders, each synced", rate, "records/s", goal: ">= 3 x Redis",
            beside:
                "Redis streams \(Table.text(peer))/s: \(Table.text(rate / peer, 1)) x"
                + " (1 client \(Table.text(one))/s)",
            isOk: rate >= 3 * peer)
        table.add("  answered to an event loop of another thread", loop, "records/s")
        table.add("  as 64 threads that block", threads, "records/s")
    }

    private static func batches(_ place: WorkPlace, _ table: inout Table) throws {
        let settings = LogSettings(segments: 32)
        let (log, partition) = try made(place.disk + "/batches", settings)
        let bytes = batch(8_000, of: 100)
        let rounds = 250
        let begin = Machine.now
        for _ in 0..<rounds {
            _ = try log.stage([.batch(partition, bytes)], wallMilliseconds: wallMilliseconds())
            try log.flush(wallMilliseconds: wallMilliseconds())
        }
        let seconds = (Machine.now - begin).seconds
        let rate = Double(rounds * 8_000) / seconds
        let device = try RawDisk.sequentialRate(place.disk)
        let ours = Double(rounds * bytes.count) / seconds
        let child = try Child(
            Machine.ownDirectory + "/standpipe-bench", ["--log-scan", place.disk + "/batches"],
            reads: true)
        let (text, status) = child.text()
        guard status == 0, let read = text.split(separator: " ").first.flatMap({ Double($0) }) else {
            throw BenchError("the reader said: \(text)", errno: 0)
        }
        table.add(
            "log: read by one reader, one partition", read, "GB/s", digits: 2, goal: ">= 2",
            beside: "page cache, checksums checked", isOk: read >= 2)
        table.add(
            "log: 100 B in batches of 8,000, each synced", rate, "records/s",
            goal: ">= 1,000,000",
            beside:
                "\(Table.text(ours / 1e6)) MB/s; disk, 1 MiB synced: "
                + "\(Table.text(device / 1e6)) MB/s",
            isOk: rate >= 1_000_000 || ours >= 0.8 * device)
    }

    /// Another process reads each record as soon as it may and writes down when that was.
    private static func visible(_ place: WorkPlace, _ table: inout Table) throws {
        let path = place.disk + "/seen"
        let (log, partition) = try made(path)
        let page = try LivePageWriter(
            path: place.memory + "/live", log: log.index.log, directory: path)
        page.publish(durable: log.durableEnd, oldest: log.oldestSegment, LiveCounters())
        log.publish = { page.publish(durable: $0, oldest: $1, LiveCounters()) }
        let child = try Child(
            Machine.ownDirectory + "/standpipe-bench", ["--log-reader", path, "3000"], reads: true)
        Machine.sleep(.milliseconds(500))
        var syncs = Samples()
        for _ in 0..<3_000 {
            let begin = Machine.now
            var value = [UInt8](repeating: 0, count: 200)
            withUnsafeBytes(of: begin.nanoseconds) { bytes in
                for (index, byte) in bytes.enumerated() { value[index] = byte }
            }
            let batch = RecordBatch.encode([
                LogRecord(key: nil, value: value, timestamp: wallMilliseconds())
            ])
            _ = try log.stage([.batch(partition, batch)], wallMilliseconds: wallMilliseconds())
            try log.flush(wallMilliseconds: wallMilliseconds())
            syncs.add(Machine.now - begin)
            Machine.sleep(Interval(nanoseconds: 500_000))
        }
        let (text, status) = child.text()
        guard status == 0, let p99 = Double(text.split(separator: "\n").last ?? "") else {
            throw BenchError("the reader said: \(text)", errno: 0)
        }
        let raw = try RawDisk.flushes(place.disk, bytes: 200, count: 3_000).summary()
        table.add(
            "log: append to seen in another process, p99", p99, "us",
            goal: "<= fdatasync + 500",
            beside:
                "raw fdatasync p99 \(Table.text(raw.p99)) us,"
                + " our append p99 \(Table.text(syncs.summary().p99)) us",
            isOk: p99 <= raw.p99 + 500)
    }

    /// The other process of `visible`: prints the p99 in microseconds.
    static func runReader(directory: String, count: Int) throws {
        var reader = try LogReader(directory: directory)
        guard let partition = reader.index.topic(named: topic)?.partitions.first else {
            throw BenchError("no topic", errno: 0)
        }
        var samples = Samples()
        var next = reader.index.highWatermark(partition) ?? 0
        var bytes: [UInt8] = []
        let end = Machine.now + .seconds(60)
        while samples.count < count, Machine.now < end {
            guard reader.wait(milliseconds: 5_000) else { continue }
            _ = try reader.refresh()
            while next < reader.index.highWatermark(partition) ?? 0 {
                bytes.removeAll(keepingCapacity: true)
                next = try reader.read(partition, from: next, maxBytes: 1 << 20, into: &bytes).next
                try bytes.withUnsafeBytes { batches in
                    try RecordBatch.forEachRecord(batches) { record in
                        guard let value = record.value, value.count >= 8 else { return }
                        let sent = value.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
                        samples.add(Machine.now - Instant(nanoseconds: sent))
                    }
                }
            }
        }
        print(Table.text(samples.summary().p99, 1).filter { $0 != "," })
    }

    /// On a log that has reached its cap and uses its segments again, as a board's does for most of
    /// its life. Before that each segment is once written with zeros.
    private static func deviceBytes(_ place: WorkPlace, _ table: inout Table) throws {
        let settings = LogSettings(segments: 6)
        let (log, partition) = try made(place.disk + "/device", settings)
        func perFlush(_ bytes: Int, _ count: Int) throws -> Double {
            // The batch's head and the record's own length are payload too.
            let content = batch(1, of: bytes - 80)
            // What others wrote before must not be counted.
            sync()
            Machine.sleep(.milliseconds(200))
            let before = RawDisk.deviceBytes(place.disk)
            for _ in 0..<count {
                _ = try log.stage(
                    [.batch(partition, content)], wallMilliseconds: wallMilliseconds())
                try log.flush(wallMilliseconds: wallMilliseconds())
            }
            guard let before, let after = RawDisk.deviceBytes(place.disk) else {
                throw BenchError("no block device under \(place.disk)", errno: 0)
            }
            return Double(after - before) / Double(count)
        }
        let first = try perFlush(65_536, 2 * settings.segments * settings.segmentBytes / 65_536)
        for (bytes, count) in [(4_096, 8_000), (65_536, 2_000)] {
            let written = try perFlush(bytes, count)
            table.add(
                "log: device bytes a byte, flushes of \(Table.text(Double(bytes))) B",
                written / Double(bytes), "x", digits: 2, goal: "<= 1.3",
                beside: bytes == 4_096
                    ? "\(Table.text(written)) B a flush"
                    : "\(Table.text(first / Double(bytes), 2)) x in the first two rounds",
                isOk: written <= 1.3 * Double(bytes))
        }
        let written = try perFlush(200, 8_000)
        table.add(
            "log: device bytes, a flush of 200 B", written, "B", goal: "<= 5,200",
            isOk: written <= 5_200)
    }

    /// A gigabyte of records in a hundred partitions: recovery, reading, memory.
    private static func large(_ place: WorkPlace, _ table: inout Table) throws {
        let path = place.disk + "/large"
        let settings = LogSettings(segments: 72)
        do {
            let (log, first) = try made(path, settings, partitions: 100)
            // 10,000,000 records of 100 bytes.
            let bytes = batch(1_000, of: 90)
            for round in 0..<1_000 {
                let steps: [AppendStep] = (0..<10).map { number in
                    let place = UInt32(truncatingIfNeeded: (round * 10 + number) % 100)
                    return .batch(PartitionID(rawValue: first.rawValue + place), bytes)
                }
                _ = try log.stage(steps, wallMilliseconds: wallMilliseconds())
                try log.flush(wallMilliseconds: wallMilliseconds())
            }
        }
        try recovery(path, settings, "closed by kill", 200, &table)
        try tear(path)
        try recovery(path, settings, "torn", 1_000, &table)
        let child = try Child(
            Machine.ownDirectory + "/standpipe-bench", ["--log-scan", path], reads: true)
        let (text, status) = child.text()
        let words = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard status == 0, words.count == 3 else {
            throw BenchError("the reader said: \(text)", errno: 0)
        }
        table.add(
            "log: read by one reader, 100 partitions in turn", words[0], "GB/s", digits: 2,
            goal: ">= 2", beside: "page cache, checksums checked", isOk: words[0] >= 2)
        table.add(
            "log: memory, 100 partitions, \(Table.text(words[2])) records", words[1], "MB",
            digits: 1, goal: "<= 8", beside: "resident, reader's process over one without a log",
            isOk: words[1] <= 8)
    }

    private static func recovery(
        _ path: String, _ settings: LogSettings, _ what: String, _ goal: Double,
        _ table: inout Table
    ) throws {
        sync()
        let drop = Glibc.open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC)
        let isCold = drop >= 0 && write(drop, "3", 1) == 1
        if drop >= 0 { close(drop) }
        let begin = Machine.now
        let log = try open(path, settings)
        let milliseconds = (Machine.now - begin).seconds * 1e3
        let report = log.recovery
        table.add(
            "log: recovery of 1 GB, \(what)", milliseconds, "ms", digits: 1,
            goal: "<= \(Table.text(goal))",
            beside:
                "\(isCold ? "cold" : "warm") cache, \(Table.text(Double(report.bytesRead) / 1e6, 1))"
                + " MB read, \(report.tornBytes) torn",
            isOk: milliseconds <= goal)
    }

    /// Leaves what a power cut in the middle of a long write leaves.
    private static func tear(_ path: String) throws {
        let end: Int
        let number: UInt32
        let id: LogID
        let sequence: UInt64
        do {
            let log = try open(path, LogSettings(segments: 72))
            end = Int(log.durableEnd.length)
            number = log.durableEnd.segment
            id = log.index.log
            sequence = log.index.nextSequence
        }
        guard let name = try DirectoryFiles(path).names().first(where: { name in
            name.hasSuffix(".segment") && name.dropLast(8).allSatisfy(\.isNumber)
                && UInt32(name.dropLast(8)) == number
        }) else { throw BenchError("no segment \(number)", errno: 0) }
        let file = Glibc.open(path + "/" + name, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw BenchError("open \(name)") }
        defer { close(file) }
        var garbage = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        garbage.withUnsafeMutableBytes { bytes in
            FrameHeader(
                length: 900_000, kind: .data, entries: 10, log: id, segment: number,
                position: UInt32(truncatingIfNeeded: end), sequence: sequence, previousLength: 0,
                wallMilliseconds: 0, previousHash: .zero
            ).write(into: bytes)
        }
        guard pwrite(file, garbage, garbage.count, off_t(end)) == garbage.count, fsync(file) == 0
        else { throw BenchError("write \(name)") }
    }

    /// The other process of `large`: prints GB/s, MB of memory, records.
    static func runScan(directory: String) throws {
        let before = Machine.kibibytes("VmRSS", of: getpid()) ?? 0
        var reader = try LogReader(directory: directory)
        let partitions = reader.index.topic(named: topic)?.partitions ?? []
        let records = partitions.reduce(Int64(0)) { $0 + (reader.index.partition($1)?.records ?? 0) }
        let memory = (Machine.kibibytes("VmRSS", of: getpid()) ?? 0) - before
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 << 20)
        var rate = 0.0
        // The first round fills the page cache.
        for _ in 0..<2 {
            var total = 0
            let begin = Machine.now
            for partition in partitions {
                var next = reader.index.partition(partition)?.logStart ?? 0
                let end = reader.index.highWatermark(partition) ?? 0
                while next < end {
                    bytes.removeAll(keepingCapacity: true)
                    next = try reader.read(
                        partition, from: next, maxBytes: 1 << 20, into: &bytes
                    ).next
                    total += bytes.count
                }
            }
            rate = Double(total) / (Machine.now - begin).seconds / 1e9
        }
        print("\(Table.text(rate, 3)) \(Table.text(Double(memory) / 1_024, 1)) \(records)")
    }
}
