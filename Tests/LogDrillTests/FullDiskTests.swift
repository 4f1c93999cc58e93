// A file system that is full to the last byte: the log that is there starts and takes appends for
// ever; one that is not there yet waits. On a small tmpfs and on a small ext4 in a file; where
// nothing may be mounted, that is printed and nothing is tested.

import EventLog
import Glibc
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct FullDiskTests {
    private static let settings = LogSettings(
        segmentBytes: 64 << 10, segments: 6, reserve: 1, longestFrame: 8 << 10)

    @Test(
        "RECORD: a log starts and goes on with 0 bytes free", arguments: ["tmpfs", "ext4"])
    func fullDisk(kind: String) throws {
        let directory = try ScratchDirectory("full")
        guard try Self.mount(kind, directory.path) else { return }
        defer { _ = try? Self.shell("umount '\(directory.path)'; rm -f '\(directory.path).image'") }
        let home = directory.path + "/log"
        try #require(mkdir(home, 0o700) == 0)
        let wall: Int64 = 1_700_000_000_000
        do {
            let log = try Self.open(home)
            _ = try log.stage(
                [
                    .createTopic(
                        name: "alarms", id: LogID(head: 1, tail: 1), partitions: 1,
                        TopicSettings())
                ], wallMilliseconds: wall)
            try Self.append(400, log, wall)
        }
        let empty = directory.path + "/empty"
        try #require(mkdir(empty, 0o700) == 0)
        try Self.fill(directory.path + "/ballast")

        // Several starts, and more than the whole log holds.
        var before: Int64 = 0
        for _ in 0..<3 {
            let log = try Self.open(home)
            let end = try #require(log.index.highWatermark(PartitionID(rawValue: 1)))
            #expect(end >= before)
            try Self.append(1_500, log, wall)
            before = end + 1_500
            #expect(log.index.highWatermark(PartitionID(rawValue: 1)) == before)
            #expect(log.index.gaps.isEmpty && !log.recovery.isDamaged)
        }
        let waiting = try Self.open(empty)
        #expect(waiting.isDegraded)
        _ = try waiting.stage(
            [
                .createTopic(
                    name: "alarms", id: LogID(head: 1, tail: 1), partitions: 1, TopicSettings())
            ], wallMilliseconds: wall)
        #expect(throws: FileError.self) { try waiting.flush(wallMilliseconds: wall) }
        unlink(directory.path + "/ballast")
        try waiting.flush(wallMilliseconds: wall)
        #expect(!waiting.isDegraded)
        print("full disk: \(kind), \(before) records, 4,500 of them with 0 bytes free")
    }

    /// Another test that starts a program may hold a copy of the lock for a moment.
    private static func open(_ path: String) throws -> EventLog<DirectoryFiles> {
        var files: DirectoryFiles?
        for _ in 0..<200 where files == nil {
            files = try? DirectoryFiles(path)
            if files == nil { usleep(10_000) }
        }
        return try EventLog(
            files ?? DirectoryFiles(path), settings, wallMilliseconds: 1_700_000_000_000)
    }

    private static func append(
        _ count: Int, _ log: EventLog<DirectoryFiles>, _ wall: Int64
    ) throws {
        for number in 0..<count {
            let batch = RecordBatch.encode([
                LogRecord(value: [UInt8](repeating: UInt8(number & 255), count: 200), timestamp: 1)
            ])
            _ = try log.stage([.batch(PartitionID(rawValue: 1), batch)], wallMilliseconds: wall)
            try log.flush(wallMilliseconds: wall)
        }
    }

    /// Writes until not one byte more goes.
    private static func fill(_ path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let zeros = [UInt8](repeating: 1, count: 1 << 16)
        var size = zeros.count
        while size > 0 {
            if write(file, zeros, size) <= 0 { size /= 2 }
        }
        fsync(file)
        while write(file, zeros, 1) == 1 {}
    }

    private static func mount(_ kind: String, _ path: String) throws -> Bool {
        let command =
            kind == "tmpfs"
            ? "mount -t tmpfs -o size=1m none '\(path)'"
            : "truncate -s 4M '\(path).image' && mkfs.ext4 -q -m 0 '\(path).image' && "
                + "mount -o loop '\(path).image' '\(path)'"
        guard try shell(command) == 0 else {
            print("full disk: skipped, nothing can be mounted here: \(command)")
            return false
        }
        return true
    }

    private static func shell(_ command: String) throws -> Int32 {
        let script = "PATH=$PATH:/sbin:/usr/sbin; { \(command); } 2>/dev/null"
        return try Spawned(["/bin/sh", "-c", script], output: 2).wait()
    }
}
