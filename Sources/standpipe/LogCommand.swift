// `standpipe log DIR`: what a log holds, what it costs and how long the flash will last. Reads
// beside the controller and changes nothing.

import ArgumentParser
import EventLog
import Glibc

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show what a log holds: topics, offsets, sizes, wear.",
        discussion: "Exits with 0, or 2 when there is no log.")

    @Argument(help: "The log's directory.", completion: .directory)
    var directory: String = LogPlace.standard

    @Option(help: "Size of the flash in gigabytes, for its projected life.")
    var flashGb: Double = 8

    @Option(help: "How often a cell of the flash can be written.")
    var cycles: Double = 3_000

    @Flag(help: "As JSON.")
    var json = false

    func validate() throws {
        guard flashGb > 0, flashGb.isFinite else {
            throw ValidationError("--flash-gb has to be more than 0")
        }
        guard cycles > 0, cycles.isFinite else {
            throw ValidationError("--cycles has to be more than 0")
        }
    }

    func run() throws {
        let summary: LogSummary
        do throws(ReadError) {
            summary = try LogSummary(
                try LogReader(directory: directory), flashBytes: flashGb * 1e9, cycles: cycles)
        } catch {
            SiteInput.complain("\(error); name the directory that holds the log's segments")
            throw ExitCode(2)
        }
        print(json ? summary.json : summary.text)
    }
}
