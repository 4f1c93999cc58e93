// The real thing: a writer on real files, in a process of its own, killed with SIGKILL again and
// again; this process reads the log as any reader does and compares it with what was acknowledged.
// KILLS sets how often.

import EventLog
import Glibc
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct KillLoopTests {
    private struct Place: Hashable {
        var partition: UInt64
        var base: Int64
    }

    @Test("RECORD: kill -9 at any moment loses nothing that was acknowledged")
    func killLoop() throws {
        let kills = getenv("KILLS").flatMap { Int(String(cString: $0)) } ?? 200
        let directory = try ScratchDirectory("kill")
        var random = SystemRandomNumberGenerator()
        var acknowledged: [Place: UInt64] = [:]
        var total = 0
        for kill in 1...kills {
            let told = try Self.write(
                directory.path, milliseconds: Int.random(in: 0...40, using: &random))
            total += told.count
            for (place, checksum) in told {
                #expect(acknowledged[place] == nil, "kill \(kill): \(place) was given twice")
                acknowledged[place] = checksum
            }
            // Killed before there was a log.
            if acknowledged.isEmpty { continue }
            try Self.check(directory.path, &acknowledged, kill)
        }
        print("kill loop: \(kills) kills, \(total) batches acknowledged, 0 lost")
        #expect(total > 0)
    }

    /// Reads everything; what fell below the log start is forgotten.
    private static func check(
        _ path: String, _ acknowledged: inout [Place: UInt64], _ kill: Int
    ) throws {
        let reader = try LogReader(directory: path)
        for topic in reader.index.topics {
            for id in topic.partitions {
                guard let info = reader.index.partition(id) else { continue }
                let key = UInt64(id.rawValue)
                acknowledged = acknowledged.filter {
                    $0.key.partition != key || $0.key.base >= info.logStart
                }
                var found: [Int64: UInt64] = [:]
                var next = info.logStart
                while next < info.highWatermark {
                    var bytes: [UInt8] = []
                    let result = try reader.read(id, from: next, maxBytes: 1 << 20, into: &bytes)
                    try #require(result.next > next, "kill \(kill): no end at \(next)")
                    next = result.next
                    bytes.withUnsafeBytes { all in
                        var rest = all[...]
                        while let batch = BatchHeader(UnsafeRawBufferPointer(rebasing: rest)) {
                            found[batch.baseOffset] = UInt64(batch.checksum)
                            rest = rest.dropFirst(batch.batchLength)
                        }
                    }
                }
                for (place, checksum) in acknowledged where place.partition == key {
                    #expect(
                        found[place.base] == checksum,
                        "kill \(kill): \(place.base) of \(key) is lost, \(info)")
                }
            }
        }
        #expect(reader.index.gaps.isEmpty)
    }

    /// Starts a writer, kills it, and returns what it acknowledged.
    private static func write(_ path: String, milliseconds: Int) throws -> [(Place, UInt64)] {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        defer { close(ends[0]) }
        let writer = try Spawned(["log-drill", "--write", path], output: ends[1])
        close(ends[1])
        // The time counts from the first acknowledgement, or a while where there is none.
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        func take() -> Bool {
            let count = read(ends[0], &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] }
            return count > 0
        }
        if milliseconds > 4 { _ = take() } else { usleep(UInt32(milliseconds) * 4_000) }
        let end = clockMilliseconds() + milliseconds
        var poller = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while clockMilliseconds() < end {
            if poll(&poller, 1, 1) > 0, !take() { break }
        }
        writer.kill()
        while take() {}
        return bytes.withUnsafeBytes { all in
            (0..<all.count / 24).map { number in
                let one = UnsafeRawBufferPointer(rebasing: all[(number * 24)...])
                return (
                    Place(
                        partition: one.little(UInt64.self, at: 0),
                        base: one.little(Int64.self, at: 8)),
                    one.little(UInt64.self, at: 16)
                )
            }
        }
    }

    private static func clockMilliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
