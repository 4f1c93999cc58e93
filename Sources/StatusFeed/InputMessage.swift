// What may come into the controller from the gateway's side, and what it answers. One message is
// one packet of a Unix SOCK_SEQPACKET socket; its sender is not trusted. Bytes only.
//
//   message, 40 bytes (little-endian)
//     0  version u8 = 1        1  kind u8: 1 signal, 2 operator request, 3 gateway's report
//     2  zero u16              4  number u32, given back in the answer
//   signal
//     8  detector id u32      12  value u8, 0 or 1; rest zero
//   operator request (ControlLoop/Flat.swift has the numbers)
//     8  operation u8          9  target u8       10  floor i16      12  detector or zone u32
//    16  span i64 ns          24  name, 16 bytes of ASCII: not empty, not "panel" or "timer"
//   gateway's report, at least every 2 s while it serves
//     8  flags u8: 1 e-mail fails, 2 SMS fails, 4 a message is undelivered, 8 its own log fails;
//        others mean nothing here; rest zero
//
//   answer, 8 bytes
//     0  version u8 = 1        1  outcome u8       2  zero u16       4  number u32

import ControlLoop
import FireLogic

package struct InputMessage: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case signal(DetectorID, Reading)
        case request(OperatorRequest)
        case gateway(GatewayReport)
    }

    package static let byteCount = 40

    package var number: UInt32
    package var content: Content

    package init(number: UInt32, _ content: Content) {
        self.number = number
        self.content = content
    }

    /// Why bytes are no message.
    package enum Flaw: Error, Hashable, Sendable {
        case length, version, kind, value, request
    }

    /// Reads a packet of any bytes. The request's origin is always `remote`.
    package init(_ bytes: UnsafeRawBufferPointer) throws(Flaw) {
        guard bytes.count == Self.byteCount else { throw .length }
        guard bytes[0] == 1 else { throw .version }
        number = bytes.little(UInt32.self, at: 4)
        switch bytes[1] {
        case 1:
            let id = DetectorID(rawValue: bytes.little(UInt32.self, at: 8))
            switch bytes[12] {
            case 0: content = .signal(id, .normal)
            case 1: content = .signal(id, .alarm)
            default: throw .value
            }
        case 2:
            let request = OperatorRequest(
                operation: bytes[8], target: bytes[9],
                origin: OperatorRequest.Origin.remote.rawValue,
                floor: FloorID(rawValue: bytes.little(Int16.self, at: 10)),
                index: bytes.little(UInt32.self, at: 12),
                span: Interval(nanoseconds: bytes.little(Int64.self, at: 16)),
                who: OperatorName(
                    head: bytes.little(UInt64.self, at: 24),
                    tail: bytes.little(UInt64.self, at: 32)))
            // Records tell the panel and the timer apart from people by these names.
            guard let request, request.who != .panel, request.who != .timer,
                !request.who.text.isEmpty
            else { throw .request }
            content = .request(request)
        case 3:
            content = .gateway(GatewayReport(rawValue: bytes[8]).intersection(.all))
        default:
            throw .kind
        }
    }

    /// The message as a packet. A signal other than normal and alarm cannot be sent: nil.
    package var bytes: [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes[0] = 1
        bytes.store(number, at: 4)
        switch content {
        case .signal(let id, let reading):
            guard reading == .normal || reading == .alarm else { return nil }
            bytes[1] = 1
            bytes.store(id.rawValue, at: 8)
            bytes[12] = reading.code
        case .request(let request):
            let flat = request.flat
            bytes[1] = 2
            bytes[8] = flat.operation
            bytes[9] = flat.target
            bytes.store(flat.floor.rawValue, at: 10)
            bytes.store(flat.index, at: 12)
            bytes.store(flat.span.nanoseconds, at: 16)
            bytes.store(request.who.head, at: 24)
            bytes.store(request.who.tail, at: 32)
        case .gateway(let report):
            bytes[1] = 3
            bytes[8] = report.rawValue
        }
        return bytes
    }
}

/// What the gateway says of itself. It lights the fault lamp, and does nothing else.
package struct GatewayReport: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// No e-mail can be sent.
    package static let mailFails = GatewayReport(rawValue: 1)
    /// No SMS can be sent.
    package static let smsFails = GatewayReport(rawValue: 2)
    /// A message reached nobody, and no human has seen that yet.
    package static let undelivered = GatewayReport(rawValue: 4)
    /// Its own log refuses records.
    package static let logFails = GatewayReport(rawValue: 8)
    package static let all: GatewayReport = [.mailFails, .smsFails, .undelivered, .logFails]
}

package struct InputAnswer: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        /// 0 to 15: the fire logic took it, or says why not.
        case decided(RequestOutcome)
        /// 16: the packet was no message.
        case malformed
        /// 17: the site has no such detector.
        case unknownDetector
        /// 18: the detector is not one whose signals come through the gateway.
        case notNetworkDetector
        /// 19: more came than is allowed; send again later.
        case tooMany
    }

    package static let byteCount = 8

    package var number: UInt32
    package var outcome: Outcome

    package init(number: UInt32, _ outcome: Outcome) {
        self.number = number
        self.outcome = outcome
    }

    /// nil when the packet is no answer.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount, bytes[0] == 1 else { return nil }
        number = bytes.little(UInt32.self, at: 4)
        switch bytes[1] {
        case 0..<16:
            guard let decided = RequestOutcome(rawValue: bytes[1]) else { return nil }
            outcome = .decided(decided)
        case 16: outcome = .malformed
        case 17: outcome = .unknownDetector
        case 18: outcome = .notNetworkDetector
        case 19: outcome = .tooMany
        default: return nil
        }
    }

    /// The packet as one little-endian word, so that answering allocates nothing.
    package var word: UInt64 {
        let code: UInt8 =
            switch outcome {
            case .decided(let outcome): outcome.rawValue
            case .malformed: 16
            case .unknownDetector: 17
            case .notNetworkDetector: 18
            case .tooMany: 19
            }
        return (1 | UInt64(code) << 8 | UInt64(number) << 32).littleEndian
    }
}
