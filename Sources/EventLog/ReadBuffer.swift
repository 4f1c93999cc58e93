// A window over the segments that a reader walks through. Bytes are asked for by segment and
// position; neighbours come along, so that a walk costs one pread for many frames. Bounded: it
// grows to the longest frame or entry and never beyond a segment. Called by `LogReader` only.

final class ReadBuffer {
    /// A quarter megabyte stays in the processor's cache between checking and copying.
    private static let usualBytes = 256 << 10
    private static let firstBytes = 4 << 10
    private static let lineBytes = 64

    /// How much the next fill reads, if not more is needed: little after a jump, where nobody knows
    /// whether what stands behind is wanted, and more with every fill in a row.
    private var window = ReadBuffer.usualBytes

    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 4_096)
    private var segment: UInt32 = 0
    private var start = 0
    private var count = 0

    deinit { memory.deallocate() }

    /// What stands at `position` and behind: `needed` bytes and what else is at hand, fewer only
    /// when `limit` or the file's end comes first. Good until the next call.
    @inline(__always)
    func bytes(
        _ file: SegmentFile, at position: Int, needed: Int, limit: Int
    ) throws(FileError) -> UnsafeRawBufferPointer {
        let needed = max(0, min(needed, limit - position))
        if file.number != segment || position < start || position + needed > start + count {
            try fill(file, at: position, needed: needed, limit: limit)
        }
        let from = min(position - start, count)
        return UnsafeRawBufferPointer(
            rebasing: memory[from..<max(from, min(count, limit - start))])
    }

    private func fill(
        _ file: SegmentFile, at wantedPosition: Int, needed wantedBytes: Int, limit: Int
    ) throws(FileError) {
        // The kernel copies at half the speed where source and destination lie differently in their
        // cache lines: what is read begins with a line, in the file as in memory.
        let position = wantedPosition / Self.lineBytes * Self.lineBytes
        let needed = wantedBytes + wantedPosition - position
        // What is at hand already moves to the front.
        let isNear = file.number == segment && position >= start && position < start + count
        let kept = isNear ? start + count - position : 0
        let rest = UnsafeRawBufferPointer(rebasing: memory[(count - kept)..<count])
        if memory.count < max(needed, Self.usualBytes) {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(needed, Self.usualBytes), alignment: 4_096)
            larger.copyMemory(from: rest)
            memory.deallocate()
            memory = larger
        } else {
            memory.copyMemory(from: rest)
        }
        forget()
        let wanted = max(0, min(max(needed, window), limit - position, memory.count))
        window = min(window * 4, Self.usualBytes)
        guard wanted > kept else { return }
        let got = try file.read(
            at: position + kept,
            into: UnsafeMutableRawBufferPointer(rebasing: memory[kept..<wanted]))
        segment = file.number
        start = position
        count = kept + got
    }

    /// What comes next may stand anywhere.
    func jump() { window = Self.firstBytes }

    /// The next call reads the file again.
    func forget() {
        start = 0
        count = 0
    }

    /// Gives back what one long frame needed.
    func shrink() {
        guard memory.count > Self.usualBytes else { return }
        forget()
        memory.deallocate()
        memory = .allocate(byteCount: 0, alignment: 4_096)
    }
}
