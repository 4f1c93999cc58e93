// Damage of every kind in the files of a log, and what its next start makes of it.

import EventLog
import Glibc
import Testing

@Suite struct RecoveryTests {
    /// A log with `count` records of one vital and one ordinary partition in turns, each its own
    /// flush, not closed.
    private func make(
        _ directory: TemporaryLog, _ count: Int, bytes: Int = 100
    ) throws -> (PartitionID, PartitionID) {
        let log = try directory.open()
        let vital = try log.makeTopic("alarms", isVital: true)
        let ordinary = try log.makeTopic("signals")
        for number in 0..<count {
            let value = [UInt8](repeating: UInt8(number & 255), count: bytes)
            try log.add(number % 2 == 0 ? vital : ordinary, value)
        }
        return (vital, ordinary)
    }

    /// Where the frames of a segment stand.
    private func frames(_ bytes: [UInt8]) -> [(position: Int, header: FrameHeader)] {
        var found: [(Int, FrameHeader)] = []
        var position = JournalFormat.segmentHeaderBytes
        bytes.withUnsafeBytes { bytes in
            while position < bytes.count,
                let header = FrameHeader(
                    unchecked: UnsafeRawBufferPointer(rebasing: bytes[position...]))
            {
                found.append((position, header))
                position += JournalFormat.round(Int(header.length), up: 512)
            }
        }
        return found
    }

    private let first = "0000000001.segment"

