// Decides which Modbus requests carry the points of one bus: as few as are worth it, so that the
// bus is asked once for what stands together. Also says how long each request occupies the bus.
//
// `ModbusBus` polls by it, `standpipe check` refuses a site whose bus cannot carry it. It must
// never leave a point out, and never put points of different units, tables or periods together.

import FireLogic

/// The requests of one bus.
package struct PollPlan: Equatable, Sendable {
    /// What the time on the wire depends on.
    package let link: BusPlan.Link
    /// Requests that carry fault points come first, so that at equal deadlines a detector's fault
    /// is known before its alarm is looked at. Then by unit, table, period and address.
    package let requests: [PollRequest]

    /// Plans the points of all detectors whose source is `bus` (a position in `plan.buses`).
    package init(plan: SitePlan, bus: Int) {
        let link = plan.buses[bus].link
        var points: [PlannedPoint] = []
        for (position, detector) in plan.detectors.enumerated() {
            guard case .modbus(bus, let alarm, let fault) = detector.source else { continue }
            points.append(
                PlannedPoint(
                    point: alarm, role: .alarm, detector: position, period: detector.period))
            if let fault {
                points.append(
                    PlannedPoint(
                        point: fault, role: .fault, detector: position, period: detector.period))
            }
        }
        points.sort(by: <)
        let requests = Self.merge(points, link: link)
        self.link = link
        self.requests =
            requests.filter { $0.carries(.fault) } + requests.filter { !$0.carries(.fault) }
    }

    /// How long `request` and its answer occupy the bus: both frames with start, parity and stop
    /// bits, and the silence of 3.5 characters after each (Modbus over serial line V1.02, 2.5.1.1).
    /// The time that the slave takes to think is not in it. Zero on TCP.
    package func wireTime(of request: PollRequest) -> Interval {
        SerialLine(link).wireTime(table: request.table, count: request.count)
    }

    /// Seconds of bus time that are needed in every second when every slave answers at once.
    /// Above 1 the bus cannot carry the plan. What slaves take to think and the probes of dead
    /// ones must find room below 1. Zero on TCP.
    package var load: Double {
        var sum = 0.0
        for request in requests where request.period > .zero {
            sum +=
                Double(wireTime(of: request).nanoseconds) / Double(request.period.nanoseconds)
        }
        return sum
    }

    /// Cuts the sorted `points` into requests: a point joins its forerunners when one longer
    /// request takes no longer on the wire than two.
    private static func merge(_ points: [PlannedPoint], link: BusPlan.Link) -> [PollRequest] {
        let line = SerialLine(link)
        var requests: [PollRequest] = []
        var start = 0
        for index in points.indices {
            let next = index + 1
            if next < points.count,
                pays(points[start], points[index], points[next], line: line)
            {
                continue
            }
            requests.append(PollRequest(points[start...index]))
            start = next
        }
        return requests
    }

    /// Whether `next` should join the request that reaches from `first` to `last`.
    private static func pays(
        _ first: PlannedPoint, _ last: PlannedPoint, _ next: PlannedPoint, line: SerialLine
    ) -> Bool {
        let table = first.point.table
        guard next.point.unit == first.point.unit, next.point.table == table,
            next.period == first.period
        else { return false }
        let count = last.address - first.address + 1
        let joined = next.address - first.address + 1
        guard joined <= PollRequest.capacity(of: table) else { return false }
        return line.wireTime(table: table, count: joined)
            <= line.wireTime(table: table, count: count) + line.wireTime(table: table, count: 1)
    }
}

