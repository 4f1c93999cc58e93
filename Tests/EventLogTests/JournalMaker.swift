// Makes logs on real files for the tests of readers: the same frames in the same order as the
// engine's, with the test in charge of every step. Not durable, and not for anything else.

import EventLog
import Glibc

final class JournalMaker {
    let directory: String
    let sector = 512
    let segmentBytes: Int
    private(set) var index: LogIndex
    private(set) var number: UInt32 = 0
    private(set) var position = 0
    private var file: Int32 = -1
    private var wall: Int64 = 1_700_000_000_000
    private let buffer = FrameBuffer(limit: 4 << 20, sectorBytes: 512)

    init(_ directory: String, segmentBytes: Int = 256 << 10, log: LogID = LogID(head: 7, tail: 9)) {
        self.directory = directory
        self.segmentBytes = segmentBytes
        index = LogIndex(log: log)
        roll()
    }

    deinit { close(file) }

    var end: DurableEnd { DurableEnd(segment: number, length: UInt32(position)) }

    static func batch(_ values: [[UInt8]], time: Int64) -> [UInt8] {
        RecordBatch.encode(values.map { LogRecord(key: nil, value: $0, timestamp: time) })
    }

    func topic(_ name: String, _ id: PartitionID, partitions: Int = 1, isVital: Bool = false) {
        add(
            .createTopic(
                name: name, id: LogID(head: 1, tail: UInt64(id.rawValue)), first: id,
                partitions: partitions, settings: TopicSettings(isVital: isVital)))
        flush()
    }

    func add(_ meta: MetaEntry) {
        meta.encoded().withUnsafeBytes {
            _ = buffer.append(EntryHeader(kind: .meta, length: 0, bodyChecksum: 0), $0)
        }
    }

    /// Adds a batch to the frame, at `base`.
    func add(
        _ partition: PartitionID, _ batch: [UInt8], count: Int, at base: Int64,
        isCopied: Bool = false
    ) {
        batch.withUnsafeBytes {
            _ = buffer.append(
                EntryHeader(
                    kind: .batch, isCopied: isCopied, partition: partition.rawValue, length: 0,
                    baseOffset: base, count: UInt32(count), bodyChecksum: 0), $0
            ) { copy in
                RecordBatch.setBase(offset: base, leaderEpoch: 0, in: copy)
            }
        }
    }

    /// One batch of one record as one frame; its offset.
    @discardableResult
    func append(_ partition: PartitionID, _ value: [UInt8]) -> Int64 {
        let base = index.highWatermark(partition) ?? 0
        wall += 1
        add(partition, Self.batch([value], time: wall), count: 1, at: base)
        flush()
        return base
    }

    func flush(_ kind: FrameHeader.Kind = .data) {
        if position + buffer.writtenBytes + 16_384 > segmentBytes, kind == .data { roll() }
        write(kind)
    }

    func close() { write(.closing) }

    private func write(_ kind: FrameHeader.Kind) {
        wall += 1
        let header = buffer.seal(
            FrameHeader(
                length: 0, kind: kind, entries: 0, log: index.log, segment: number,
                position: UInt32(position), sequence: index.nextSequence,
                previousLength: index.segments.last?.length ?? 4_096, wallMilliseconds: wall,
                previousHash: index.lastHash))
        put(buffer.written, at: position)
        index.fold(header, buffer.frame, at: UInt32(position), segment: number)
        position += buffer.writtenBytes
        buffer.clear()
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at position: Int) {
        precondition(pwrite(file, bytes.baseAddress, bytes.count, off_t(position)) == bytes.count)
    }

    /// Goes on to the next segment, on a spare where there is one.
    func roll() {
        let waiting = buffer.isEmpty ? nil : Array(buffer.frame)
        let entries = waiting.map { frame in
            frame.withUnsafeBytes { bytes in FrameEntries(bytes).map { ($0.0, Array($0.1)) } }
        }
        buffer.clear()
        if number > 0 {
            part(index.samples.encoded())
            write(.index)
            close(file)
        }
        let last = index.segments.last
        let header = SegmentHeader(
            log: index.log, segment: number + 1, segmentBytes: UInt32(segmentBytes),
            sectorBytes: UInt32(sector), previousSegment: last?.number ?? 0,
            previousLength: last?.length ?? 0, firstSequence: index.nextSequence,
            createdMilliseconds: wall, hashBefore: index.lastHash)
        number += 1
        let name = "\(directory)/\(SegmentName.segment(number).text)"
        rename("\(directory)/spare-1", name)
        file = open(name, O_RDWR | O_CREAT, 0o600)
        precondition(file >= 0 && ftruncate(file, off_t(segmentBytes)) == 0)
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { area in
            header.write(into: area)
            put(UnsafeRawBufferPointer(area), at: 0)
        }
        index.begin(header)
        position = 4_096
        part(index.checkpoint())
        write(.checkpoint)
        for (entry, body) in entries ?? [] {
            body.withUnsafeBytes { _ = buffer.append(entry, $0) }
        }
    }

    private func part(_ body: [UInt8]) {
        body.withUnsafeBytes {
            _ = buffer.append(EntryHeader(kind: .part, length: 0, bodyChecksum: 0), $0)
        }
    }

    /// Frees the oldest segment; its file becomes the spare for the next roll.
    func freeOldest() {
        guard let oldest = index.segments.first?.number, oldest != number else { return }
        add(.freed(segment: oldest))
        write(.data)
        rename("\(directory)/\(SegmentName.segment(oldest).text)", "\(directory)/spare-1")
    }

    /// Bytes of a segment's file.
    func bytes(of segment: UInt32) -> [UInt8] {
        Self.bytes("\(directory)/\(SegmentName.segment(segment).text)")
    }

    static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY)
        defer { Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: max(0, Int(lseek(file, 0, SEEK_END))))
        let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        return Array(bytes.prefix(max(0, count)))
    }

    /// Changes bytes of a segment's file where they are.
    func damage(_ segment: UInt32, at position: Int, _ bytes: [UInt8]) {
        let file = open("\(directory)/\(SegmentName.segment(segment).text)", O_WRONLY)
        defer { Glibc.close(file) }
        bytes.withUnsafeBytes { _ = pwrite(file, $0.baseAddress, $0.count, off_t(position)) }
    }

    private func close(_ file: Int32) { Glibc.close(file) }
}
