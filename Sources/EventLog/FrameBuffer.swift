// One frame while it is composed: aligned memory that grows up to a limit. Entries are put in as they
// are staged, so that what waits for the disk already stands as it will be written; sealing gives the
// frame its place, its hash and its checksum, and can be done again for another place when the first
// could not be written. Called by `EventLog`; never touches a file.

import CRC32C

/// Aligned, growing, bounded memory for one frame.
package final class FrameBuffer {
    /// Where a frame can be cut back to: see `cut`.
    struct Mark {
        fileprivate let count: Int
        fileprivate let entries: Int
    }

    /// Bytes of the header and the entries.
    package private(set) var count = JournalFormat.frameHeaderBytes
    package private(set) var entries = 0
    package let limit: Int

    private var memory: UnsafeMutableRawBufferPointer
    private let sectorBytes: Int

    private static let alignment = 4_096
    private static let firstBytes = 64 << 10

    /// A buffer for frames of at most `limit` bytes.
    package init(limit: Int, sectorBytes: Int) {
        self.limit = JournalFormat.round(
            max(limit, JournalFormat.frameHeaderBytes), up: sectorBytes)
        self.sectorBytes = sectorBytes
        memory = .allocate(
            byteCount: JournalFormat.round(min(self.limit, Self.firstBytes), up: Self.alignment),
            alignment: Self.alignment)
    }

    deinit { memory.deallocate() }

    package var isEmpty: Bool { entries == 0 }

    /// Bytes on the disk: up to the end of the last sector.
    package var writtenBytes: Int { JournalFormat.round(count, up: sectorBytes) }

    /// Whether an entry with a body of `length` bytes still fits.
    package func hasRoom(for length: Int) -> Bool { hasRoom(entryBytes: entryBytes(length), 1) }

    /// Whether `more` entries of together `entryBytes` bytes still fit.
    package func hasRoom(entryBytes: Int, _ more: Int) -> Bool {
        entries + more <= Int(UInt16.max) && entryBytes <= limit - count
    }

    private func entryBytes(_ length: Int) -> Int {
        length > limit ? Int.max / 2 : JournalFormat.entryBytes(length)
    }

    var mark: Mark { Mark(count: count, entries: entries) }

    /// Takes away what came after `mark`.
    func cut(to mark: Mark) {
        count = mark.count
        entries = mark.entries
    }

    /// Whether something was put in since `mark`.
    func isBehind(_ mark: Mark) -> Bool { entries > mark.entries }

    /// The body of the entry that begins at `position`.
    func body(at position: Int) -> UnsafeRawBufferPointer {
        let length = UnsafeRawBufferPointer(memory).little(UInt32.self, at: position + 12)
        let start = position + JournalFormat.entryHeaderBytes
        return UnsafeRawBufferPointer(rebasing: memory[start..<start + Int(length)])
    }

    package func clear() {
        count = JournalFormat.frameHeaderBytes
        entries = 0
    }

    /// Puts an entry in. Its length and body checksum are taken from `body`; `prepare` may change the
    /// copy of the body before. The caller asked `hasRoom`. Returns where the entry begins.
    @inline(__always)
    package func append(
        _ entry: EntryHeader, _ body: UnsafeRawBufferPointer,
        prepare: (UnsafeMutableRawBufferPointer) -> Void = { _ in }
    ) -> Int {
        precondition(hasRoom(for: body.count))
        let start = count
        let span = JournalFormat.entryBytes(body.count)
        grow(to: start + span)
        let area = UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + span])
        let copy = UnsafeMutableRawBufferPointer(
            rebasing: area[
                JournalFormat.entryHeaderBytes..<JournalFormat.entryHeaderBytes + body.count])
        copy.copyMemory(from: body)
        prepare(copy)
        for index in (JournalFormat.entryHeaderBytes + body.count)..<span { area[index] = 0 }
        var entry = entry
        entry.length = UInt32(truncatingIfNeeded: body.count)
        entry.bodyChecksum = CRC32C.checksum(of: UnsafeRawBufferPointer(copy))
        entry.write(into: area)
        count = start + span
        entries += 1
        return start
    }

    /// Makes the frame what stands at `place`: header, hash, checksum, zeros up to a sector. May be
    /// called again with another header. Length and count of entries are set here.
    package func seal(_ place: FrameHeader) -> FrameHeader {
        var header = place
        header.length = UInt32(truncatingIfNeeded: count)
        header.entries = UInt16(truncatingIfNeeded: entries)
        let written = writtenBytes
        grow(to: written)
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<written])
            .initializeMemory(as: UInt8.self, repeating: 0)
        header.write(into: memory)
        header.hash = Self.hash(of: frame)
        memory.store(header.hash, at: 96)
        header.checksum = CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: frame[8...]))
        memory.store(header.checksum, at: 4)
        return header
    }

    /// The hash that belongs into a frame's header, from all its bytes but the hash and checksum.
    package static func hash(of frame: UnsafeRawBufferPointer) -> Digest {
        var hash = SHA256()
        hash.update(UnsafeRawBufferPointer(rebasing: frame[8..<96]))
        hash.update(UnsafeRawBufferPointer(rebasing: frame[128...]))
        return hash.digest()
    }

    /// Header and entries.
    package var frame: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// What goes out: the frame and the zeros up to a sector. Only after `seal`.
    package var written: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[..<writtenBytes])
    }

    private func grow(to needed: Int) {
        guard needed > memory.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: JournalFormat.round(
                min(max(needed, memory.count * 2), max(needed, limit)), up: Self.alignment),
            alignment: Self.alignment)
        UnsafeMutableRawBufferPointer(rebasing: larger[..<count])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }
}

/// Walks the entries of a frame that was found valid. Stops at what cannot be an entry.
package struct FrameEntries: Sequence, IteratorProtocol {
    private let frame: UnsafeRawBufferPointer
    private var position = JournalFormat.frameHeaderBytes

    /// `frame` begins with the frame's header and ends with its last entry.
    package init(_ frame: UnsafeRawBufferPointer) {
        self.frame = frame
    }

    /// The next entry: its header, its body, and where in the frame its header begins.
    package mutating func next() -> (EntryHeader, UnsafeRawBufferPointer, Int)? {
        guard position < frame.count else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: frame[position...])
        guard let entry = EntryHeader(rest) else { return nil }
        let start = position
        position = start + entry.span
        return (entry, entry.body(in: rest), start)
    }
}
