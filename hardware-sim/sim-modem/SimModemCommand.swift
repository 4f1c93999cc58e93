// The command line of sim-modem: options, then orders line by line from standard input or from a
// named pipe, until `quit` or the end of both.

import Glibc
import SimulatedModem

enum SimModemCommand {
    static let usage = """
        sim-modem --link PATH [--log FILE] [--control PIPE] [--pin 1234] [--center +34...]
                  [--start-ms 300] [--network-ms 0] [--report-ms 0] [--mood "error 500"]
        Orders, line by line on standard input or into the pipe:
        \(ModemOrder.help)
        """

    static func run(_ arguments: [String]) -> Int32 {
        var options: [String: String] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else {
                print(usage)
                return 2
            }
            options[name] = value
        }
        guard let link = options["--link"] else {
            print(usage)
            return 2
        }
        var times = SimulatedModem.Times()
        /// A time in milliseconds.
        func time(_ name: String, _ field: WritableKeyPath<SimulatedModem.Times, Duration>) {
            if let value = options[name].flatMap({ Int($0) }) {
                times[keyPath: field] = .milliseconds(value)
            }
        }
        time("--start-ms", \.start)
        time("--network-ms", \.network)
        time("--report-ms", \.report)
        do {
            let modem = try SimulatedModem(
                link: link, log: options["--log"], pin: options["--pin"],
                center: options["--center"] ?? "+34609090909", times: times)
            defer { modem.stop() }
            if let mood = options["--mood"] { try obey("mood \(mood)", modem) }
            var doors = [Int32(0)]
            if let control = options["--control"] {
                unlink(control)
                guard mkfifo(control, 0o600) == 0 else { throw Trouble("mkfifo \(control)") }
                // For reading and writing: the pipe does not end when a writer leaves.
                doors = [open(control, O_RDWR | O_CLOEXEC)]
            }
            print("\(link)")
            fflush(nil)
            while let line = nextLine(doors[0]) {
                if line == "quit" { break }
                try obey(line, modem)
            }
            if let control = options["--control"] { unlink(control) }
            return 0
        } catch {
            print("sim-modem: \(error)")
            return 1
        }
    }

    private struct Trouble: Error, CustomStringConvertible {
        let description: String
        init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
    }

    private static func obey(_ line: String, _ modem: SimulatedModem) throws {
        guard let order = ModemOrder(line) else {
            print("what? \(line)\n\(ModemOrder.help)")
            fflush(nil)
            return
        }
        if case .mood(.random(let seed, let percent)) = order {
            print("\(percent) % of the messages fail, seed \(seed)")
            fflush(nil)
        }
        try modem.order(order)
    }

    /// Nil at the end.
    private static func nextLine(_ door: Int32) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(door, &byte, 1) == 1 {
            if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
            if line.count < 4_096 { line.append(byte) }
        }
        return nil
    }
}