    @Test("RECORD: every single flipped bit of the last frame is told from a torn write")
    func lastFrameBits() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 3)
        var last = (position: 0, length: 0)
        try directory.edit(first) { bytes in
            let frame = frames(bytes).last
            last = (frame?.position ?? 0, Int(frame?.header.length ?? 0))
        }
        #expect(last.length > 200)
        for bit in stride(from: 0, to: last.length * 8, by: 11) {
            let place = last.position + bit / 8
            try directory.edit(first) { $0[place] ^= 1 << (bit % 8) }
            do {
                let log = try directory.open()
                #expect(log.recovery.rot.count == 1, "bit \(bit)")
                #expect(log.recovery.tornBytes == 0, "bit \(bit)")
                // The record is there, or it is known to be lost: its offset is not given again.
                let isKept = log.index.locate(vital, offset: 1) != nil
                let isGap = log.index.gap(vital, at: 1) != nil
                #expect(isKept || isGap, "bit \(bit)")
                #expect(log.index.highWatermark(vital) ?? 0 >= 2, "bit \(bit)")
                #expect(log.lastFailure == nil)
            }
            try directory.edit(first) { $0[place] ^= 1 << (bit % 8) }
        }
        // Turned back, it is whole again.
        let log = try directory.open()
        #expect(log.recovery.isDamaged == false)
        #expect(log.index.highWatermark(vital) == 2)
    }

    @Test("RECORD: a last frame in a file used again that lacks one bit is written again, whole")
    func bitInUsedFile() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 3, bytes: 1_200)
        do {
            let log = try directory.open()
            while try log.prepare(wallMilliseconds: 1_000) {}
            #expect(log.spareCount > 0)
        }
        try directory.edit(first) { bytes in
            let frame = frames(bytes).last?.position ?? 0
            bytes[frame + 1_000] ^= 1
            // What the file held as another segment.
            bytes[frame + 8_192] = 1
        }
        for _ in 0..<2 {
            let log = try directory.open()
            #expect(!log.recovery.isDamaged)
            #expect(log.index.gaps.isEmpty && log.index.lostMeta == 0)
            #expect(log.index.highWatermark(vital) == 2)
            #expect(log.index.locate(vital, offset: 1)?.place.segment == 2)
        }
    }

    @Test("RECORD: after a rotten last frame the log goes on behind it, and stays known as rotten")
    func goOnBehindRot() throws {
        let directory = try TemporaryLog()
        let (vital, ordinary) = try make(directory, 3)
        try directory.edit(first) { bytes in
            let frame = frames(bytes).last?.position ?? 0
            bytes[frame + 200] ^= 1
        }
        var before: LogIndex?
        do {
            let log = try directory.open()
            #expect(log.recovery.rot.count == 1)
            #expect(log.index.gap(vital, at: 1)?.isExact == true)
            #expect(try log.add(vital, [5]) == 2)
            #expect(try log.add(ordinary, [5]) == 1)
            before = log.index
        }
        let log = try directory.open()
        #expect(log.recovery.rot.count == 1)
        #expect(log.index == before)
    }

    @Test("RECORD: a frame of which any part was never written is torn, and its offset given again")
    func torn() throws {
        for missing in 0..<3 {
            let directory = try TemporaryLog()
            let (vital, _) = try make(directory, 3, bytes: 1_200)
            try directory.edit(first) { bytes in
                let frame = frames(bytes).last?.position ?? 0
                let sector = frame + missing * 512
                bytes.replaceSubrange(
                    sector..<sector + 512, with: [UInt8](repeating: 0, count: 512))
            }
            let log = try directory.open()
            #expect(log.recovery.rot.isEmpty)
            #expect(log.recovery.isDamaged == false)
            #expect(log.index.highWatermark(vital) == 1)
            #expect(try log.add(vital, [1]) == 1)
        }
    }

    @Test("RECORD: a last sector of one bit that was never written is not taken for rot")
    func onlyBit() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 1)
        var value = [UInt8](repeating: 0, count: 700)
        value[500] = 1
        do { try directory.open().add(vital, value) }
        try directory.edit(first) { bytes in
            let start = (frames(bytes).last?.position ?? 0) + 512
            let sector = bytes[start..<start + 512]
            #expect(sector.reduce(0) { $0 + $1.nonzeroBitCount } == 1)
            for place in start..<start + 512 { bytes[place] = 0 }
        }
        var found: LogIndex?
        do {
            let log = try directory.open()
            #expect(log.recovery.isDamaged == false)
            #expect(log.index.gaps.isEmpty)
            #expect(log.index.partition(vital)?.records == 2)
            found = log.index
        }
        #expect(try directory.open().index == found)
        try directory.edit(first) { bytes in
            let start = (frames(bytes).last?.position ?? 0) + 512
            #expect(bytes[start..<start + 512].reduce(0) { $0 + $1.nonzeroBitCount } == 1)
        }
    }

    @Test("RECORD: a lost frame in the middle is a gap, and what came later is kept")
    func middle() throws {
        let directory = try TemporaryLog()
        let (vital, ordinary) = try make(directory, 20)
        try directory.edit(first) { bytes in
            // Checkpoint, two topics, then the records: the frame of the vital offset 3.
            let frame = frames(bytes)[3 + 6].position
            bytes.replaceSubrange(frame..<frame + 512, with: [UInt8](repeating: 0xAA, count: 512))
        }
        let log = try directory.open()
        #expect(log.recovery.rot.count == 1)
        #expect(log.index.gaps.map(\.offsets) == [3..<4])
        #expect(log.index.gaps.first?.partition == vital)
        #expect(log.index.highWatermark(vital) == 10)
        #expect(log.index.highWatermark(ordinary) == 10)
        #expect(try log.add(vital, [1]) == 10)
    }

    @Test("RECORD: blocks that stand in a wrong place or come twice are never read as records")
    func misdirected() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 20)
        try directory.edit(first) { bytes in
            let all = frames(bytes)
            let (from, to) = (all[3 + 4].position, all[3 + 8].position)
            bytes.replaceSubrange(to..<to + 512, with: Array(bytes[from..<from + 512]))
        }
        let log = try directory.open()
        #expect(log.recovery.rot.count == 1)
        #expect(log.index.gap(vital, at: 4) != nil)
        #expect(log.index.partition(vital)?.records == 9)
        #expect(log.index.highWatermark(vital) == 10)
    }

    @Test("RECORD: without a checkpoint or a header everything is read from an older one")
    func checkpoints() throws {
        let directory = try TemporaryLog()
        let (vital, ordinary) = try make(directory, 400, bytes: 900)
        let segments = directory.names.filter { $0.hasSuffix(".segment") }
        #expect(segments.count >= 3)
        let whole = try directory.open().index
        for damage in [100..<200, 4_096..<4_300, 0..<4_608] {
            let newest = try #require(segments.last)
            var kept: [UInt8] = []
            try directory.edit(newest) { bytes in
                kept = Array(bytes[damage])
                bytes.replaceSubrange(
                    damage, with: [UInt8](repeating: 0x5A, count: damage.count))
            }
            do {
                let log = try directory.open()
                #expect(log.recovery.isDamaged)
                #expect(log.lastFailure == nil)
                for partition in [vital, ordinary] {
                    #expect(log.index.highWatermark(partition) == 200, "\(damage)")
                    #expect(
                        log.index.partition(partition)?.records
                            == whole.partition(partition)?.records, "\(damage)")
                }
            }
            try directory.edit(newest) { $0.replaceSubrange(damage, with: kept) }
        }
    }

    @Test("RECORD: a missing segment is a gap with its offsets, and foreign files are left alone")
    func missing() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 600, bytes: 900)
        let segments = directory.names.filter { $0.hasSuffix(".segment") }
        #expect(segments.count >= 4)
        let other = try TemporaryLog()
        _ = try EventLog(
            DirectoryFiles(other.path), TemporaryLog.small, wallMilliseconds: 1,
            newLog: LogID(head: 8, tail: 8))
        var foreign: [UInt8] = []
        try other.edit(first) { foreign = $0 }
        try directory.edit(segments[1]) { $0 = Array(foreign.prefix($0.count)) }
        let log = try directory.open()
        #expect(log.recovery.foreign == [segments[1]])
        #expect(log.recovery.missing.map { SegmentName.segment($0).text } == [segments[1]])
        #expect(log.index.gaps.contains { $0.partition == vital && $0.isExact })
        #expect(log.index.highWatermark(vital) == 300)
        var still: [UInt8] = []
        try directory.edit(segments[1]) { still = $0 }
        #expect(still == foreign)
    }

    @Test("BOUNDED: a rotten frame that fills its last sector, and nothing behind it, is passed")
    func frameWithoutPadding() throws {
        let directory = try TemporaryLog()
        var end: Int64?
        do {
            let log = try directory.open()
            let vital = try log.makeTopic("alarms", isVital: true)
            // Entries are rounded to 8 bytes, so one of these fills its sectors.
            for bytes in stride(from: 200, to: 200 + 512, by: 8) {
                try log.add(vital, [UInt8](repeating: 1, count: bytes))
            }
            try log.add(vital, [1])
            try log.add(vital, [1])
            end = log.index.highWatermark(vital)
        }
        try directory.edit(first) { bytes in
            let all = frames(bytes)
            let full = all.indices.first { all[$0].header.length % 512 == 0 && $0 > 2 }
            guard let one = full else { return }
            bytes[all[one].position + 200] ^= 1
            let next = all[one + 1].position..<all[one + 2].position
            bytes.replaceSubrange(next, with: [UInt8](repeating: 0, count: next.count))
        }
        let again = try directory.open()
        #expect(again.recovery.rot.count == 1)
        #expect(again.index.gaps.count == 1)
        #expect(again.index.highWatermark(PartitionID(rawValue: 1)) == end)
    }

    @Test("RECORD: an old segment whose file was cut off is reported, though nobody reads it yet")
    func cutOff() throws {
        let directory = try TemporaryLog()
        _ = try make(directory, 400, bytes: 900)
        #expect(truncate(directory.path + "/" + first, 16_384) == 0)
        let log = try directory.open()
        #expect(log.recovery.rot.map(\.segment) == [1])
        #expect(log.recovery.rot.first?.positions.lowerBound == 16_384)
    }

    @Test("RECORD: a lost write of the newest segment's header does not cost its records")
    func staleHeader() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 400, bytes: 900)
        let newest = try #require(directory.names.filter { $0.hasSuffix(".segment") }.last)
        var old: [UInt8] = []
        try directory.edit(first) { old = Array($0[..<4_096]) }
        try directory.edit(newest) { $0.replaceSubrange(..<4_096, with: old) }
        let log = try directory.open()
        #expect(log.recovery.isDamaged)
        #expect(log.index.highWatermark(vital) == 200)
        #expect(log.index.gaps.isEmpty)
    }

    @Test("BOUNDED: a segment full of headers with long lengths does not hold up the start")
    func longLengths() throws {
        let directory = try TemporaryLog()
        let (vital, _) = try make(directory, 4)
        try directory.edit(first) { bytes in
            let end = (frames(bytes).last?.position ?? 0) + 512
            bytes.withUnsafeMutableBytes { bytes in
                for position in stride(from: end + 512, to: bytes.count - 512, by: 512) {
                    FrameHeader(
                        length: UInt32(bytes.count - position), kind: .data, entries: 1,
                        log: LogID(head: 1, tail: 2), segment: 1, position: UInt32(position),
                        sequence: 99, previousLength: 0, wallMilliseconds: 0, previousHash: .zero
                    ).write(into: UnsafeMutableRawBufferPointer(rebasing: bytes[position...]))
                }
            }
        }
        let log = try directory.open()
        #expect(log.index.highWatermark(vital) == 2)
        #expect(try log.add(vital, [1]) == 2)
    }
}
