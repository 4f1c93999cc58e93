// Readings and operator requests as small numbers, for the record's words, the input socket and
// the status page. File and wire formats: never change a number, only add.

import FireLogic

extension Reading {
    /// 0 normal, 1 alarm, 16 + reason fault, 32 + cause silent.
    package var code: UInt8 {
        switch self {
        case .normal: 0
        case .alarm: 1
        case .fault(let reason): 16 + reason.rawValue
        case .silent(let cause): 32 + cause.rawValue
        }
    }

    /// nil when `code` is no reading.
    package init?(code: UInt8) {
        switch code {
        case 0: self = .normal
        case 1: self = .alarm
        case 16..<32:
            guard let reason = FaultReason(rawValue: code - 16) else { return nil }
            self = .fault(reason)
        case 32..<48:
            guard let cause = SilenceCause(rawValue: code - 32) else { return nil }
            self = .silent(cause)
        default: return nil
        }
    }

    package var downCause: DownCause? {
        switch self {
        case .normal, .alarm: nil
        case .fault(let reason): .fault(reason)
        case .silent(let cause): .silent(cause)
        }
    }
}

extension DownCause {
    package var reading: Reading {
        switch self {
        case .silent(let cause): .silent(cause)
        case .fault(let reason): .fault(reason)
        }
    }
}

extension OperatorRequest {
    package struct Flat: Hashable, Sendable {
        /// 1 silence, 2 reset, 3 disable, 4 enable, 5 start walk test, 6 stop walk test.
        package var operation: UInt8
        /// 0 none, 1 detector, 2 zone, 3 floor.
        package var target: UInt8 = 0
        package var floor = FloorID(rawValue: 0)
        /// Detector's id or zone's position.
        package var index: UInt32 = 0
        package var span = Interval.zero
    }

    package var flat: Flat {
        switch operation {
        case .silence: return Flat(operation: 1)
        case .reset: return Flat(operation: 2)
        case .disable(let target, let span):
            var flat = Flat(operation: 3, span: span)
            flat.aim(at: target)
            return flat
        case .enable(let target):
            var flat = Flat(operation: 4)
            flat.aim(at: target)
            return flat
        case .startWalkTest(let floor, let span):
            return Flat(operation: 5, target: 3, floor: floor, span: span)
        case .stopWalkTest(let floor):
            return Flat(operation: 6, target: 3, floor: floor)
        }
    }

    /// nil when the numbers are no request.
    package init?(
        operation: UInt8, target: UInt8, origin: UInt8, floor: FloorID, index: UInt32,
        span: Interval, who: OperatorName
    ) {
        guard let origin = Origin(rawValue: origin) else { return nil }
        let aim: Target?
        switch target {
        case 0: aim = nil
        case 1: aim = .detector(DetectorID(rawValue: index))
        case 2: aim = .zone(Int(index))
        case 3: aim = .floor(floor)
        default: return nil
        }
        switch (operation, aim) {
        case (1, nil): self.init(.silence, who: who, origin: origin)
        case (2, nil): self.init(.reset, who: who, origin: origin)
        case (3, .some(let aim)): self.init(.disable(aim, span), who: who, origin: origin)
        case (4, .some(let aim)): self.init(.enable(aim), who: who, origin: origin)
        case (5, .some(.floor(let id))):
            self.init(.startWalkTest(id, span), who: who, origin: origin)
        case (6, .some(.floor(let id))): self.init(.stopWalkTest(id), who: who, origin: origin)
        default: return nil
        }
    }
}

extension OperatorRequest.Flat {
    fileprivate mutating func aim(at target: OperatorRequest.Target) {
        switch target {
        case .detector(let id):
            self.target = 1
            index = id.rawValue
        case .zone(let zone):
            self.target = 2
            index = UInt32(truncatingIfNeeded: zone)
        case .floor(let id):
            self.target = 3
            floor = id
        }
    }
}
