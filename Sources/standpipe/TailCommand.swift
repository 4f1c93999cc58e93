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
            reader: reader, topic: topic, style: json ? .json : .line, left: count,
            positions: try partitions.map { try LogPlace.begin(from ?? latest($0), $0, reader) })
        do throws(ReadError) {
            try tail.run(isFollowing: follow)
        } catch {
            SiteInput.complain("\(dir): \(error)")
            throw ExitCode(2)
        }
    }

    private func partitions(in reader: LogReader) throws -> [PartitionInfo] {
        let all = try LogPlace.partitions(of: topic, in: reader)
        guard let partition else { return all }
        guard let one = all.first(where: { $0.number == partition }) else {
            SiteInput.complain(
                "\(dir): \(topic) has no partition \(partition); they go from 0 to \(all.count - 1)"
            )
            throw ExitCode(2)
        }
        return [one]
    }

    /// The offset from which so many are left.
    private func latest(_ info: PartitionInfo) -> String {
        "\(info.highWatermark - min(Int64(count ?? 10), info.highWatermark))"
    }
}
