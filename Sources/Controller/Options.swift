// The controller's command line.

import EventLog
import SafetyLog

package struct ControllerOptions: Hashable, Sendable {
    package static let usage = """
        usage: standpipe-controller --plan FILE --state-dir DIR --run-dir DIR [--log-size MB]
                                    [--quiet] [--no-real-time]
               standpipe-controller --needs --plan FILE --state-dir DIR
          --plan FILE       site plan, made by `standpipe compile`
          --state-dir DIR   log and last good plan; on a disk
          --run-dir DIR     status page, input socket, signals; in memory (below /run)
          --log-size MB     most that the log takes of the disk, 64 to 4096; 256 if not given
          --quiet           print no event lines
          --needs           print what the plan needs of the machine, and end: "network" where it
                            has Modbus TCP, and a line "chip PATH" for each GPIO chip
          --help            print this, as the only argument
          --no-real-time    ask for neither locked memory nor a real-time priority, and raise no
                            fault for it: for simulation, not for a board
        """

    package var planPath: String
    package var stateDirectory: String
    package var runDirectory: String
    package var isQuiet: Bool
    package var isRealTime: Bool
    /// Only says what the plan needs; there is no run directory then.
    package var saysNeeds: Bool
    /// Most that the log takes of the disk.
    package var logMegabytes: Int

    package static let logSizes = 64...4_096

    package init(
        planPath: String, stateDirectory: String, runDirectory: String, logMegabytes: Int = 256,
        isQuiet: Bool = false, isRealTime: Bool = true, saysNeeds: Bool = false
    ) {
        self.planPath = planPath
        self.stateDirectory = stateDirectory
        self.runDirectory = runDirectory
        self.logMegabytes = logMegabytes
        self.isQuiet = isQuiet
        self.isRealTime = isRealTime
        self.saysNeeds = saysNeeds
    }

    /// What is wrong with a command line, for the person who typed it.
    package struct Mistake: Error, Hashable, Sendable {
        package var message: String
    }

    /// Reads the arguments behind the program's name.
    package init(_ arguments: [String]) throws(Mistake) {
        var values: [String: String] = [:]
        var flags: Set<String> = []
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--quiet", "--no-real-time", "--needs":
                flags.insert(name)
            case "--plan", "--state-dir", "--run-dir", "--log-size":
                guard let value = rest.popFirst(), !value.isEmpty, !value.hasPrefix("--") else {
                    throw Mistake(message: "\(name) needs a value")
                }
                guard values[name] == nil else {
                    throw Mistake(message: "\(name) is given twice")
                }
                values[name] = value
            default:
                throw Mistake(message: "unknown option \(name)")
            }
        }
        let saysNeeds = flags.contains("--needs")
        let needed = ["--plan", "--state-dir"] + (saysNeeds ? [] : ["--run-dir"])
        for name in needed where values[name] == nil {
            throw Mistake(message: "\(name) is missing")
        }
        guard let megabytes = Int(values["--log-size"] ?? "256"),
            Self.logSizes.contains(megabytes)
        else { throw Mistake(message: "--log-size is a number of megabytes from 64 to 4096") }
        self.init(
            planPath: values["--plan"] ?? "", stateDirectory: values["--state-dir"] ?? "",
            runDirectory: values["--run-dir"] ?? "", logMegabytes: megabytes,
            isQuiet: flags.contains("--quiet"),
            isRealTime: !flags.contains("--no-real-time"), saysNeeds: saysNeeds)
    }
}

extension ControllerOptions {
    /// Sizes of the log on the disk.
    var logSettings: LogSettings {
        var settings = RecordWriter.defaultSettings
        settings.segments = max(4, (logMegabytes << 20) / settings.segmentBytes)
        return settings
    }
}
