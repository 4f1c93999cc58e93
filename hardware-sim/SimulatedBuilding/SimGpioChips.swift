// The controller's end of the simulated GPIO lines: what libgpiod is to a board. Used by
// `standpipe-controller-sim` in place of `LibgpiodChips`; called from the control loop's thread
// only. It decides nothing, invents no level and never waits for the building once a request of
// lines has been answered.

import FieldDevices
import FireLogic
import Glibc

package struct SimGpioChips: GpioChips {
    /// How long the building has to answer a request of lines.
    static let answerSeconds = 5

    private let socketPath: String
    private let levels: SharedLevels

    /// Throws when no building listens at `socketPath`.
    package init(socketPath: String) throws(SimulationError) {
        self.socketPath = socketPath
        levels = try SharedLevels(path: socketPath + ".levels", create: false)
    }

    package func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> SimGpioInputs {
        let request = try open(
            .inputs, path: path, lines: lines, levels: Array(repeating: nil, count: lines.count))
        return SimGpioInputs(
            request: request.connection, lines: lines, chip: path, base: request.base,
            levels: levels)
    }

    package func outputs(
        path: String, lines: [GpioLine], initial: [Bool?]
    ) throws(GpioError) -> SimGpioOutputs {
        precondition(lines.count == initial.count, "one initial level a line")
        let voltages = zip(lines, initial).map { line, active in
            active.map { $0 != line.activeLow }
        }
        let request = try open(.outputs, path: path, lines: lines, levels: voltages)
        return SimGpioOutputs(request: request.connection, lines: lines, chip: path)
    }

    package func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool {
        let look = try open(.look, path: path, lines: [line], levels: [nil])
        close(look.connection)
        return levels[look.base + line.offset] != line.activeLow
    }

    private func open(
        _ kind: GpioWire.Kind, path: String, lines: [GpioLine], levels: [Bool?]
    ) throws(GpioError) -> (connection: Int32, base: Int) {
        let connection: Int32
        do {
            connection = try UnixSocket.connect(path: socketPath)
        } catch {
            throw GpioError(chip: path, offset: nil, errno: error.errno)
        }
        var patience = timeval(tv_sec: Self.answerSeconds, tv_usec: 0)
        setsockopt(
            connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let wireLines = zip(lines, levels).map { line, level in
            GpioWire.Line(offset: line.offset, bias: line.bias, level: level)
        }
        let opening = GpioWire.Opening(kind: kind, path: path, lines: wireLines).bytes
        var reply = [UInt8](repeating: 0, count: GpioWire.replyBytes)
        guard send(connection, opening, opening.count, Int32(MSG_NOSIGNAL)) > 0,
            recv(connection, &reply, reply.count, 0) == reply.count
        else {
            let code = errno == 0 ? EIO : errno
            close(connection)
            throw GpioError(chip: path, offset: nil, errno: code)
        }
        let code = Int32(bitPattern: reply.little32(at: 0))
        guard code == 0 else {
            close(connection)
            let offset = Int(Int32(bitPattern: reply.little32(at: 4)))
            throw GpioError(chip: path, offset: offset < 0 ? nil : offset, errno: code)
        }
        UnixSocket.setNonBlocking(connection)
        return (connection, Int(reply.little32(at: 8)))
    }
}

package final class SimGpioInputs: GpioInputs {
    package let descriptors: [Int32]
    private let lines: [GpioLine]
    private let chip: String
    private let base: Int
    private let levels: SharedLevels
    /// The building is gone: no level can be trusted any more.
    private var gone = false

    fileprivate init(
        request: Int32, lines: [GpioLine], chip: String, base: Int, levels: SharedLevels
    ) {
        descriptors = [request]
        self.lines = lines
        self.chip = chip
        self.base = base
        self.levels = levels
    }

    deinit { close(descriptors[0]) }

    package func isActive(_ index: Int) throws(GpioError) -> Bool {
        let line = lines[index]
        if gone { throw GpioError(chip: chip, offset: line.offset, errno: ENODEV) }
        return levels[base + line.offset] != line.activeLow
    }

    package func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError) {
        precondition(which == 0, "one descriptor a request")
        var packet: (UInt64, UInt64) = (0, 0)
        while true {
            let count = withUnsafeMutableBytes(of: &packet) {
                recv(descriptors[0], $0.baseAddress, GpioWire.edgeBytes, 0)
            }
            if count < 0 && errno == EAGAIN { return }
            if count < 0 && errno == EINTR { continue }
            guard count == GpioWire.edgeBytes else {
                gone = true
                throw GpioError(chip: chip, offset: nil, errno: count < 0 ? errno : ENODEV)
            }
            let head = UInt64(littleEndian: packet.0)
            let index = Int(head & 0xFFFF)
            guard index < lines.count else { continue }
            acknowledge(index)
            edges.append(
                GpioEdge(
                    index: index, active: (head >> 16 & 1 == 1) != lines[index].activeLow,
                    lostBefore: head >> 24 & 1 == 1))
        }
    }

    /// Tells the building that one edge more fits into the line's queue.
    private func acknowledge(_ index: Int) {
        var message = UInt32(GpioWire.Kind.taken.rawValue) | UInt32(index) << 16
        message = message.littleEndian
        send(
            descriptors[0], &message, GpioWire.smallBytes,
            Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
}

package final class SimGpioOutputs: GpioOutputs {
    private let request: Int32
    private let lines: [GpioLine]
    private let chip: String

    fileprivate init(request: Int32, lines: [GpioLine], chip: String) {
        self.request = request
        self.lines = lines
        self.chip = chip
    }

    deinit { close(request) }

    package func set(_ index: Int, active: Bool) throws(GpioError) {
        let level: UInt32 = active != lines[index].activeLow ? 1 : 0
        var message = UInt32(GpioWire.Kind.set.rawValue) | level << 8 | UInt32(index) << 16
        message = message.littleEndian
        let count = send(
            request, &message, GpioWire.smallBytes,
            Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        guard count == GpioWire.smallBytes else {
            throw GpioError(chip: chip, offset: lines[index].offset, errno: errno)
        }
    }
}
