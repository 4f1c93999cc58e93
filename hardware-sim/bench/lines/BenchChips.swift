// The GPIO lines of the controller under test. Levels stand in shared memory, edges come through a
// pipe that the controller's epoll watches, and setting an output costs a system call, as on a
// board. Watched outputs, the valves, are stamped with the boot clock after that call.

import CLinux
import FieldDevices
import FireLogic
import Glibc

package struct BenchChips: GpioChips, Sendable {
    private let directory: String
    private let page: BenchPage
    private let drives: Int32
    /// Written at every output; nobody reads it.
    private let chipCall: Int32

    package init(directory: String) throws(BenchError) {
        self.directory = directory
        page = try BenchPage(directory: directory, create: false)
        drives = try BenchWire.open(BenchWire.drivePath(directory))
        chipCall = clinux_eventfd()
        guard chipCall >= 0 else { throw BenchError("eventfd") }
    }

    /// A journal's sync on a disk that hangs for three seconds, while the benchmark wants it so.
    package func hang() {
        var slices = 150
        while slices > 0 && page.diskHangs {
            usleep(20_000)
            slices -= 1
        }
    }

    package var heapCounts: UnsafeMutablePointer<UInt64> { page.heapCounts }

    /// The number at the end of `/dev/gpiochip7`.
    private static func number(of path: String) throws(GpioError) -> Int {
        let digits = path.utf8.reversed().prefix { (48...57).contains($0) }
        var number = 0
        for digit in digits.reversed() { number = number * 10 + Int(digit - 48) }
        guard !digits.isEmpty, number < BenchPage.chips else {
            throw GpioError(chip: path, offset: nil, errno: ENOENT)
        }
        return number
    }

    package func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> BenchInputs {
        let chip = try Self.number(of: path)
        do throws(BenchError) {
            let pipe = try BenchWire.open(BenchWire.edgePath(directory, chip: chip))
            return BenchInputs(page: page, chip: chip, lines: lines, pipe: pipe)
        } catch {
            throw GpioError(chip: path, offset: nil, errno: error.errno)
        }
    }

    package func outputs(
        path: String, lines: [GpioLine], initial: [Bool?]
    ) throws(GpioError) -> BenchOutputs {
        let outputs = BenchOutputs(
            page: page, chip: try Self.number(of: path), lines: lines, drives: drives,
            chipCall: chipCall)
        for (index, active) in initial.enumerated() {
            if let active { try outputs.set(index, active: active) }
        }
        return outputs
    }

    package func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool {
        page[try Self.number(of: path), line.offset] != line.activeLow
    }
}

package final class BenchInputs: GpioInputs {
    package let descriptors: [Int32]
    private let page: BenchPage
    private let chip: Int
    private let lines: [GpioLine]
    /// Place in `lines` by offset, -1 for lines of others.
    private var places: [Int]

    fileprivate init(page: BenchPage, chip: Int, lines: [GpioLine], pipe: Int32) {
        descriptors = [pipe]
        self.page = page
        self.chip = chip
        self.lines = lines
        places = Array(repeating: -1, count: Limits.linesPerChip)
        for (place, line) in lines.enumerated() { places[line.offset] = place }
    }

    deinit { close(descriptors[0]) }

    package func isActive(_ index: Int) throws(GpioError) -> Bool {
        page[chip, lines[index].offset] != lines[index].activeLow
    }

    package func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError) {
        var packet: UInt32 = 0
        while true {
            let count = read(descriptors[0], &packet, BenchWire.edgeBytes)
            guard count == BenchWire.edgeBytes else { return }
            let place = places[Int(packet & 0x3FF)]
            guard place >= 0 else { continue }
            let high = packet >> 16 & 1 == 1
            edges.append(
                GpioEdge(index: place, active: high != lines[place].activeLow, lostBefore: false))
        }
    }
}

package final class BenchOutputs: GpioOutputs {
    private let page: BenchPage
    private let chip: Int
    private let lines: [GpioLine]
    private let drives: Int32
    private let chipCall: Int32

    fileprivate init(
        page: BenchPage, chip: Int, lines: [GpioLine], drives: Int32, chipCall: Int32
    ) {
        self.page = page
        self.chip = chip
        self.lines = lines
        self.drives = drives
        self.chipCall = chipCall
    }

    package func set(_ index: Int, active: Bool) throws(GpioError) {
        let offset = lines[index].offset
        let high = active != lines[index].activeLow
        clinux_wake(chipCall)
        page[chip, offset] = high
        guard page.isWatched(chip, offset) else { return }
        var message = BenchWire.drive(chip: chip, offset: offset, high: high, at: BootClock.now)
        _ = write(drives, &message, BenchWire.driveBytes)
    }
}
