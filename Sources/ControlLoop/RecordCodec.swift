// A record as five 64-bit words, and back. Used by the journal's files, the status page and the
// replay, so the numbers below are a file format: never change one, only add.
//
//   word 0   bits 0-7 kind, 8-15 detail, 16-31 floor (Int16), 32-63 detector or index (UInt32)
//   word 1   a span in nanoseconds, a count or a checksum
//   word 2-3 operator name
//   word 4   bits 0-7 operation, 8-15 target, 16-23 origin, 24-31 outcome, 32-63 detector
//
// Inputs (told, asked, rested) stand in InputCodec.swift. Reading takes any words: what is no record
// gives nil, never a trap.

import FireLogic

package struct RecordWords: Hashable, Sendable {
    package static let byteCount = 40

    package var words: (UInt64, UInt64, UInt64, UInt64, UInt64)

    package init(_ words: (UInt64, UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    package static func == (a: RecordWords, b: RecordWords) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
        hasher.combine(words.4)
    }

    init(
        _ kind: Kind, detail: UInt8 = 0, floor: FloorID? = nil, index: UInt32 = 0,
        number: Int64 = 0, who: OperatorName = OperatorName(head: 0, tail: 0), extra: UInt64 = 0
    ) {
        let place = UInt64(UInt16(bitPattern: floor?.rawValue ?? 0))
        words.0 =
            UInt64(kind.rawValue) | UInt64(detail) << 8 | place << 16 | UInt64(index) << 32
        words.1 = UInt64(bitPattern: number)
        words.2 = who.head
        words.3 = who.tail
        words.4 = extra
    }

    enum Kind: UInt8 {
        case signal = 1
        case alarm, tested, detectorDown, detectorBack, bus
        case releasePending, releaseWithdrawn, releaseWithheld
        case valve, valveConfirmed, valveFault, valveRepaired
        case isolated, inService, keyFault, keyRepaired, manualRelease, manualReleaseFault
        case disabled, enabled, walkTestStarted, walkTestEnded, silenced, reset, refused, button
        case systemFault, started, armed, signalsDropped
        case told, asked, timePassed, rested
    }

    var detail: UInt8 { UInt8(truncatingIfNeeded: words.0 >> 8) }
    private var floor: FloorID {
        FloorID(rawValue: Int16(bitPattern: UInt16(truncatingIfNeeded: words.0 >> 16)))
    }
    var index: UInt32 { UInt32(truncatingIfNeeded: words.0 >> 32) }
    private var detector: DetectorID { DetectorID(rawValue: index) }
    var number: Int64 { Int64(bitPattern: words.1) }
    private var span: Interval { Interval(nanoseconds: number) }
    private var who: OperatorName { OperatorName(head: words.2, tail: words.3) }
    private func extra(_ byte: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: words.4 >> (byte * 8)) }

    /// The record, or nil when the words are none.
    package var record: Record? {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: words.0)) else { return nil }
        switch kind {
        case .signal: return Reading(code: detail).map { .signal(detector, $0) }
        case .alarm: return .alarm(detector, floor)
        case .tested: return .tested(detector, floor)
        case .detectorDown:
            return Reading(code: detail)?.downCause.map { .detectorDown(detector, floor, $0) }
        case .detectorBack: return .detectorBack(detector, floor)
        case .bus: return .bus(Int(index), up: detail == 1)
        case .releasePending: return .releasePending(floor, releaseCause, delay: span)
        case .releaseWithdrawn: return .releaseWithdrawn(floor)
        case .releaseWithheld: return .releaseWithheld(floor, releaseCause)
        case .valve: return valveRecord
        case .valveConfirmed:
            return ValveCommand(rawValue: detail).map { .valveConfirmed(floor, $0) }
        case .valveFault: return ValveFault(rawValue: detail).map { .valveFault(floor, $0) }
        case .valveRepaired: return .valveRepaired(floor)
        case .isolated: return .isolated(floor)
        case .inService: return .inService(floor)
        case .keyFault: return .keyFault(key: Int(index))
        case .keyRepaired: return .keyRepaired(key: Int(index))
        case .manualRelease: return .manualRelease(floor, pressed: detail == 1)
        case .manualReleaseFault: return .manualReleaseFault(floor, present: detail == 1)
        // A negative time was never written; folding it would overflow.
        case .disabled: return span < .zero ? nil : .disabled(detector, who, span)
        case .enabled: return .enabled(detector, who)
        case .walkTestStarted: return span < .zero ? nil : .walkTestStarted(floor, who, span)
        case .walkTestEnded: return .walkTestEnded(floor, who)
        case .silenced: return .silenced(who)
        case .reset: return .reset(who)
        case .refused: return refusedRecord
        case .button: return PanelButton(rawValue: detail).map { .button($0) }
        case .systemFault:
            return SystemFault(rawValue: detail).map { .systemFault($0, present: number == 1) }
        case .started: return .started(planChecksum: index)
        case .armed: return .armed
        case .signalsDropped: return .signalsDropped(Int(number))
        case .told: return event.map { .told($0) }
        case .asked: return request.map { .asked($0) }
        case .timePassed: return .timePassed
        case .rested: return rest.map { .rested($0) }
        }
    }

    private var releaseCause: ReleaseCause {
        detail & 1 == 1 ? .detector(detector) : .manual
    }

    private var valveRecord: Record? {
        let command: ValveCommand = number & 1 == 1 ? .open : .closed
        switch detail {
        case 0, 1: return .valve(floor, command, .release(releaseCause))
        case 2: return .valve(floor, command, .key)
        case 3: return .valve(floor, command, .again(Int(index)))
        case 4: return .valve(floor, command, .remembered)
        default: return nil
        }
    }

    private var request: OperatorRequest? {
        OperatorRequest(
            operation: extra(0), target: extra(1), origin: extra(2), floor: floor, index: index,
            span: span, who: who)
    }

    private var refusedRecord: Record? {
        guard let outcome = RequestOutcome(rawValue: extra(3)), let request else { return nil }
        return .refused(request, outcome)
    }
}

