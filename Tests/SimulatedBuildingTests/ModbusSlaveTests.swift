// The simulated Modbus slaves against an independent master, mbpoll, and against bytes.

import FireLogic
import Foundation
import Glibc
import Testing

@testable import SimulatedBuilding

/// Runs mbpoll once while the slaves answer here; its output and exit code.
private func mbpoll(_ loop: SimLoop, _ arguments: [String]) throws -> (text: String, code: Int32) {
    let outcome = Outcome<(text: String, code: Int32)>()
    startThread {
        outcome.finish {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/mbpoll")
            process.arguments = arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (String(decoding: data, as: UTF8.self), process.terminationStatus)
        }
    }
    #expect(loop.run(atMost: .seconds(30)) { outcome.isDone })
    return try outcome.get()
}

private func rtuArguments(
    _ path: String, unit: Int, _ more: [String], write value: String? = nil
) -> [String] {
    ["-m", "rtu", "-b", "19200", "-P", "even", "-a", "\(unit)", "-0", "-1", "-o", "0.3"]
        + more + [path] + (value.map { [$0] } ?? [])
}

private func units() -> [UInt8: ModbusUnit] {
    var one = ModbusUnit()
    one[.inputRegister, 3] = 1234
    one[.holdingRegister, 0] = 77
    one[.discreteInput, 9] = 1
    one[.coil, 2] = 1
    var two = ModbusUnit()
    two[.inputRegister, 3] = 4321
    return [1: one, 2: two]
}

@Suite struct ModbusSlaveTests {
    let loop: SimLoop
    let directory: TemporaryDirectory

    init() throws {
        loop = try SimLoop()
        directory = try TemporaryDirectory()
    }

    private func rtu(baud: Int = 19200) throws -> RtuSlaveBus {
        try RtuSlaveBus(
            loop: loop, linkPath: directory.path + "/bus", baud: baud, parity: .even, stopBits: 1,
            units: units(), seed: 1)
    }

    private func read(_ bus: RtuSlaveBus, unit: Int, _ more: [String]) throws -> (
        text: String, code: Int32
    ) {
        try mbpoll(loop, rtuArguments(directory.path + "/bus", unit: unit, more))
    }

    // MARK: RTU

    @Test func `mbpoll reads all four tables of several slaves on one line`() throws {
        let bus = try rtu()
        defer { bus.close() }
        let input = try read(bus, unit: 1, ["-t", "3", "-r", "0", "-c", "4"])
        #expect(input.code == 0 && input.text.contains("[3]: \t1234"), "\(input.text)")
        let holding = try read(bus, unit: 1, ["-t", "4", "-r", "0"])
        #expect(holding.text.contains("[0]: \t77"), "\(holding.text)")
        let discrete = try read(bus, unit: 1, ["-t", "1", "-r", "8", "-c", "2"])
        #expect(discrete.text.contains("[9]: \t1") && discrete.text.contains("[8]: \t0"))
        let coil = try read(bus, unit: 1, ["-t", "0", "-r", "2"])
        #expect(coil.text.contains("[2]: \t1"), "\(coil.text)")
        let other = try read(bus, unit: 2, ["-t", "3", "-r", "3"])
        #expect(other.text.contains("[3]: \t4321"), "\(other.text)")
    }

    @Test func `what is not there is answered with the right exception`() throws {
        let bus = try rtu()
        defer { bus.close() }
        let beyond = try read(bus, unit: 1, ["-t", "3", "-r", "3", "-c", "2"])
        #expect(beyond.code != 0 && beyond.text.contains("Illegal data address"), "\(beyond.text)")
        let path = directory.path + "/bus"
        let write = try mbpoll(
            loop, rtuArguments(path, unit: 1, ["-t", "4", "-r", "0"], write: "5"))
        #expect(write.code != 0 && write.text.contains("Illegal function"), "\(write.text)")
    }

