// `standpipe export TOPIC -o FILE`: what a topic holds, all of it or between two times, as a file that
// others read: JSON lines or a table. The file has its name only when it is whole and on the disk.

import ArgumentParser
import EventLog
import Glibc

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the records of a topic to a file.",
        discussion: """
            JSON, one object a line, or for a FILE that ends in .csv a table (RFC 4180). Times as for \
            tail. The audit, for example: standpipe export audit --from 2026-11-01 -o audit.csv
            Exits with 0; 1 when FILE cannot be written (an older one stays as it was); 2 when there \
            is no such log or topic.
            """)

    @Argument(help: "The topic: signals, alarms, valves, notifications, audit …")
    var topic: String

    @Option(help: "Where to begin: a time, an offset, earliest or latest.")
    var from = "earliest"

    @Option(help: "Where to end: a time, of which nothing is written any more.")
    var until: String?

    @Option(name: .shortAndLong, help: "The file to write.", completion: .file())
    var output: String

    @Option(help: "The log's directory.", completion: .directory)
    var dir = LogPlace.standard

    func run() throws {
        let end = try until.map { word in
            guard let time = WallTime.milliseconds(word, now: WallTime.nowMilliseconds) else {
                SiteInput.complain("--until \(word): is no time; write 2026-11-22T23:43 or 15m")
                throw ExitCode(2)
            }
            return time
        }
        let reader = try LogPlace.open(dir)
        let partitions = try LogPlace.partitions(of: topic, in: reader)
        let positions = try partitions.map { try LogPlace.begin(from, $0, reader) }
        let total = zip(partitions, positions).reduce(0) { $0 + $1.0.highWatermark - $1.1.offset }
        let style = output.hasSuffix(".csv") ? RecordStyle.csv : .json
        let unfinished = output + ".part"
        let descriptor = open(
            unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw failed(unfinished, errno) }
        defer { close(descriptor) }
        var written: Int64 = 0
        do {
            written = try write(
                TailRun(
                    reader: reader, topic: topic, style: style, left: nil, positions: positions),
                to: descriptor, before: end ?? .max, of: total)
            if fsync(descriptor) != 0 { throw failed(unfinished, errno) }
            if rename(unfinished, output) != 0 { throw failed(output, errno) }
        } catch {
            unlink(unfinished)
            throw error
        }
        print("\(output): \(SiteInput.count(Int(written), "record")) of \(topic)")
    }

    /// The number of records.
    private func write(
        _ run: TailRun, to descriptor: Int32, before end: Int64, of total: Int64
    ) throws -> Int64 {
        var run = run
        var progress = ProgressLine()
        defer { progress.end() }
        run.descriptor = descriptor
        run.end = end
        run.told = {
            progress.show(Int($0), of: Int(total), SiteInput.count(Int(total), "record"))
        }
        if run.style == .csv { run.writeColumns() }
        do throws(ReadError) {
            try run.run(isFollowing: false)
        } catch {
            SiteInput.complain("\(dir): \(error)")
            throw ExitCode(2)
        }
        guard run.failure == 0 else { throw failed(output, run.failure) }
        return run.written
    }

    private func failed(_ path: String, _ number: Int32) -> ExitCode {
        SiteInput.complain(
            "cannot write \(path): \(String(cString: strerror(number))); nothing was exported")
        return ExitCode(1)
    }
}