/// One Modbus read: consecutive addresses of one table of one unit, and whom they serve.
package struct PollRequest: Equatable, Sendable {
    /// One point that the answer holds.
    package struct Use: Equatable, Sendable {
        package enum Role: UInt8, Sendable { case alarm, fault }

        /// Position in `SitePlan.detectors`.
        package let detector: Int
        package let role: Role
        /// Which register or bit of the answer, counted from 0.
        package let offset: Int
        /// What the value is tested for; offset 0 of this point is the answer's `offset`.
        package let point: ModbusPoint
    }

    package let unit: UInt8
    package let table: ModbusPoint.Table
    package let address: UInt16
    /// Registers (1 to 125) or bits (1 to 2,000).
    package let count: Int
    /// Time between two polls.
    package let period: Interval
    /// Never empty; sorted by address.
    package let uses: [Use]

    /// `points` are not empty, of one unit, table and period, sorted by address, and close enough.
    fileprivate init(_ points: ArraySlice<PlannedPoint>) {
        precondition(!points.isEmpty, "a request serves at least one point")
        let first = points[points.startIndex]
        let last = points[points.endIndex - 1]
        unit = first.point.unit
        table = first.point.table
        address = first.point.address
        count = last.address - first.address + 1
        period = first.period
        uses = points.map { planned in
            Use(
                detector: planned.detector, role: planned.role,
                offset: planned.address - first.address, point: planned.point)
        }
    }

    /// The part of `whole` that serves `uses` only.
    private init(_ whole: PollRequest, uses: ArraySlice<Use>) {
        let first = uses[uses.startIndex]
        unit = whole.unit
        table = whole.table
        address = first.point.address
        count = uses[uses.endIndex - 1].offset - first.offset + 1
        period = whole.period
        self.uses = uses.map { use in
            Use(
                detector: use.detector, role: use.role, offset: use.offset - first.offset,
                point: use.point)
        }
    }

    /// The most that one request may ask for (Modbus application protocol V1.1b3, 6.1 to 6.4).
    package static func capacity(of table: ModbusPoint.Table) -> Int {
        table.isBits ? 2_000 : 125
    }

    package func carries(_ role: Use.Role) -> Bool {
        uses.contains { $0.role == role }
    }

    /// Two requests that serve the same points without the widest gap between them, or nil when
    /// all points share one address. For slaves that refuse to be asked for what lies between.
    package func split() -> (PollRequest, PollRequest)? {
        var cut = 0
        var widest = 0
        for index in uses.indices.dropFirst() {
            let gap = uses[index].offset - uses[index - 1].offset
            let nearerMiddle = abs(2 * index - uses.count) < abs(2 * cut - uses.count)
            if gap > widest || (gap == widest && gap > 0 && nearerMiddle) {
                widest = gap
                cut = index
            }
        }
        guard widest > 0 else { return nil }
        return (PollRequest(self, uses: uses[..<cut]), PollRequest(self, uses: uses[cut...]))
    }
}

/// What a serial line's characters and silences cost. All zero on TCP.
package struct SerialLine: Equatable, Sendable {
    /// One character: start bit, 8 data bits, parity if any, stop bits.
    package let character: Interval
    /// The silence that ends a frame: 3.5 characters; fixed 1.75 ms above 19,200 baud.
    package let silence: Interval

    package init(_ link: BusPlan.Link) {
        guard case .rtu(_, let baud, let parity, let stopBits) = link else {
            character = .zero
            silence = .zero
            return
        }
        let bits = Int64(1 + 8 + (parity == .none ? 0 : 1) + stopBits)
        let rate = Int64(max(baud, 1))
        character = Interval(nanoseconds: (bits * 1_000_000_000 + rate - 1) / rate)
        silence = Interval(
            nanoseconds: rate > 19_200 ? 1_750_000 : (character.nanoseconds * 7 + 1) / 2)
    }

    /// A request for `count` values: unit, function, address, count and checksum.
    package static let requestLength = 8

    /// Characters of the answer with `count` values: unit, function, byte count, data, checksum.
    package static func replyLength(table: ModbusPoint.Table, count: Int) -> Int {
        5 + table.bytes(for: count)
    }

    /// The time that `characters` take back to back.
    package func time(of characters: Int) -> Interval {
        Interval(nanoseconds: Int64(characters) * character.nanoseconds)
    }

    /// Request, silence, answer and silence.
    package func wireTime(table: ModbusPoint.Table, count: Int) -> Interval {
        time(of: Self.requestLength + Self.replyLength(table: table, count: count))
            + silence + silence
    }
}

extension ModbusPoint.Table {
    /// Coils and discrete inputs; the others hold registers of 16 bits.
    package var isBits: Bool {
        switch self {
        case .coil, .discreteInput: true
        case .holdingRegister, .inputRegister: false
        }
    }

    /// Bytes of data in an answer with `count` values.
    package func bytes(for count: Int) -> Int {
        isBits ? (count + 7) / 8 : 2 * count
    }
}

/// A point on its way into a request.
private struct PlannedPoint {
    let point: ModbusPoint
    let role: PollRequest.Use.Role
    let detector: Int
    let period: Interval

    var address: Int { Int(point.address) }

    /// Points that may share a request stand together, by address.
    static func < (a: PlannedPoint, b: PlannedPoint) -> Bool {
        if a.point.unit != b.point.unit { return a.point.unit < b.point.unit }
        if a.point.table != b.point.table {
            return a.point.table.rawValue < b.point.table.rawValue
        }
        if a.period != b.period { return a.period < b.period }
        return (a.address, a.detector, a.role.rawValue) < (b.address, b.detector, b.role.rawValue)
    }
}
