// What kafka-python packs with every codec is unpacked here, record by record; what is no codec's is an
// error and never a trap; what is too large is not made.

import Codecs
import EventLog
import Foundation
import Testing

@Suite struct UnpackedTests {
    /// A line of Tests/peers/kafka-batches.
    private struct PeerBatch: Codable {
        struct Record: Codable {
            var offset: Int64
            var timestamp: Int64
            var key: Data?
            var value: Data?
        }
        var batch: Data
        var records: [Record]
    }

    private func batches(_ seed: UInt64) throws -> [PeerBatch] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("peers")
        let python = try output(folder.appendingPathComponent("python-env").path, [])
            .split(separator: "\n").last
        let lines = try output(
            String(try #require(python)),
            [folder.appendingPathComponent("kafka-batches").path, "build", "\(seed)"])
        return try lines.split(separator: "\n").map {
            try JSONDecoder().decode(PeerBatch.self, from: Data($0.utf8))
        }
    }

    private func output(_ command: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command)")
        return String(decoding: data, as: UTF8.self)
    }

    @Test("Records that kafka-python has packed come out as they went in; damage is an error")
    func theirs() throws {
        let seed = UInt64.random(in: 1...1_000_000)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var codecs: Set<UInt8> = []
        for batch in try batches(seed) {
            let bytes = Array(batch.batch)
            let header = try #require(bytes.withUnsafeBytes { BatchHeader($0) })
            codecs.insert(header.codec?.rawValue ?? 9)
            let unpacked = try bytes.withUnsafeBytes { try Unpacked.batch($0, most: 8 << 20) }
            var found: [LogRecord] = []
            try unpacked.withUnsafeBytes { batch in
                try RecordBatch.forEachRecord(batch) { found.append($0) }
            }
            #expect(found.count == batch.records.count, "seed \(seed)")
            for (record, wanted) in zip(found, batch.records) {
                #expect(record.key == wanted.key.map { Array($0) }, "seed \(seed)")
                #expect(record.value == wanted.value.map { Array($0) }, "seed \(seed)")
                #expect(record.timestamp == wanted.timestamp && record.offset == wanted.offset)
            }
            guard header.codec != BatchHeader.Codec.none else { continue }
            #expect(throws: UnpackError.tooLarge) {
                try bytes.withUnsafeBytes { try Unpacked.batch($0, most: 4_999) }
            }
            for _ in 0..<50 {
                var damaged = bytes
                for _ in 0...next(3) {
                    let place = BatchHeader.bytes + next(damaged.count - BatchHeader.bytes)
                    damaged[place] = UInt8(next(256))
                }
                // Whatever comes of it, it ends and stays within the limit.
                let result = try? damaged.withUnsafeBytes {
                    try Unpacked.batch($0, most: 1 << 20)
                }
                #expect((result?.count ?? 0) <= (1 << 20) + BatchHeader.bytes, "seed \(seed)")
            }
        }
        #expect(codecs == [0, 1, 2, 3, 4])
    }

    @Test("BOUNDED: a block of snappy that says that it is large is not made room for")
    func snappyLies() {
        // 4 GiB - 1, as snappy writes a length, and nothing behind it.
        let packed: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        var batch = RecordBatch.encode([LogRecord(value: [1], timestamp: 0)])
        batch = Array(batch[..<BatchHeader.bytes]) + packed
        batch[11] = UInt8(batch.count - 12)
        batch[22] = 2
        for most in [1 << 20, Int.max] {
            #expect(throws: UnpackError.self) {
                try batch.withUnsafeBytes { try Unpacked.batch($0, most: most) }
            }
        }
    }
}
