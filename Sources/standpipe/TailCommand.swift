// `standpipe tail TOPIC`: the records of a topic as lines, old ones and, with --follow, new ones as
// they become durable. Reads beside the controller and holds nothing up; sleeps while nothing comes.

import ArgumentParser
import EventLog
import Glibc

struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show the records of a topic.",
        discussion: """
            Without --from: the last ten. Times are local unless they say otherwise, for example \
            2026-11-22T23:43:00+01:00, or a span before now: 90s, 15m, 2h, 3d.
            Exits with 0, or 2 when there is no such log, topic or partition.
            """)

    @Argument(help: "The topic: signals, alarms, valves, notifications, audit …")
    var topic: String

    @Option(help: "Where to begin: an offset, a time, earliest or latest.")
    var from: String?

    @Flag(name: .shortAndLong, help: "Go on with what is appended.")
    var follow = false

    @Option(help: "Only this partition.")
    var partition: Int?

    @Option(help: "The log's directory.", completion: .directory)
    var dir = LogPlace.standard

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(name: .shortAndLong, help: "End after so many records.")
    var count: Int?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count has to be 1 or more") }
    }

    func run() throws {
        let reader = try LogPlace.open(dir)
        let partitions = try partitions(in: reader)
        var tail = TailRun(
            reader: reader, topic: topic, isJSON: json, left: count,
            positions: try partitions.map { try begin($0, reader) })
        do throws(ReadError) {
            try tail.run(isFollowing: follow)
        } catch {
            SiteInput.complain("\(dir): \(error)")
            throw ExitCode(2)
        }
    }

    private func partitions(in reader: LogReader) throws -> [PartitionInfo] {
        guard let topic = reader.index.topic(named: topic) else {
            let names = reader.index.topics.map(\.name).joined(separator: ", ")
            SiteInput.complain(
                "\(dir): there is no topic \(topic); "
                    + (names.isEmpty ? "the log has none yet" : "there are: \(names)"))
            throw ExitCode(2)
        }
        let all = topic.partitions.compactMap { reader.index.partition($0) }
        guard let partition else { return all }
        guard let one = all.first(where: { $0.number == partition }) else {
            SiteInput.complain(
                "\(dir): \(topic.name) has no partition \(partition); "
                    + "they go from 0 to \(all.count - 1)")
            throw ExitCode(2)
        }
        return [one]
    }

    /// Where a partition begins to be shown.
    private func begin(_ info: PartitionInfo, _ reader: LogReader) throws -> TailPosition {
        let offset: Int64
        switch from {
        case nil: offset = info.highWatermark - min(Int64(count ?? 10), info.highWatermark)
        case "earliest": offset = info.logStart
        case "latest": offset = info.highWatermark
        case let word?:
            if let number = Int64(word) {
                offset = number
            } else if let time = WallTime.milliseconds(word, now: WallTime.nowMilliseconds) {
                do throws(ReadError) {
                    offset = try reader.offset(info.id, atOrAfter: time) ?? info.highWatermark
                } catch {
                    SiteInput.complain("\(dir): \(error)")
                    throw ExitCode(2)
                }
            } else {
                SiteInput.complain(
                    "--from \(word): is no offset and no time; write a number, earliest, latest, "
                        + "2026-11-22T23:43 or 15m")
                throw ExitCode(2)
            }
        }
        return TailPosition(
            partition: info.id, number: info.number,
            offset: min(max(offset, info.logStart), info.highWatermark))
    }
}

/// The log's directory as the commands take it.
enum LogPlace {
    static let standard = "/var/lib/standpipe/log"

    /// Opens the log for reading, or says why not and ends with 2.
    static func open(_ directory: String) throws -> LogReader {
        do throws(ReadError) {
            return try LogReader(directory: directory)
        } catch {
            SiteInput.complain("\(error); name the log's directory with --dir DIR")
            throw ExitCode(2)
        }
    }
}
