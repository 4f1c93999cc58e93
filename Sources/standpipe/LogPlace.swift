// A log on this machine as `standpipe tail` and `standpipe export` are told of it: its directory, a
// topic in it, and where in that to begin.

import ArgumentParser
import EventLog

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

    /// The partitions of a topic, or ends with 2 and names the topics that there are.
    static func partitions(of name: String, in reader: LogReader) throws -> [PartitionInfo] {
        guard let topic = reader.index.topic(named: name) else {
            let names = reader.index.topics.map(\.name).joined(separator: ", ")
            SiteInput.complain(
                "\(reader.path): there is no topic \(name); "
                    + (names.isEmpty ? "the log has none yet" : "there are: \(names)"))
            throw ExitCode(2)
        }
        return topic.partitions.compactMap { reader.index.partition($0) }
    }

    /// Where a partition begins to be read: an offset, a time, `earliest` or `latest`.
    static func begin(
        _ word: String, _ info: PartitionInfo, _ reader: LogReader
    ) throws -> TailPosition {
        let offset: Int64
        if word == "earliest" {
            offset = info.logStart
        } else if word == "latest" {
            offset = info.highWatermark
        } else if let number = Int64(word) {
            offset = number
        } else if let time = WallTime.milliseconds(word, now: WallTime.nowMilliseconds) {
            do throws(ReadError) {
                offset = try reader.offset(info.id, atOrAfter: time) ?? info.highWatermark
            } catch {
                SiteInput.complain("\(reader.path): \(error)")
                throw ExitCode(2)
            }
        } else {
            SiteInput.complain(
                "--from \(word): is no offset and no time; write a number, earliest, latest, "
                    + "2026-11-22T23:43 or 15m")
            throw ExitCode(2)
        }
        return TailPosition(
            partition: info.id, number: info.number,
            offset: min(max(offset, info.logStart), info.highWatermark))
    }
}
