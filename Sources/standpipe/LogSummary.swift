// The figures of `standpipe log`: gathered from a reader's index, its directory and the live page,
// then laid out as a table or as JSON.

import EventLog
import Glibc

struct LogSummary {
    struct Row {
        var topic: String
        var partition: PartitionInfo
        var oldest: Int64?
        var newest: Int64?
    }

    let path: String
    let log: LogID
    private(set) var rows: [Row] = []
    let segments: Int
    let spares: Int
    let segmentBytes: Int
    let isLive: Bool
    let counters: LiveCounters?
    /// Bytes a second that go to the device, and whether they are counted or taken from the log's
    /// own length.
    private(set) var rate: Double?
    private(set) var bytesPerDay: Int64 = 0
    private(set) var isCounted = false
    private(set) var years: Double?
    let gaps: Int

    init(_ reader: LogReader, flashBytes: Double, cycles: Double) throws(ReadError) {
        path = reader.path
        log = reader.index.log
        isLive = reader.isLive
        counters = isLive ? reader.counters : nil
        segments = reader.index.segments.count
        segmentBytes = reader.segmentBytes
        do throws(FileError) {
            spares = try reader.spareCount()
        } catch {
            throw .file(error)
        }
        gaps = reader.index.gaps.count + Int(clamping: reader.index.gapsBeyond)
        for topic in reader.index.topics {
            for id in topic.partitions {
                guard let info = reader.index.partition(id) else { continue }
                rows.append(
                    Row(
                        topic: topic.name, partition: info, oldest: Self.oldest(info, reader),
                        newest: info.maxTimestamp >= 0 ? info.maxTimestamp : nil))
            }
        }
        measure(reader)
        if let rate, rate > 0 {
            bytesPerDay = Int64(min(rate * 86_400, 1e18))
            years = flashBytes * cycles / rate / (365.25 * 86_400)
        }
    }

    /// The time of the first record that can be read.
    private static func oldest(_ info: PartitionInfo, _ reader: LogReader) -> Int64? {
        var bytes: [UInt8] = []
        guard
            (try? reader.read(info.id, from: info.logStart, maxBytes: 0, into: &bytes)) != nil
        else { return nil }
        return bytes.withUnsafeBytes { BatchHeader($0)?.baseTimestamp }
    }

    private mutating func measure(_ reader: LogReader) {
        if let counters, let start = reader.writerStartedNanoseconds {
            var now = timespec()
            clock_gettime(CLOCK_BOOTTIME, &now)
            let boot = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
            let seconds = Double(boot &- start) / 1e9
            // Less says nothing: a start writes a checkpoint.
            if seconds >= 60 {
                rate = Double(counters.bytesWritten) / seconds
                isCounted = true
                return
            }
        }
        guard let first = reader.index.segments.first, let last = reader.index.segments.last else {
            return
        }
        let span = last.newestMilliseconds &- first.createdMilliseconds
        let bytes = reader.index.segments.reduce(0) { $0 + Double($1.length) }
        if span >= 60_000 { rate = bytes * 1_000 / Double(span) }
    }

    var text: String {
        let head = [
            "topic", "partition", "log start", "end", "records", "bytes", "oldest", "newest",
        ]
        var table = [head]
        for row in rows {
            table.append([
                row.topic, "\(row.partition.number)", "\(row.partition.logStart)",
                "\(row.partition.highWatermark)", "\(row.partition.records)",
                ByteText.text(row.partition.bytes), row.oldest.map(WallTime.text) ?? "-",
                row.newest.map(WallTime.text) ?? "-",
            ])
        }
        var lines = Self.lay(out: table)
        lines.append("")
        let all = segments + spares
        lines.append(
            "segments  \(segments) used, \(spares) free, \(ByteText.text(segmentBytes)) each, "
                + "\(ByteText.text(segmentBytes * all)) on the device")
        if gaps > 0 { lines.append("gaps      \(gaps) with lost records; see standpipe verify") }
        if let counters {
            lines.append(
                "written   \(ByteText.text(counters.bytesWritten)) in \(counters.flushes) flushes "
                    + "since the writer started, last \(WallTime.text(counters.wallMilliseconds))")
            if counters.dropped > 0 { lines.append("dropped   \(counters.dropped) records") }
            if let health { lines.append("health    \(health)") }
        } else {
            lines.append("written   no writer is at work")
        }
        if let years {
            lines.append(
                "flash     \(ByteText.text(bytesPerDay)) a day"
                    + (isCounted ? "" : " by the log's length")
                    + ", \(ByteText.tenths(years)) years at this rate")
        } else {
            lines.append("flash     too little was written to tell its life")
        }
        return lines.joined(separator: "\n")
    }

    private var health: String? {
        guard let health = counters?.health, !health.isEmpty else { return nil }
        var words: [String] = []
        if health.contains(.failing) { words.append("writes fail") }
        if health.contains(.stalled) { words.append("the disk does not answer") }
        if health.contains(.full) { words.append("full: only vital records are taken") }
        if health.contains(.rotten) { words.append("records are lost") }
        return words.joined(separator: ", ")
    }

    var json: String {
        let topics = rows.map { row in
            "{\"topic\":\(RecordText.quoted(row.topic)),\"partition\":\(row.partition.number)"
                + ",\"logStart\":\(row.partition.logStart),\"end\":\(row.partition.highWatermark)"
                + ",\"records\":\(row.partition.records),\"bytes\":\(row.partition.bytes)"
                + ",\"oldest\":\(row.oldest.map { "\($0)" } ?? "null")"
                + ",\"newest\":\(row.newest.map { "\($0)" } ?? "null")}"
        }
        var text = "{\"log\":\"\(ByteText.hex(log.head))\(ByteText.hex(log.tail))\""
        text += ",\"topics\":[\(topics.joined(separator: ","))]"
        text += ",\"segments\":{\"used\":\(segments),\"free\":\(spares),\"bytes\":\(segmentBytes)}"
        text += ",\"gaps\":\(gaps),\"isLive\":\(isLive)"
        if let counters {
            text += ",\"written\":{\"bytes\":\(counters.bytesWritten)"
            text += ",\"flushes\":\(counters.flushes),\"dropped\":\(counters.dropped)"
            text += ",\"health\":\(counters.health.rawValue)}"
        }
        if let years {
            text += ",\"flash\":{\"bytesPerDay\":\(bytesPerDay)"
            text += ",\"isCounted\":\(isCounted),\"years\":\(ByteText.tenths(years))}"
        }
        return text + "}"
    }

    /// Columns two spaces apart; numbers and sizes to the right.
    private static func lay(out table: [[String]]) -> [String] {
        let widths = (0..<(table.first?.count ?? 0)).map { column in
            table.map { $0[column].count }.max() ?? 0
        }
        return table.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (1...5).contains(column) ? space + cell : cell + space
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