extension Record {
    package var words: RecordWords {
        switch self {
        case .signal(let detector, let reading):
            RecordWords(.signal, detail: reading.code, index: detector.rawValue)
        case .alarm(let detector, let floor):
            RecordWords(.alarm, floor: floor, index: detector.rawValue)
        case .tested(let detector, let floor):
            RecordWords(.tested, floor: floor, index: detector.rawValue)
        case .detectorDown(let detector, let floor, let cause):
            RecordWords(
                .detectorDown, detail: cause.reading.code, floor: floor, index: detector.rawValue)
        case .detectorBack(let detector, let floor):
            RecordWords(.detectorBack, floor: floor, index: detector.rawValue)
        case .bus(let bus, let up):
            RecordWords(.bus, detail: up ? 1 : 0, index: UInt32(bus))
        case .releasePending(let floor, let cause, let delay):
            RecordWords(
                .releasePending, detail: cause.code, floor: floor, index: cause.index,
                number: delay.nanoseconds)
        case .releaseWithdrawn(let floor): RecordWords(.releaseWithdrawn, floor: floor)
        case .releaseWithheld(let floor, let cause):
            RecordWords(.releaseWithheld, detail: cause.code, floor: floor, index: cause.index)
        case .valve(let floor, let command, let cause):
            RecordWords(valve: floor, command, cause)
        case .valveConfirmed(let floor, let command):
            RecordWords(.valveConfirmed, detail: command.rawValue, floor: floor)
        case .valveFault(let floor, let fault):
            RecordWords(.valveFault, detail: fault.rawValue, floor: floor)
        case .valveRepaired(let floor): RecordWords(.valveRepaired, floor: floor)
        case .isolated(let floor): RecordWords(.isolated, floor: floor)
        case .inService(let floor): RecordWords(.inService, floor: floor)
        case .keyFault(let key): RecordWords(.keyFault, index: UInt32(key))
        case .keyRepaired(let key): RecordWords(.keyRepaired, index: UInt32(key))
        case .manualRelease(let floor, let pressed):
            RecordWords(.manualRelease, detail: pressed ? 1 : 0, floor: floor)
        case .manualReleaseFault(let floor, let present):
            RecordWords(.manualReleaseFault, detail: present ? 1 : 0, floor: floor)
        case .disabled(let detector, let who, let time):
            RecordWords(.disabled, index: detector.rawValue, number: time.nanoseconds, who: who)
        case .enabled(let detector, let who):
            RecordWords(.enabled, index: detector.rawValue, who: who)
        case .walkTestStarted(let floor, let who, let time):
            RecordWords(.walkTestStarted, floor: floor, number: time.nanoseconds, who: who)
        case .walkTestEnded(let floor, let who):
            RecordWords(.walkTestEnded, floor: floor, who: who)
        case .silenced(let who): RecordWords(.silenced, who: who)
        case .reset(let who): RecordWords(.reset, who: who)
        case .refused(let request, let outcome):
            RecordWords(refused: request, outcome)
        case .button(let button): RecordWords(.button, detail: button.rawValue)
        case .systemFault(let fault, let present):
            RecordWords(.systemFault, detail: fault.rawValue, number: present ? 1 : 0)
        case .started(let checksum): RecordWords(.started, index: checksum)
        case .armed: RecordWords(.armed)
        case .signalsDropped(let count): RecordWords(.signalsDropped, number: Int64(count))
        case .told(let event): RecordWords(told: event)
        case .asked(let request): RecordWords(.asked, request, extra: 0)
        case .timePassed: RecordWords(.timePassed)
        case .rested(let rest): RecordWords(rested: rest)
        }
    }
}

extension RecordWords {
    fileprivate init(valve floor: FloorID, _ command: ValveCommand, _ cause: ValveCause) {
        let detail: UInt8
        var index: UInt32 = 0
        switch cause {
        case .release(let cause):
            detail = cause.code
            index = cause.index
        case .key: detail = 2
        case .again(let count):
            detail = 3
            index = UInt32(count)
        case .remembered: detail = 4
        }
        self.init(
            .valve, detail: detail, floor: floor, index: index, number: command == .open ? 1 : 0)
    }

    fileprivate init(refused request: OperatorRequest, _ outcome: RequestOutcome) {
        self.init(.refused, request, extra: UInt64(outcome.rawValue) << 24)
    }

    fileprivate init(_ kind: Kind, _ request: OperatorRequest, extra: UInt64) {
        let flat = request.flat
        let low =
            UInt64(flat.operation) | UInt64(flat.target) << 8
            | UInt64(request.origin.rawValue) << 16
        self.init(
            kind, floor: flat.floor, index: flat.index, number: flat.span.nanoseconds,
            who: request.who, extra: low | extra)
    }
}

extension ReleaseCause {
    fileprivate var code: UInt8 {
        switch self {
        case .manual: 0
        case .detector: 1
        }
    }
    fileprivate var index: UInt32 {
        switch self {
        case .manual: 0
        case .detector(let id): id.rawValue
        }
    }
}
