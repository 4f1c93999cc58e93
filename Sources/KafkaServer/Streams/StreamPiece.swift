// The decision of a stream: batches that were read go in, batches to append come out, and the offset
// up to which they speak for the input. Pure: no log, no clock. Called by `StreamEngine`.
//
// A batch of which every record is wanted goes through as its producer packed it. Of others the records
// that pass are put together into new ones, as they are: key, value, headers and timestamp, in their
// order. Those are not packed again.

import Codecs
import EventLog
import Streams

/// What a piece of the input becomes.
struct StreamPiece {
    /// Bytes of batches that go out in one append: what a frame of the log holds, less room for the rest.
    static let mostBytes = 768 << 10
    /// A batch beyond this is taken apart, so that it and a commit fit one frame.
    private static let longestWhole = 512 << 10
    /// Bytes of records that come out of one packed batch at most.
    static let mostUnpacked = 8 << 20

    private(set) var batches: [[UInt8]] = []
    /// Where the input goes on.
    private(set) var next: Int64
    /// Bytes of input that were looked at.
    private(set) var read = 0
    /// Offsets that were passed over, as nobody can unpack them.
    private(set) var unreadable: [Range<Int64>] = []
    /// Bytes that go out.
    private(set) var bytes = 0
    private var builder = BatchBuilder()

    private let aborted: [AbortedPart]

    /// Takes what it may of `input`: whole batches in a row, of which the first may begin before
    /// `start`, without those of `aborted` transactions. `unpacked` keeps the last batch that was
    /// unpacked, for the next piece of it.
    init(
        _ input: [UInt8], from start: Int64, _ condition: StreamCondition,
        without aborted: [AbortedPart], _ unpacked: inout UnpackedBatch?
    ) {
        self.aborted = aborted
        next = start
        unsafe input.withUnsafeBytes { input in
            var place = 0
            var isFull = false
            while !isFull, place < input.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: input[place...])
                guard let header = unsafe BatchHeader(rest), header.batchLength <= rest.count else {
                    break
                }
                let batch = unsafe UnsafeRawBufferPointer(rebasing: rest[..<header.batchLength])
                isFull = unsafe !take(batch, header, condition, &unpacked)
                if !isFull { place += header.batchLength }
            }
            read = place
        }
        closeBuilder()
    }

    private func isAborted(_ header: BatchHeader) -> Bool {
        header.isTransactional
            && aborted.contains {
                $0.producerID == header.producerID
                    && ($0.first...$0.last).contains(header.baseOffset)
            }
    }

    /// False: there is no room for the batch, or for all of it.
    private mutating func take(
        _ batch: UnsafeRawBufferPointer, _ header: BatchHeader, _ condition: StreamCondition,
        _ unpacked: inout UnpackedBatch?
    ) -> Bool {
        let end = header.baseOffset &+ Int64(header.lastOffsetDelta) &+ 1
        guard end > next, !header.isControl, !isAborted(header) else {
            next = max(next, end)
            return true
        }
        if condition.isEmpty, header.baseOffset >= next, batch.count <= Self.longestWhole {
            guard bytes == 0 || bytes + batch.count <= Self.mostBytes else { return false }
            closeBuilder()
            var copy = unsafe Array(batch)
            unsafe copy.withUnsafeMutableBytes { unsafe RecordBatch.clearProducer($0) }
            bytes += copy.count
            batches.append(copy)
            next = end
            return true
        }
        if header.codec == BatchHeader.Codec.none {
            return unsafe sift(batch, end, condition)
        }
        if unpacked?.baseOffset != header.baseOffset || unpacked?.checksum != header.checksum {
            do throws(UnpackError) {
                unpacked = UnpackedBatch(
                    baseOffset: header.baseOffset, checksum: header.checksum,
                    bytes: try unsafe Unpacked.batch(batch, most: Self.mostUnpacked))
            } catch {
                unpacked = nil
                pass(end)
                return true
            }
        }
        let isDone = unsafe (unpacked?.bytes ?? []).withUnsafeBytes {
            unsafe sift($0, end, condition)
        }
        if isDone { unpacked = nil }
        return isDone
    }

    /// Takes the records that pass; false: there is no room for all of them.
    private mutating func sift(
        _ batch: UnsafeRawBufferPointer, _ end: Int64, _ condition: StreamCondition
    ) -> Bool {
        var isFull = false
        do throws(BatchError) {
            try unsafe RecordBatch.forEachRaw(batch) { record in
                let offset = record.offset
                guard offset >= next else { return true }
                if unsafe condition.passes(key: record.key, value: record.value) {
                    let size = unsafe record.body.count + 32
                    guard bytes == 0 || bytes + size <= Self.mostBytes else {
                        isFull = true
                        return false
                    }
                    if builder.count > 0, builder.bytes.count + size > Self.longestWhole {
                        closeBuilder()
                    }
                    builder.append(record)
                    bytes += size
                }
                next = offset + 1
                return true
            }
        } catch {
            pass(end)
            return true
        }
        if isFull { return false }
        next = end
        return true
    }

    private mutating func pass(_ end: Int64) {
        unreadable.append(next..<end)
        next = end
    }

    private mutating func closeBuilder() {
        guard builder.count > 0 else { return }
        builder.finish()
        batches.append(builder.bytes)
        builder.removeAll()
    }
}

/// A batch that was unpacked, and which one it was.
struct UnpackedBatch {
    var baseOffset: Int64
    var checksum: UInt32
    var bytes: [UInt8]
}
