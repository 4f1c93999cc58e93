// The bus threads against a server that others wrote: pymodbus, over TCP and over a serial line made
// of two pseudo-terminals.

import FieldDevices
import FireLogic
import Foundation
import Glibc
import PlanFile
import Synchronization
import TestSupport
import Testing

@Suite("Modbus peers")
struct ModbusPeerTests {
    /// Units 1 and 2 of the server, all four tables, and one address of each that holds nothing.
    static let points: [(alarm: ModbusPoint, fault: ModbusPoint?)] = [UInt8(1), 2].flatMap { unit in
        let here = UInt16(10 + unit)
        return ModbusPoint.Table.allCases.flatMap { table in
            let test: ModbusPoint.Test =
                table.isBits ? .bit(0) : .equals(500 + UInt16(unit))
            return [
                (TestSite.point(unit, table, here, test), nil),
                (TestSite.point(unit, table, here + 5, test), ModbusPoint?.none),
            ]
        }
    }

    static func expectAll(_ run: BusUnderTest) {
        let all = points.indices
        let heard = run.wait(60) { _ in all.allSatisfy { run.readings(of: $0).count >= 2 } }
        #expect(heard, "\(run.bus.counters.snapshot)")
        for detector in all {
            let expected: Reading = detector % 2 == 0 ? .alarm : .normal
            #expect(Set(run.readings(of: detector)) == [expected], "detector \(detector)")
        }
    }

    @Test("pymodbus over TCP: all four tables of two units, killed and started again")
    func tcp() throws {
        let port = try Self.freePort()
        let link = BusPlan.Link.tcp(host: "127.0.0.1", port: port)
        let server = try PythonServer(["tcp", "\(port)"])
        let run = try BusUnderTest(
            TestSite.site(link, timeout: .milliseconds(500), Self.points))
        Self.expectAll(run)
        server.stop()
        #expect(run.wait { $0.last == .bus(0, up: false) })
        run.forget()
        let again = try PythonServer(["tcp", "\(port)"])
        Self.expectAll(run)
        #expect(run.reports.first == .bus(0, up: true))
        run.bus.stop()
        again.stop()
    }

    @Test("pymodbus over a serial line: all four tables of two units")
    func serial() throws {
        let ours = TestSite.terminalPath("peer-ours")
        let theirs = TestSite.terminalPath("peer-theirs")
        let cable = try Cable(ours, theirs)
        let server = try PythonServer(["rtu", theirs, "19200"])
        let link = BusPlan.Link.rtu(device: ours, baud: 19_200, parity: .none, stopBits: 1)
        let run = try BusUnderTest(
            TestSite.site(
                link, timeout: .milliseconds(500), period: .milliseconds(500), Self.points))
        Self.expectAll(run)
        run.bus.stop()
        server.stop()
        cable.stop()
    }

    static func freePort() throws -> UInt16 {
        let slave = ScriptedSlave.tcp { _ in [] }
        defer { slave.stop() }
        guard case .tcp(_, let port) = slave.link else { return 0 }
        return port
    }
}

/// A running pymodbus server.
final class PythonServer {
    private let process = Process()

    init(_ arguments: [String]) throws {
        let peers = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("peers")
        let python = try Self.output(of: peers.appendingPathComponent("python-env").path)
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [peers.appendingPathComponent("pymodbus-server").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        _ = pipe.fileHandleForReading.availableData
    }

    deinit { stop() }

    func stop() {
        if !process.isRunning { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static func output(of command: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command)")
        return String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Two pseudo-terminals that are each other's far end.
final class Cable {
    private let isStopping = StopFlag()
    private var thread: TestThread?
    private let paths: [String]

    init(_ paths: String...) throws {
        self.paths = paths
        var masters: [Int32] = []
        var terminals: [Int32] = []
        for path in paths {
            var master: Int32 = -1
            var terminal: Int32 = -1
            try #require(openpty(&master, &terminal, nil, nil, nil) == 0)
            var settings = termios()
            tcgetattr(terminal, &settings)
            cfmakeraw(&settings)
            tcsetattr(terminal, TCSANOW, &settings)
            unlink(path)
            var name = [CChar](repeating: 0, count: 128)
            try #require(ttyname_r(terminal, &name, name.count) == 0)
            try #require(symlink(name, path) == 0)
            masters.append(master)
            terminals.append(terminal)
        }
        let flag = isStopping
        thread = TestThread { [masters, terminals] in
            var buffer = [UInt8](repeating: 0, count: 256)
            while !flag.isSet.load(ordering: .relaxed) {
                var entries = masters.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                if poll(&entries, 2, 20) <= 0 { continue }
                for end in 0...1 where entries[end].revents != 0 {
                    let count = read(masters[end], &buffer, buffer.count)
                    if count > 0 { _ = write(masters[1 - end], buffer, count) }
                }
            }
            for descriptor in masters + terminals { close(descriptor) }
        }
    }

    func stop() {
        isStopping.isSet.store(true, ordering: .relaxed)
        thread?.join()
        for path in paths { unlink(path) }
    }
}

final class StopFlag: Sendable {
    let isSet = Atomic<Bool>(false)
}
