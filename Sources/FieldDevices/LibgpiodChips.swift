// The real GPIO lines: libgpiod 1.6 or 2.x behind CGpiod, and for valves the kernel itself, whose
// descriptors outlive the process (`HeldLine`). Called from the control loop's thread only. It decides
// nothing and remembers nothing.

import CGpiod
import FireLogic
import Glibc

package struct LibgpiodChips: GpioChips {
    /// The name that gpioinfo shows for our lines.
    static let consumer = "standpipe"

    private let kept: KeptLines

    /// - Parameter inherited: what the service manager kept for this process; taken before anything
    ///   else opens a descriptor.
    package init(inherited: [InheritedDescriptor] = [], store: DescriptorStore = DescriptorStore())
    {
        kept = KeptLines(inherited, store: store)
    }

    package func takeOver(plan: SitePlan) -> KeptValves { kept.sort(plan: plan) }

    package func tend() { kept.store.tell() }

    /// cgpiod_hold; on a kernel older than 5.10 cgpiod_request_outputs, which keeps nothing.
    package func valve(
        path: String, line: GpioLine, floor: FloorID, initial: Bool
    ) throws(GpioError) -> LibgpiodOutputs {
        let wanted = Self.line(line, initial: initial, edges: false)
        if let held = kept.take(path: path, wanted, floor: floor) {
            return LibgpiodOutputs(held, chip: path, lines: [line])
        }
        do {
            let held = try HeldLine(path: path, wanted, floor: floor, store: kept.store)
            return LibgpiodOutputs(held, chip: path, lines: [line])
        } catch  where error.errno == EINVAL || error.errno == ENOTTY {
            return try outputs(path: path, lines: [line], initial: [initial])
        }
    }

    /// cgpiod_request_inputs
    package func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> LibgpiodInputs {
        let wanted = lines.map { Self.line($0, initial: false, edges: true) }
        guard let request = cgpiod_request_inputs(path, Self.consumer, wanted, wanted.count) else {
            throw GpioError(
                chip: path, offset: lines.count == 1 ? lines[0].offset : nil, errno: errno)
        }
        return LibgpiodInputs(request, chip: path, lines: lines)
    }

    /// cgpiod_request_outputs
    package func outputs(
        path: String, lines: [GpioLine], initial: [Bool?]
    ) throws(GpioError) -> LibgpiodOutputs {
        precondition(lines.count == initial.count, "one initial level a line")
        var wanted: [cgpiod_line] = []
        for (line, level) in zip(lines, initial) {
            let active: Bool
            if let level { active = level } else { active = try asFound(path: path, line: line) }
            wanted.append(Self.line(line, initial: active, edges: false))
        }
        guard let request = cgpiod_request_outputs(path, Self.consumer, wanted, wanted.count) else {
            throw GpioError(
                chip: path, offset: lines.count == 1 ? lines[0].offset : nil, errno: errno)
        }
        return LibgpiodOutputs(request, chip: path, lines: lines)
    }

    /// cgpiod_as_found
    package func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool {
        var wanted = Self.line(line, initial: false, edges: false)
        let level = cgpiod_as_found(path, Self.consumer, &wanted)
        guard level >= 0 else {
            throw GpioError(chip: path, offset: line.offset, errno: errno)
        }
        return level == 1
    }

    private static func line(_ line: GpioLine, initial: Bool, edges: Bool) -> cgpiod_line {
        let bias =
            switch line.bias {
            case .asIs: CGPIOD_BIAS_AS_IS
            case .disabled: CGPIOD_BIAS_DISABLED
            case .pullUp: CGPIOD_BIAS_PULL_UP
            case .pullDown: CGPIOD_BIAS_PULL_DOWN
            }
        return cgpiod_line(
            offset: UInt32(line.offset), bias: UInt8(bias.rawValue), active_low: line.activeLow,
            initial_value: initial, edges: edges)
    }
}

package final class LibgpiodInputs: GpioInputs {
    /// More edges than this at once wait for the next call.
    private static let room = 64

    package let descriptors: [Int32]
    private let request: OpaquePointer
    private let chip: String
    private let lines: [GpioLine]
    private let buffer: UnsafeMutablePointer<cgpiod_edge>
    /// Position of each offset in `lines`, -1 for others.
    private let position: [Int]

    fileprivate init(_ request: OpaquePointer, chip: String, lines: [GpioLine]) {
        self.request = request
        self.chip = chip
        self.lines = lines
        descriptors = (0..<cgpiod_fd_count(request)).map { cgpiod_fd(request, $0) }
        buffer = .allocate(capacity: Self.room)
        var position = Array(repeating: -1, count: (lines.map(\.offset).max() ?? 0) + 1)
        for (index, line) in lines.enumerated() { position[line.offset] = index }
        self.position = position
    }

    deinit {
        cgpiod_release(request)
        buffer.deallocate()
    }

    /// cgpiod_get
    package func isActive(_ index: Int) throws(GpioError) -> Bool {
        let level = cgpiod_get(request, index)
        guard level >= 0 else {
            throw GpioError(chip: chip, offset: lines[index].offset, errno: errno)
        }
        return level == 1
    }

    /// cgpiod_read_edges
    package func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError) {
        let count = cgpiod_read_edges(request, which, buffer, Self.room)
        guard count >= 0 else { throw GpioError(chip: chip, offset: nil, errno: errno) }
        for edge in UnsafeBufferPointer(start: buffer, count: Int(count)) {
            let offset = Int(edge.offset)
            guard offset < position.count, position[offset] >= 0 else { continue }
            edges.append(
                GpioEdge(
                    index: position[offset], active: edge.rising, lostBefore: edge.lost_before))
        }
    }
}

package final class LibgpiodOutputs: GpioOutputs {
    private enum Hold {
        case request(OpaquePointer)
        case held(HeldLine)
    }

    private let hold: Hold
    private let chip: String
    private let lines: [GpioLine]

    fileprivate init(_ request: OpaquePointer, chip: String, lines: [GpioLine]) {
        hold = .request(request)
        self.chip = chip
        self.lines = lines
    }

    fileprivate init(_ held: HeldLine, chip: String, lines: [GpioLine]) {
        hold = .held(held)
        self.chip = chip
        self.lines = lines
    }

    deinit {
        if case .request(let request) = hold { cgpiod_release(request) }
    }

    /// cgpiod_set, or cgpiod_held_set
    package func set(_ index: Int, active: Bool) throws(GpioError) {
        let reason =
            switch hold {
            case .request(let request): cgpiod_set(request, index, active) == 0 ? 0 : errno
            case .held(let held): held.set(active: active)
            }
        guard reason == 0 else {
            throw GpioError(chip: chip, offset: lines[index].offset, errno: reason)
        }
    }
}