    @Test func `slaves stay in step after a request to a dead neighbour`() throws {
        let bus = try rtu()
        defer { bus.close() }
        for _ in 0..<3 {
            #expect(try read(bus, unit: 9, ["-t", "3", "-r", "3"]).code != 0)
            #expect(try read(bus, unit: 2, ["-t", "3", "-r", "3"]).text.contains("4321"))
        }
    }

    @Test func `each fault of a slave looks to mbpoll as it should, and goes away`() throws {
        let bus = try rtu()
        defer { bus.close() }
        let faults: [(SlaveFault, says: String)] = [
            (.dead, "timed out"), (.late(.milliseconds(600)), "timed out"),
            (.wrongCheck, "Invalid CRC"), (.truncated, "timed out"),
            (.exception(4), "Slave device or server failure"), (.none, "1234"),
        ]
        for (fault, says) in faults {
            bus.update(1) { $0.fault = fault }
            let result = try read(bus, unit: 1, ["-t", "3", "-r", "3"])
            #expect(result.text.contains(says), "\(fault): \(result.text)")
            loop.run(for: .milliseconds(500))
        }
        bus.update(1) { $0.fault = .wrongValues }
        let lie = try read(bus, unit: 1, ["-t", "3", "-r", "3"])
        #expect(lie.code == 0 && !lie.text.contains("1234"), "\(lie.text)")
    }

    @Test func `a cut bus vanishes and comes back under the same link`() throws {
        let bus = try rtu()
        defer { bus.close() }
        let before = readlink(directory.path + "/bus")
        try bus.setFault(.cut)
        #expect(try read(bus, unit: 1, ["-t", "3", "-r", "3"]).text.contains("Connection failed"))
        try bus.setFault(.none)
        #expect(before != nil && readlink(directory.path + "/bus") != nil)
        #expect(try read(bus, unit: 1, ["-t", "3", "-r", "3"]).text.contains("1234"))
    }

    @Test func `a babbling bus carries nothing until it is quiet again`() throws {
        let bus = try rtu()
        defer { bus.close() }
        try bus.setFault(.babbling)
        #expect(try read(bus, unit: 1, ["-t", "3", "-r", "3"]).code != 0)
        try bus.setFault(.none)
        loop.run(for: .milliseconds(100))
        let quiet = try read(bus, unit: 1, ["-t", "3", "-r", "3"]).text
        #expect(quiet.contains("1234"), "\(quiet)")
    }

