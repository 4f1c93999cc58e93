// The terminal view on a pseudo-terminal: what a person sees, what keys do, and that the terminal
// comes back as it was.

import Foundation
import Glibc
import Testing

private let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
private let house = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("hardware-sim/scenarios/sites/house.yaml")

/// A demo on a pseudo-terminal of its own.
private final class Viewer {
    let master: Int32
    let slave: Int32
    let process = Process()
    private(set) var screen = ""

    init(columns: UInt16, rows: UInt16) throws {
        var master: Int32 = -1
        var slave: Int32 = -1
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        #expect(openpty(&master, &slave, nil, nil, &size) == 0)
        self.master = master
        self.slave = slave
        _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
        process.executableURL = products.appendingPathComponent("standpipe")
        process.arguments = ["demo", "--site", house.path]
        process.environment = ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"]
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        close(master)
        close(slave)
    }

    /// Everything that was drawn, until it contains `text` or the time is over.
    func sees(_ text: String, within seconds: Double = 20) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = read(master, &buffer, buffer.count)
            if count > 0 { screen += String(decoding: buffer[..<count], as: UTF8.self) }
            if screen.contains(text) { return true }
            usleep(20_000)
        }
        return false
    }

    func type(_ keys: String) {
        screen = ""
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    var mode: [UInt32] {
        var mode = termios()
        tcgetattr(slave, &mode)
        return [mode.c_iflag, mode.c_oflag, mode.c_lflag]
    }

    /// Waits for the end; nil when it does not come.
    func status() -> Int32? {
        _ = sees("no such text", within: 0.1)
        for _ in 0..<500 where process.isRunning { usleep(20_000) }
        return process.isRunning ? nil : process.terminationStatus
    }
}

@Suite(.serialized) struct DemoViewTests {
    @Test func `a newcomer sees the building, sets fire with one key and watches the valve open`()
        throws
    {
        let viewer = try Viewer(columns: 100, rows: 30)
        let before = viewer.mode
        #expect(viewer.sees("controller armed"))
        #expect(viewer.screen.contains("Scenario house") && viewer.screen.contains("press f"))
        #expect(viewer.mode != before)
        viewer.type("f")
        #expect(viewer.sees("VALVE OPEN on floor 1 (Hall)"))
        #expect(viewer.sees("OPEN, seen open"))
        viewer.type("k")
        #expect(viewer.sees("floor 1 (Hall) ISOLATED"))
        viewer.type("\u{1B}[A\u{1B}[Bkx")
        #expect(viewer.sees("floor 1 (Hall) in service"))
        viewer.type("K")
        #expect(viewer.sees("controller DEAD"))
        viewer.type("q")
        #expect(viewer.status() == 0)
        #expect(viewer.sees("\u{1B}[?1049l"))
        #expect(viewer.mode == before)
    }

    @Test func `a signal gives the terminal back, and a tiny one harms nothing`() throws {
        let viewer = try Viewer(columns: 20, rows: 5)
        let before = viewer.mode
        #expect(viewer.sees("STANDPIPE"))
        viewer.type("\u{1B}[B\u{1B}[C\u{1B}[D\u{1B}[6~\u{1B}[5~\u{1B}OH\u{1B}fesbbvvmrtxzü\u{1B}[")
        #expect(viewer.sees("no such text", within: 1) == false)
        #expect(viewer.process.isRunning)
        var size = winsize(ws_row: 1, ws_col: 1, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(viewer.master, UInt(TIOCSWINSZ), &size)
        kill(viewer.process.processIdentifier, SIGWINCH)
        usleep(300_000)
        viewer.process.terminate()
        #expect(viewer.status() == 0)
        #expect(viewer.mode == before)
    }
}
