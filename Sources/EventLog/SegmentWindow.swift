// A window over one segment file: recovery, copying forward and checking walk a segment through it
// without holding all of it. Lengths that were read from a disk are bounded here by the file.

/// Reads one segment piece by piece.
package final class SegmentWindow {
    package let segment: UInt32
    /// Bytes of the file, cut to whole sectors.
    package let end: Int
    package private(set) var bytesRead = 0
    /// Where the last bytes end that could not be read and for which zeros stand; 0: there are none.
    package private(set) var lastUnreadable = 0

    private let file: LogFile
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var count = 0

    private static let pieceBytes = 1 << 20
    private static let alignment = 4_096

    /// A window over `file`, of which the first `end` bytes are looked at.
    package init(_ file: LogFile, segment: UInt32, end: Int) {
        self.file = file
        self.segment = segment
        self.end = max(end, 0) & ~(Self.alignment - 1)
        memory = .allocate(
            byteCount: min(Self.pieceBytes, max(self.end, Self.alignment)),
            alignment: Self.alignment)
    }

    deinit { memory.deallocate() }

    /// Bytes `position ..< position + length`, fewer where the segment ends. Good until the next
    /// call.
    package func bytes(
        at position: Int, _ length: Int, _ files: inout some LogFiles
    ) throws(FileError) -> UnsafeRawBufferPointer {
        let wanted = max(min(length, end - position), 0)
        if position < start || position + wanted > start + count {
            try fill(from: position & ~(Self.alignment - 1), upTo: position + wanted, &files)
        }
        let first = min(max(position - start, 0), count)
        return UnsafeRawBufferPointer(
            rebasing: memory[first..<min(first + wanted, count)])
    }

    private func fill(
        from: Int, upTo: Int, _ files: inout some LogFiles
    ) throws(FileError) {
        let needed = JournalFormat.round(upTo - from, up: Self.alignment)
        if needed > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: needed, alignment: Self.alignment)
        }
        start = from
        count = 0
        let length = max(min(memory.count, end - from), 0)
        guard length > 0 else { return }
        let area = UnsafeMutableRawBufferPointer(rebasing: memory[..<length])
        do throws(FileError) {
            count = try files.read(file, at: from, into: area)
        } catch {
            count = try readAround(area, at: from, &files)
        }
        bytesRead += count
    }

    /// Reads what can be read of `area`; zeros stand for the rest.
    /// - Throws: none of it can.
    private func readAround(
        _ area: UnsafeMutableRawBufferPointer, at position: Int, _ files: inout some LogFiles
    ) throws(FileError) -> Int {
        var failure: FileError?
        var good = 0
        for start in stride(from: 0, to: area.count, by: Self.alignment) {
            let piece = UnsafeMutableRawBufferPointer(
                rebasing: area[start..<min(start + Self.alignment, area.count)])
            piece.initializeMemory(as: UInt8.self, repeating: 0)
            do throws(FileError) {
                good += try files.read(file, at: position + start, into: piece)
            } catch {
                piece.initializeMemory(as: UInt8.self, repeating: 0)
                failure = error
                lastUnreadable = max(lastUnreadable, position + start + piece.count)
            }
        }
        if good == 0, let failure { throw failure }
        return area.count
    }
}