    @Test func `an answer takes the time that its characters take at the baud rate`() throws {
        let bus = try rtu(baud: 1200)
        defer { bus.close() }
        let line = open(directory.path + "/bus", O_RDWR | O_NOCTTY | O_NONBLOCK)
        defer { close(line) }
        var mode = termios()
        cfmakeraw(&mode)
        tcsetattr(line, TCSANOW, &mode)
        loop.run(for: .milliseconds(20))
        let request = RtuFrames.frame(unit: 1, [0x04, 0, 3, 0, 1])
        let start = SimLoop.now()
        _ = write(line, request, request.count)
        var answer = [UInt8](repeating: 0, count: 64)
        var count = 0
        #expect(
            loop.run(atMost: .seconds(5)) {
                count = Glibc.read(line, &answer, answer.count)
                return count > 0
            })
        // 8 characters, 3.5 of silence, 7 characters of 11 bits at 1200 baud.
        let took = (SimLoop.now() - start).milliseconds
        #expect(took >= 169, "\(took) ms")
        #expect(Array(answer[..<count]) == RtuFrames.frame(unit: 1, [0x04, 2, 0x04, 0xD2]))
    }

    @Test func `a request that breaks the silence after an answer is counted`() throws {
        let bus = try rtu(baud: 300)
        defer { bus.close() }
        let line = open(directory.path + "/bus", O_RDWR | O_NOCTTY | O_NONBLOCK)
        defer { close(line) }
        loop.run(for: .milliseconds(20))
        let request = RtuFrames.frame(unit: 1, [0x04, 0, 3, 0, 1])
        func ask(after pause: Interval) {
            loop.run(for: pause)
            _ = write(line, request, request.count)
            var answer = [UInt8](repeating: 0, count: 64)
            #expect(loop.run(atMost: .seconds(5)) { Glibc.read(line, &answer, 64) > 0 })
        }
        // 3.5 characters take 128 ms here.
        ask(after: .zero)
        ask(after: .milliseconds(160))
        #expect(bus.crowdedCount == 0)
        ask(after: .milliseconds(10))
        #expect(bus.crowdedCount == 1 && bus.requestCount == 3)
    }

    @Test func `a master that was killed leaves no settings behind for the next one`() throws {
        let bus = try rtu()
        defer { bus.close() }
        for _ in 0..<3 {
            let line = open(directory.path + "/bus", O_RDWR | O_NOCTTY | O_NONBLOCK)
            var mode = termios()
            cfmakeraw(&mode)
            mode.c_cflag |= tcflag_t(CREAD | CLOCAL | PARENB)
            cfsetspeed(&mode, speed_t(B19200))
            #expect(tcsetattr(line, TCSANOW, &mode) == 0, "\(errno)")
            loop.run(for: .milliseconds(30))
            close(line)
            loop.run(for: .milliseconds(30))
        }
    }

    @Test func `requests are found byte by byte, behind noise and behind half a frame`() {
        let request = RtuFrames.frame(unit: 7, [0x03, 0, 1, 0, 2])
        var reader = RtuRequestReader()
        var found: [RtuFrames.Request] = []
        for byte in [0xFF, 0x00, 0x13] + request + request[..<5] + request {
            reader.append([byte])
            while let next = reader.next() { found.append(next) }
        }
        #expect(found.map(\.unit) == [7, 7])
        #expect(found.allSatisfy { $0.pdu == [0x03, 0, 1, 0, 2] })
        reader.append(request[..<5])
        reader.silence()
        reader.append(request)
        #expect(reader.next()?.unit == 7)
    }

    @Test func `no bytes from a master make a slave trap (seed 7)`() {
        var random = SeededRandom(seed: 7)
        var reader = RtuRequestReader()
        let unit = units()[1] ?? ModbusUnit()
        for _ in 0..<20_000 {
            let noise = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            reader.append(noise)
            while reader.next() != nil {}
            _ = unit.answer(noise[...]) { 0 }
        }
    }

    // MARK: TCP

    private func tcpArguments(_ bus: TcpSlaveBus, unit: Int) -> [String] {
        [
            "-m", "tcp", "-p", "\(bus.port)", "-a", "\(unit)", "-0", "-1", "-o", "0.3", "-t", "3",
            "-r", "3", "127.0.0.1",
        ]
    }

    @Test func `mbpoll reads several units over TCP, and each fault looks as it should`() throws {
        let bus = try TcpSlaveBus(loop: loop, units: units(), seed: 1)
        defer { bus.close() }
        #expect(try mbpoll(loop, tcpArguments(bus, unit: 2)).text.contains("4321"))
        let faults: [(SlaveFault, says: String)] = [
            (.dead, "timed out"), (.late(.milliseconds(600)), "timed out"),
            (.wrongCheck, "Invalid data"), (.truncated, "timed out"),
            (.exception(4), "Slave device or server failure"), (.none, "1234"),
        ]
        for (fault, says) in faults {
            bus.update(1) { $0.fault = fault }
            let result = try mbpoll(loop, tcpArguments(bus, unit: 1))
            #expect(result.text.contains(says), "\(fault): \(result.text)")
        }
    }

    @Test func `a cut TCP bus refuses and comes back at its port`() throws {
        let bus = try TcpSlaveBus(loop: loop, units: units(), seed: 1)
        defer { bus.close() }
        let port = bus.port
        try bus.setFault(.cut)
        #expect(try mbpoll(loop, tcpArguments(bus, unit: 1)).text.contains("refused"))
        try bus.setFault(.none)
        #expect(bus.port == port)
        #expect(try mbpoll(loop, tcpArguments(bus, unit: 1)).text.contains("1234"))
    }
}

/// Where a symbolic link points.
private func readlink(_ path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: path)
}
