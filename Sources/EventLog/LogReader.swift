// One process's view of a log that another one writes, or that nobody writes. It folds the writer's
// frames into an index of its own up to the durable end that the live page tells (LivePage.swift),
// and reads whole record batches by offset. Called by the tool for people and the gateway.
//
// It opens files for reading only and takes no lock: nothing here can hold up the writer. Instead
// every read asks afterwards whether the segments it has read are still the log's. Without a living
// writer all valid frames count, as they do for the writer's own recovery.
//
// See `+Follow` for what keeps the index up to date and `+Read` for reading. Not for several threads
// at once.

package final class LogReader {
    /// Segments kept open beside the last one: a reader of one partition after another comes by all.
    private static let openFiles = 64
    /// What the samples of sealed segments may hold together; one segment's always.
    private static let loadedSamples = 65_536

    package let path: String
    package internal(set) var index = LogIndex(log: LogID(head: 0, tail: 0))
    /// Frames, or parts of them, that were damaged when this reader came to them.
    package internal(set) var rotten = 0

    let live: LivePageReader
    var directory: SegmentDirectory
    let buffer = ReadBuffer()
    /// The segment that is being written, and how far it is folded.
    var current: SegmentFile?
    var folded = DurableEnd(segment: 0, length: 0)
    /// What the page said at the last refresh.
    var seen: DurableEnd?
    /// The index has missed something that the next checkpoint knows.
    var hasMissed = false
    /// Where an open end was searched for later frames already.
    var searched: DurableEnd?
    private var files: [SegmentFile] = []
    private var indexes: [(segment: UInt32, index: SegmentIndex?)] = []
    var cursors: [PartitionID: ReadCursor] = [:]

    /// Opens the log in `directory` and folds it up to its end.
    /// - Throws: `noLog`, or the file call that failed.
    package init(directory path: String) throws(ReadError) {
        self.path = path
        live = LivePageReader(directory: path)
        do throws(FileError) {
            directory = try SegmentDirectory(path)
        } catch {
            throw .file(error)
        }
        try reload()
    }

    /// Whether a writer is at work, as far as its live page tells.
    package var isLive: Bool { live.isLive && live.log == index.log }

    /// What the writer says of itself, dead or alive; nil without a page of this log.
    package var counters: LiveCounters? { live.log == index.log ? live.counters : nil }

    /// When the writer of the page started, by its boot clock.
    package var writerStartedNanoseconds: Int64? {
        live.log == index.log ? live.started?.bootNanoseconds : nil
    }

    /// Sleeps until `refresh` has something to look at, or `milliseconds` are over (nil: without
    /// limit). False when they are. May be early.
    package func wait(milliseconds: Int32? = nil) -> Bool {
        live.wait(past: seen, milliseconds: milliseconds)
    }

    // What is asked for every request: through `index` another module would copy all its tables.

    package func topic(named name: String) -> TopicInfo? { index.topic(named: name) }

    package func partition(_ id: PartitionID) -> PartitionInfo? { index.partition(id) }

    package func logStart(_ id: PartitionID) -> Int64? { index.logStart(id) }

    /// Bytes of a segment.
    package var segmentBytes: Int { Int(index.segmentBytes) }

    /// Files that wait to become segments.
    package func spareCount() throws(FileError) -> Int { try directory.list().spares.count }

    // Files

    /// The open file of a segment; nil when it is not there any more.
    func file(_ segment: UInt32) throws(FileError) -> SegmentFile? {
        if let current, current.number == segment { return current }
        if let open = files.first(where: { $0.number == segment }) { return open }
        guard let opened = try directory.open(segment) else { return nil }
        if files.count >= Self.openFiles { files.removeFirst() }
        files.append(opened)
        return opened
    }

    /// Whether what was just read of `file` may be of its next use.
    func isGone(_ file: SegmentFile) -> Bool {
        live.isLive ? file.number < live.oldest : !directory.holds(file)
    }

    /// Opens a segment anew when it is read next.
    func forget(_ segment: UInt32) {
        files.removeAll { $0.number == segment }
        indexes.removeAll { $0.segment == segment }
        buffer.forget()
    }

    func forgetFiles() {
        current = nil
        files = []
        indexes = []
        cursors = [:]
        buffer.forget()
    }

    // Indexes of sealed segments

    /// The samples of a sealed segment; nil when it has none that can be read.
    func samples(of segment: UInt32) throws(FileError) -> SegmentIndex? {
        if let loaded = indexes.first(where: { $0.segment == segment }) { return loaded.index }
        let loaded = try load(segment)
        var held = indexes.reduce(loaded?.count ?? 0) { $0 + ($1.index?.count ?? 0) }
        while held > Self.loadedSamples, !indexes.isEmpty {
            held -= indexes.removeFirst().index?.count ?? 0
        }
        indexes.append((segment, loaded))
        return loaded
    }

    private func load(_ segment: UInt32) throws(FileError) -> SegmentIndex? {
        guard let slot = index.segmentSlot(segment),
            let position = index.segments[slot].indexPosition, let file = try file(segment),
            let (frame, bytes) = try frame(
                file, at: Int(position), limit: Int(index.segments[slot].length)),
            frame.kind == .index
        else { return nil }
        return Self.parts(bytes).withUnsafeBytes { SegmentIndex($0) }
    }

    /// The valid frame at `position`; nil when there is none.
    func frame(
        _ file: SegmentFile, at position: Int, limit: Int
    ) throws(FileError) -> (FrameHeader, UnsafeRawBufferPointer)? {
        let limit = min(limit, file.bytes)
        var bytes = try buffer.bytes(
            file, at: position, needed: JournalFormat.frameHeaderBytes, limit: limit)
        guard let header = FrameHeader(unchecked: bytes), Int(header.length) <= limit - position
        else { return nil }
        if bytes.count < Int(header.length) {
            bytes = try buffer.bytes(
                file, at: position, needed: Int(header.length), limit: limit)
        }
        guard
            let frame = FrameHeader.valid(
                bytes, log: index.log, segment: file.number, position: position)
        else { return nil }
        return (frame, UnsafeRawBufferPointer(rebasing: bytes[..<Int(frame.length)]))
    }

    /// What a checkpoint or an index frame holds: the bodies of its parts, one behind the other.
    static func parts(_ frame: UnsafeRawBufferPointer) -> [UInt8] {
        var body: [UInt8] = []
        for (entry, bytes, _) in FrameEntries(frame) where entry.kind == .part {
            body.append(contentsOf: bytes)
        }
        return body
    }
}

/// Where a partition was last read up to: the next read in a row needs no lookup.
struct ReadCursor {
    var offset: Int64
    var place: Place
}
