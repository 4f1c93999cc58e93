// Reads every byte of a log and says what is not as it was written: headers, frames, entries,
// batches, the zeros between them, the chain of hashes through all segments, the row of offsets of
// every partition. Called by `standpipe verify`; of the index it takes no more than the offsets at
// which the oldest segment begins. Changes nothing and may run beside the writer.
//
// Where nobody can tell a torn write from damage, at the end of a log whose writer did not close
// it, it says damage: the writer's next start settles it. A log that is closed, or whose live page
// is still there, has a known end.

import CRC32C
import Glibc

package struct LogVerifier {
    /// Longest segment that is read: the buffer holds one.
    private static let longestSegment = 1 << 30

    private let directory: SegmentDirectory
    private let live: LivePageReader
    var report = VerifyReport()
    /// The offset that comes next, of every partition that has had one.
    var next: [UInt32: Int64] = [:]
    /// A partition that is not in `next` has had none: the oldest checkpoint was read.
    var isComplete = false
    /// Where the frame before ended, and what the next one has to continue; nil: not known.
    var chain: Chain?

    struct Chain {
        var sequence: UInt64
        var hash: Digest
    }

    /// - Throws: the directory cannot be opened.
    package init(directory path: String) throws(FileError) {
        directory = try SegmentDirectory(path)
        live = LivePageReader(directory: path)
    }

    /// One segment with what its successor says of it.
    private struct Part {
        var number: UInt32
        var header: SegmentHeader?
        /// End of what is durable; nil: to be found.
        var end: Int?
        var isLast = false
    }

    /// Checks everything. `progress` gets the bytes done and the bytes in all.
    /// - Throws: a file that cannot be read.
    package mutating func run(
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(FileError) -> VerifyReport {
        // The end before the names: what the writer adds from now on is left out.
        let end = live.durable
        report.isLive = live.isLive
        let listing = try directory.list()
        report.spares = listing.spares.count
        for name in listing.others { report.note(nil, nil, "\(name) is no file of a log") }
        var parts = try parts(listing, end)
        link(&parts, end)
        let total = parts.reduce(UInt64(0)) { $0 + UInt64($1.header?.segmentBytes ?? 0) }
        var done: UInt64 = 0
        for part in parts {
            try check(part)
            done += UInt64(part.header?.segmentBytes ?? 0)
            progress(done, total)
        }
        if let chain { report.finalHash = chain.hash }
        if parts.isEmpty { report.damage(nil, nil, "there is no segment of a log") }
        return report
    }

    /// The segments that belong to the log, oldest first.
    private mutating func parts(
        _ listing: SegmentDirectory.Listing, _ end: DurableEnd?
    ) throws(FileError) -> [Part] {
        var parts: [Part] = []
        for number in listing.segments {
            if report.isLive, let end, number > end.segment { continue }
            guard let file = try directory.open(number) else {
                if !isFreed(number) { report.damage(number, nil, "is no regular file") }
                continue
            }
            parts.append(Part(number: number, header: try file.header(), end: nil))
        }
        // The log is the one that most of its segments belong to, or the writer's.
        var votes: [LogID: Int] = [:]
        for part in parts { if let log = part.header?.log { votes[log, default: 0] += 1 } }
        let most = votes.values.max() ?? 0
        report.log =
            (report.isLive ? live.log : nil)
            ?? parts.last { $0.header.map { votes[$0.log] == most } ?? false }?.header?.log
        let log = report.log
        for part in parts where part.header != nil && part.header?.log != log {
            report.damage(part.number, nil, "belongs to another log")
        }
        parts.removeAll { $0.header != nil && $0.header?.log != log }
        return parts
    }

    /// Tells every part where it ends, from its successor, and finds missing ones.
    private mutating func link(_ parts: inout [Part], _ end: DurableEnd?) {
        var chain: [Part] = []
        for part in parts.reversed() {
            var part = part
            if let after = chain.last, let header = after.header {
                if header.previousSegment < part.number {
                    report.note(
                        part.number, nil,
                        "was given up by the writer before anything was written there")
                    continue
                }
                if header.previousSegment == part.number {
                    part.end = Int(header.previousLength)
                } else {
                    report.damage(
                        after.number, 0,
                        "follows segment \(header.previousSegment), which is missing")
                }
            }
            chain.append(part)
        }
        parts = chain.reversed()
        guard let last = parts.indices.last else { return }
        parts[last].isLast = true
        guard let end, live.log == report.log else { return }
        if report.isLive {
            if parts[last].number == end.segment {
                parts[last].end = Int(end.length)
            } else if parts[last].number < end.segment, !isFreed(end.segment) {
                report.damage(end.segment, nil, "is missing; the writer writes it")
            }
        } else if parts[last].number < end.segment {
            report.damage(end.segment, nil, "is missing; the last writer has written it")
        }
    }

    /// Whether a segment has been given free for use again by a writer that is at work.
    private func isFreed(_ number: UInt32) -> Bool { live.isLive && number < live.oldest }

    // One segment

    private mutating func check(_ part: Part) throws(FileError) {
        guard let file = try directory.open(part.number) else {
            if !isFreed(part.number) { report.damage(part.number, nil, "is missing") }
            return
        }
        guard file.bytes >= JournalFormat.segmentHeaderBytes, file.bytes <= Self.longestSegment
        else {
            report.damage(part.number, nil, "has \(file.bytes) bytes: no segment has")
            return
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: file.bytes, alignment: 4_096)
        defer { memory.deallocate() }
        let before = self
        let count = try file.read(at: 0, into: memory)
        let bytes = UnsafeRawBufferPointer(rebasing: memory[..<count])
        report.segments += 1
        if count == file.bytes {
            checkHeader(part, bytes)
            checkFrames(part, bytes)
        } else {
            report.damage(part.number, count, "ends before its end")
        }
        // Written again meanwhile: what was read may be of two segments.
        if isFreed(part.number) || (live.isLive && !directory.holds(file)) {
            self = before
            chain = nil
            report.note(part.number, nil, "was freed by the writer while it was being checked")
        }
    }

    private mutating func checkHeader(_ part: Part, _ bytes: UnsafeRawBufferPointer) {
        guard let header = part.header else {
            report.damage(part.number, 0, "its header is damaged")
            return
        }
        for place in 128..<JournalFormat.segmentHeaderBytes where bytes[place] != 0 {
            report.damage(part.number, place, "bytes behind the header are not zero")
            break
        }
        report.bytes += UInt64(JournalFormat.segmentHeaderBytes)
        if let chain {
            if header.firstSequence != chain.sequence {
                report.damage(
                    part.number, 0,
                    "begins with frame \(header.firstSequence), expected \(chain.sequence)")
            }
            if header.hashBefore != chain.hash {
                report.damage(part.number, 0, "does not continue the chain of hashes")
            }
        }
        chain = Chain(sequence: header.firstSequence, hash: header.hashBefore)
    }

    private mutating func checkFrames(_ part: Part, _ bytes: UnsafeRawBufferPointer) {
        let log = part.header?.log ?? report.log ?? LogID(head: 0, tail: 0)
        // Without a header: the smallest sector finds every frame.
        let sector = Int(part.header?.sectorBytes ?? 64)
        let known = part.end.map { min($0, bytes.count) }
        if let end = part.end, end > bytes.count || end < JournalFormat.segmentHeaderBytes {
            report.damage(part.number, nil, "is said to end at \(end), which it cannot")
        }
        let limit = known ?? bytes.count
        /// End of the last whole frame.
        var end = JournalFormat.segmentHeaderBytes
        while end < limit {
            guard
                let (position, frame) = nextFrame(
                    in: bytes, from: end, to: limit, sector: sector, log: log, part.number)
            else { break }
            let isNext = frame.previousLength == UInt32(end)
            if position > end && !(isNext && isZero(bytes, end..<position)) {
                lost(part.number, end..<position, bytes, frame.sequence)
            } else if !isNext {
                report.damage(
                    part.number, position, "does not continue the frame before it")
            }
            let whole = UnsafeRawBufferPointer(
                rebasing: bytes[position..<position + Int(frame.length)])
            checkFrame(frame, whole, part.number)
            end = position + JournalFormat.round(Int(frame.length), up: sector)
            let padding = position + Int(frame.length)..<min(end, bytes.count)
            if !isZero(bytes, padding) {
                report.damage(part.number, padding.lowerBound, "padding is not zero")
            }
            report.bytes += UInt64(JournalFormat.round(Int(frame.length), up: sector))
            report.isClosed = frame.kind == .closing
        }
        checkEnd(part, bytes, end: end, known: known, sector: sector, log: log)
    }

    /// The first valid frame at `start` or behind.
    private func nextFrame(
        in bytes: UnsafeRawBufferPointer, from start: Int, to limit: Int, sector: Int, log: LogID,
        _ segment: UInt32
    ) -> (Int, FrameHeader)? {
        var position = start
        while position < limit {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position..<limit])
            if let frame = FrameHeader.valid(rest, log: log, segment: segment, position: position) {
                return (position, frame)
            }
            position += sector
        }
        return nil
    }

    /// What stands behind the last whole frame.
    private mutating func checkEnd(
        _ part: Part, _ bytes: UnsafeRawBufferPointer, end: Int, known: Int?, sector: Int,
        log: LogID
    ) {
        if let known {
            if end < known { lost(part.number, end..<known, bytes, nil) }
            return
        }
        // A dead writer's page still says what was durable.
        if let page = live.durable, live.log == log, page.segment == part.number,
            Int(page.length) > end, Int(page.length) <= bytes.count
        {
            lost(part.number, end..<Int(page.length), bytes, nil)
            return
        }
        guard end + JournalFormat.frameHeaderBytes <= bytes.count else { return }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[end...])
        // Any two of the fields that only a frame of this place has: one of them may be what broke.
        var marks = 0
        if rest.little(UInt32.self, at: 0) == JournalFormat.frameMagic { marks += 1 }
        if LogID(head: rest.little(UInt64.self, at: 16), tail: rest.little(UInt64.self, at: 24))
            == log
        {
            marks += 1
        }
        // Older bytes of a segment that is used again have the two above, but never these.
        var own = 0
        if rest.little(UInt32.self, at: 32) == part.number { own += 1 }
        if let chain, rest.little(UInt64.self, at: 40) == chain.sequence { own += 1 }
        if let chain, chain.hash != .zero, rest.digest(at: 64) == chain.hash { own += 1 }
        guard own > 0, own + marks >= 2 else { return }
        report.damage(
            part.number, end,
            "the last frame is not whole: a write that was cut off, of which nothing was "
                + "acknowledged, or damage; the writer's next start cuts it off")
    }

    private func isZero(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        for place in range where bytes[place] != 0 { return false }
        return true
    }
}
