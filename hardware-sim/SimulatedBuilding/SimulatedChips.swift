// The building's end of the simulated GPIO lines: the kernel and the copper. Knows every line's
// voltage, who holds it, and its queue of edges. The building drives inputs and watches outputs;
// the controller reaches the lines through `SimGpioChips` only. It never changes a level that
// neither the building, the controller nor the release of a line asked for.

import FireLogic
import Glibc

package final class SimulatedChips {
    /// What an output does when the process that held it dies.
    package enum Released: Sendable {
        /// Falls to its pull, as the kernel's gpio-sim driver does.
        case fallsToPull
        /// Stays as it was, as with a held descriptor or a latching relay.
        case holds
    }

    /// The kernel keeps 16 edges a line and drops the oldest. Of these, so many may be on their
    /// way to the controller, where they can no longer be dropped.
    static let queueLength = 16
    static let inFlightLimit = 4

    private struct Edge {
        var level: Bool
        var number: UInt32
        var time: Instant
        var lostBefore: Bool
    }

    private struct Line {
        /// What the building puts on the wire; nil is an open contact or a broken wire.
        var drive: Bool?
        /// The level of the resistor that stands outside.
        var pull = false
        var bias = GpioLine.Bias.asIs
        var holder: Int32 = -1
        var isOutput = false
        /// Position in the holder's request.
        var index = 0
        var edges: [Edge] = []
        var inFlight = 0
        var edgeCount: UInt32 = 0
        var watchers: [(_ level: Bool, _ byController: Bool) -> Void] = []
    }

    private struct Holder {
        /// Positions of the held lines, in the order of the request; empty until it has opened.
        var positions: [Int] = []
        var opened = false
        /// The socket was full: lines with edges wait for the next acknowledgement of any line.
        var stalled = false
    }

    package var released: Released
    private let loop: SimLoop
    private let listener: Int32
    private let socketPath: String
    private let levels: SharedLevels
    private var chips: [String: (base: Int, count: Int)] = [:]
    private var chipPaths: [String] = []
    private var lines: [Line] = []
    private var holders: [Int32: Holder] = [:]

    /// `chips`: path and number of lines of each, in the order of the site plan.
    package init(
        loop: SimLoop, socketPath: String, chips: [(path: String, lines: Int)],
        released: Released = .fallsToPull
    ) throws(SimulationError) {
        precondition(chips.count <= Limits.chips, "the site plan bounds the chips")
        self.loop = loop
        self.socketPath = socketPath
        self.released = released
        levels = try SharedLevels(path: socketPath + ".levels", create: true)
        for (position, chip) in chips.enumerated() {
            self.chips[chip.path] = (position * Limits.linesPerChip, chip.lines)
            chipPaths.append(chip.path)
        }
        lines = Array(repeating: Line(), count: chips.count * Limits.linesPerChip)
        listener = try UnixSocket.listen(path: socketPath)
        loop.watch(listener) { [unowned self] in acceptAll() }
    }

    /// Ends every connection; nobody can request lines any more.
    package func close() {
        // What the lines do from here on is no news for the building.
        for position in lines.indices { lines[position].watchers = [] }
        for connection in Array(holders.keys) { release(connection) }
        loop.unwatch(listener)
        Glibc.close(listener)
        unlink(socketPath)
        unlink(socketPath + ".levels")
    }

    /// Connections that hold lines now.
    package var holderCount: Int { holders.values.count { $0.opened } }

    // MARK: The building's side

    private func position(_ line: GpioLine) -> Int {
        line.chip * Limits.linesPerChip + line.offset
    }

    /// Tells how the line is wired: undriven, an `.asIs` line rests at its inactive level.
    package func wire(_ line: GpioLine) {
        let position = position(line)
        lines[position].pull = line.activeLow
        lines[position].bias = line.bias
        settle(position)
    }

    /// Closes or opens the contact at `line`.
    package func setActive(_ line: GpioLine, _ active: Bool) {
        lines[position(line)].drive = active != line.activeLow
        settle(position(line))
    }

    /// Nothing drives the line any more: it goes where its pull takes it.
    package func breakWire(_ line: GpioLine) {
        lines[position(line)].drive = nil
        settle(position(line))
    }

    package func isActive(_ line: GpioLine) -> Bool {
        levels[position(line)] != line.activeLow
    }

    /// Whether a process holds the line as an output now.
    package func isHeldOutput(_ line: GpioLine) -> Bool {
        lines[position(line)].isOutput && lines[position(line)].holder >= 0
    }

    /// Calls `watcher` at every write of the controller (`byController`), changed or not, and at
    /// every change that a release causes.
    package func watch(
        _ line: GpioLine, _ watcher: @escaping (_ active: Bool, _ byController: Bool) -> Void
    ) {
        lines[position(line)].watchers.append { watcher($0 != line.activeLow, $1) }
    }

    private func restingLevel(_ line: Line) -> Bool {
        switch line.bias {
        case .pullUp: return true
        case .pullDown: return false
        case .asIs, .disabled: return line.pull
        }
    }

    /// Brings an input to the level that its wire has now.
    private func settle(_ position: Int) {
        let line = lines[position]
        guard !line.isOutput else { return }
        let level = line.drive ?? restingLevel(line)
        guard level != levels[position] else { return }
        levels[position] = level
        if line.holder >= 0 { enqueue(position, level) }
    }

    // MARK: Edges

    private func enqueue(_ position: Int, _ level: Bool) {
        lines[position].edgeCount &+= 1
        var edge = Edge(
            level: level, number: lines[position].edgeCount, time: SimLoop.now(), lostBefore: false)
        let room = Self.queueLength - lines[position].inFlight
        if lines[position].edges.count == room {
            lines[position].edges.removeFirst()
            if lines[position].edges.isEmpty {
                edge.lostBefore = true
            } else {
                lines[position].edges[0].lostBefore = true
            }
        }
        lines[position].edges.append(edge)
        flush(position)
    }

    private func flush(_ position: Int) {
        while lines[position].inFlight < Self.inFlightLimit, let edge = lines[position].edges.first
        {
            var packet: [UInt8] = []
            packet.append(little: UInt16(lines[position].index))
            packet += [edge.level ? 1 : 0, edge.lostBefore ? 1 : 0]
            packet.append(little: edge.number)
            packet.append(little: edge.time.nanoseconds)
            let sent = send(
                lines[position].holder, packet, packet.count,
                Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            guard sent == packet.count else {
                holders[lines[position].holder]?.stalled = true
                return
            }
            lines[position].edges.removeFirst()
            lines[position].inFlight += 1
        }
    }

    // MARK: The controller's side

    private func acceptAll() {
        // A controller that was killed and started again must find its lines released.
        for connection in Array(holders.keys) { serve(connection) }
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            UnixSocket.setNonBlocking(connection)
            holders[connection] = Holder()
            loop.watch(connection) { [unowned self] in serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: GpioWire.openingBytes)
        while let holder = holders[connection] {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            guard count > 0 else { return release(connection) }
            if holder.opened {
                take(buffer[..<count], from: connection, holder)
            } else {
                open(buffer[..<count], for: connection)
            }
        }
    }

    private func open(_ bytes: ArraySlice<UInt8>, for connection: Int32) {
        guard let opening = GpioWire.Opening(bytes: bytes) else {
            return refuse(connection, EINVAL, offset: -1)
        }
        guard let chip = chips[opening.path] else {
            return refuse(connection, ENOENT, offset: -1)
        }
        var wanted: Set<Int> = []
        for line in opening.lines {
            guard line.offset < chip.count, wanted.insert(line.offset).inserted else {
                return refuse(connection, EINVAL, offset: line.offset)
            }
            guard lines[chip.base + line.offset].holder < 0 else {
                return refuse(connection, EBUSY, offset: line.offset)
            }
        }
        guard opening.kind != .look else {
            return reply(connection, 0, offset: -1, base: chip.base)
        }
        var holder = Holder(opened: true)
        for (index, line) in opening.lines.enumerated() {
            let position = chip.base + line.offset
            holder.positions.append(position)
            hold(position, index: index, by: connection, as: opening.kind, line)
        }
        holders[connection] = holder
        reply(connection, 0, offset: -1, base: chip.base)
    }

    private func hold(
        _ position: Int, index: Int, by connection: Int32, as kind: GpioWire.Kind,
        _ line: GpioWire.Line
    ) {
        lines[position].bias = line.bias
        lines[position].index = index
        lines[position].edges = []
        lines[position].inFlight = 0
        lines[position].isOutput = kind == .outputs
        if kind == .inputs {
            // The level follows a new bias before edges count.
            settle(position)
            lines[position].holder = connection
        } else {
            lines[position].holder = connection
            if let level = line.level { drive(position, level) }
        }
    }

    private func drive(_ position: Int, _ level: Bool) {
        levels[position] = level
        for watcher in lines[position].watchers { watcher(level, true) }
    }

    private func take(_ bytes: ArraySlice<UInt8>, from connection: Int32, _ holder: Holder) {
        let message = Array(bytes)
        guard message.count == GpioWire.smallBytes, let kind = GpioWire.Kind(rawValue: message[0])
        else { return }
        let index = Int(message.little16(at: 2))
        guard index < holder.positions.count else { return }
        let position = holder.positions[index]
        switch kind {
        case .set where lines[position].isOutput:
            drive(position, message[1] == 1)
        case .taken where !lines[position].isOutput:
            lines[position].inFlight = max(0, lines[position].inFlight - 1)
            guard holder.stalled else { return flush(position) }
            holders[connection]?.stalled = false
            for position in holder.positions { flush(position) }
        case .set, .taken, .inputs, .outputs, .look:
            return
        }
    }

    private func release(_ connection: Int32) {
        guard let holder = holders.removeValue(forKey: connection) else { return }
        loop.unwatch(connection)
        Glibc.close(connection)
        for position in holder.positions {
            lines[position].holder = -1
            lines[position].edges = []
            guard lines[position].isOutput else { continue }
            lines[position].isOutput = released == .holds
            guard released == .fallsToPull else { continue }
            let level = lines[position].drive ?? restingLevel(lines[position])
            guard level != levels[position] else { continue }
            levels[position] = level
            for watcher in lines[position].watchers { watcher(level, false) }
        }
    }

    private func refuse(_ connection: Int32, _ code: Int32, offset: Int) {
        reply(connection, code, offset: offset, base: 0)
        release(connection)
    }

    private func reply(_ connection: Int32, _ code: Int32, offset: Int, base: Int) {
        var packet: [UInt8] = []
        packet.append(little: code)
        packet.append(little: Int32(truncatingIfNeeded: offset))
        packet.append(little: Int32(truncatingIfNeeded: base))
        send(connection, packet, packet.count, Int32(MSG_NOSIGNAL))
    }
}
