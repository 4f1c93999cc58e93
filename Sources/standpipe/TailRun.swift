// Reads the partitions of a topic side by side and writes their records in the order of their times.
// Called by `standpipe tail` and `standpipe export`. Bounded: it holds one fetch of each partition.

import EventLog
import Glibc

/// How far a partition has been shown.
struct TailPosition {
    var partition: PartitionID
    var number: Int
    /// The next offset to read.
    var offset: Int64
    /// Read and not yet shown.
    var records: ArraySlice<LogRecord> = []
}

struct TailRun {
    private static let fetchBytes = 64 << 10
    private static let outputBytes = 32 << 10

    let reader: LogReader
    let topic: String
    let style: RecordStyle
    /// Records still to be shown; nil: all.
    var left: Int?
    var positions: [TailPosition]
    /// Where the lines go.
    var descriptor = STDOUT_FILENO
    /// Milliseconds since 1970; what is as late is left out.
    var end = Int64.max
    /// Called with the number of records read so far, now and then.
    var told: ((Int64) -> Void)?
    /// Why the lines could not be written; nothing is written after that.
    private(set) var failure: Int32 = 0
    private(set) var written: Int64 = 0
    private var read: Int64 = 0
    private var output: [UInt8] = []
    private var bytes: [UInt8] = []

    init(
        reader: LogReader, topic: String, style: RecordStyle, left: Int?,
        positions: [TailPosition]
    ) {
        self.reader = reader
        self.topic = topic
        self.style = style
        self.left = left
        self.positions = positions
    }

    mutating func writeColumns() {
        output.append(contentsOf: RecordText.columns.utf8)
        output.append(UInt8(ascii: "\n"))
    }

    mutating func run(isFollowing: Bool) throws(ReadError) {
        let log = reader.index.log
        while true {
            let isMore = try show()
            flush()
            guard isMore, isFollowing, failure == 0 else { return }
            _ = reader.wait()
            try refresh()
            if reader.index.log != log {
                SiteInput.complain("\(reader.path): another log has taken the place of this one")
                return
            }
        }
    }

    /// A directory that is gone may come back: the log is being moved or restored.
    private mutating func refresh() throws(ReadError) {
        do throws(ReadError) {
            try reader.refresh()
        } catch {
            switch error {
            case .noLog: break
            case .file(let failure) where failure.errno == ENOENT: break
            case .file, .unknownPartition, .outOfRange: throw error
            }
        }
    }

    /// Shows all that is there. False: as many as were asked for.
    private mutating func show() throws(ReadError) -> Bool {
        while true {
            for place in positions.indices where positions[place].records.isEmpty {
                try fetch(place)
            }
            let ready = positions.indices.filter { !positions[$0].records.isEmpty }
            let next = ready.min { a, b in
                (positions[a].records.first?.timestamp ?? 0)
                    < (positions[b].records.first?.timestamp ?? 0)
            }
            guard let next, let record = positions[next].records.popFirst() else { return true }
            read += 1
            if record.timestamp >= end { continue }
            print(record, positions[next].number)
            if failure != 0 { return false }
            if let count = left {
                left = count - 1
                if count == 1 { return false }
            }
        }
    }

    private mutating func fetch(_ place: Int) throws(ReadError) {
        told?(read)
        var position = positions[place]
        defer { positions[place] = position }
        while position.records.isEmpty {
            bytes.removeAll(keepingCapacity: true)
            let result: ReadResult
            do throws(ReadError) {
                result = try reader.read(
                    position.partition, from: position.offset, maxBytes: Self.fetchBytes,
                    into: &bytes)
            } catch {
                guard case .outOfRange(let start, _) = error, start > position.offset else {
                    throw error
                }
                flush()
                SiteInput.complain(
                    "\(topic)/\(position.number): offsets \(position.offset) to \(start - 1) were "
                        + "used up before they could be shown")
                position.offset = start
                continue
            }
            for gap in result.gaps {
                flush()
                SiteInput.complain(
                    "\(topic)/\(position.number): offsets \(gap.offsets.lowerBound) to "
                        + "\(gap.offsets.upperBound - 1) are lost"
                        + (gap.isExact ? "" : ", if they were ever given"))
            }
            if result.next == position.offset { return }
            position.records = decode(from: position.offset, position.number)
            position.offset = result.next
        }
    }

    /// The records of the batches in `bytes`, from `offset` on.
    private mutating func decode(from offset: Int64, _ partition: Int) -> ArraySlice<LogRecord> {
        var records: ArraySlice<LogRecord> = []
        var packed: [String] = []
        bytes.withUnsafeBytes { all in
            var rest = all
            while let header = BatchHeader(rest), header.batchLength <= rest.count {
                do {
                    try RecordBatch.forEachRecord(rest) { record in
                        if record.offset >= offset { records.append(record) }
                    }
                } catch {
                    packed.append(
                        "\(topic)/\(partition): \(header.recordCount) records from offset "
                            + "\(header.baseOffset) are compressed; a Kafka client can read them")
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[header.batchLength...])
            }
        }
        for line in packed { SiteInput.complain(line) }
        return records
    }

    private mutating func print(_ record: LogRecord, _ partition: Int) {
        output.append(
            contentsOf: RecordText.text(record, style, topic: topic, partition: partition).utf8)
        output.append(UInt8(ascii: "\n"))
        written += 1
        if output.count >= Self.outputBytes { flush() }
    }

    private mutating func flush() {
        var rest = output[...]
        while !rest.isEmpty, failure == 0 {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                failure = errno
            }
            rest = rest.dropFirst(max(0, count))
        }
        output.removeAll(keepingCapacity: true)
    }
}
