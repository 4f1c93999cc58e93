// Packets of the input socket and their answers: what is sent comes back, anything else is said to
// be nothing.

import ControlLoop
import FireLogic
import TestSupport
import Testing

@testable import StatusFeed

@Suite struct InputMessageTests {
    private static func read(_ bytes: [UInt8]) -> Result<InputMessage, InputMessage.Flaw> {
        bytes.withUnsafeBytes { bytes in
            do throws(InputMessage.Flaw) {
                return .success(try InputMessage(bytes))
            } catch {
                return .failure(error)
            }
        }
    }

    private static let detector = DetectorID(rawValue: 0xFEDC_BA98)
    private static let floor = FloorID(rawValue: -3)
    private static let who = OperatorName("0123456789abcdef")

    private static let contents: [InputMessage.Content] = {
        let operations: [OperatorRequest.Operation] = [
            .silence, .reset, .disable(.detector(detector), .minutes(5)),
            .disable(.zone(7), .minutes(1)), .disable(.floor(floor), .minutes(480)),
            .enable(.detector(detector)), .enable(.zone(0)), .enable(.floor(floor)),
            .startWalkTest(floor, .minutes(30)), .stopWalkTest(floor),
        ]
        return [.signal(detector, .normal), .signal(detector, .alarm)]
            + operations.map { .request(OperatorRequest($0, who: who, origin: .remote)) }
            + (0...GatewayReport.all.rawValue).map { .gateway(GatewayReport(rawValue: $0)) }
    }()

    @Test("Every message comes back from its packet as it was")
    func roundTrip() throws {
        for (number, content) in Self.contents.enumerated() {
            let message = InputMessage(number: UInt32.max - UInt32(number), content)
            let bytes = try #require(message.bytes)
            #expect(bytes.count == InputMessage.byteCount)
            #expect(Self.read(bytes) == .success(message))
        }
    }

    @Test("APART: a request is remote, whatever its sender calls himself")
    func origin() throws {
        let request = OperatorRequest(.reset, who: Self.who, origin: .panel)
        let bytes = try #require(InputMessage(number: 1, .request(request)).bytes)
        guard case .success(let message) = Self.read(bytes),
            case .request(let read) = message.content
        else {
            Issue.record("not read")
            return
        }
        #expect(read.origin == .remote)
        for name in ["panel", "timer", ""] {
            let request = OperatorRequest(.reset, who: OperatorName(name), origin: .remote)
            let bytes = try #require(InputMessage(number: 1, .request(request)).bytes)
            #expect(Self.read(bytes) == .failure(.request), "'\(name)' is nobody's name here")
        }
    }

    @Test("A report of a newer gateway says what is known of it here")
    func newerReport() throws {
        let report = GatewayReport(rawValue: 0xFF)
        let bytes = try #require(InputMessage(number: 1, .gateway(report)).bytes)
        #expect(Self.read(bytes) == .success(InputMessage(number: 1, .gateway(.all))))
    }

    @Test("Only normal and alarm can be sent as a signal")
    func otherReadings() {
        for reading in [Reading.fault(.device), .silent(.bus)] {
            #expect(InputMessage(number: 1, .signal(Self.detector, reading)).bytes == nil)
        }
    }

    @Test("A packet that is no message says why")
    func flaws() throws {
        let signal = try #require(InputMessage(number: 1, Self.contents[0]).bytes)
        let request = try #require(InputMessage(number: 1, Self.contents[4]).bytes)
        func flaw(_ bytes: [UInt8], _ place: Int, _ value: UInt8) -> InputMessage.Flaw? {
            var bytes = bytes
            bytes[place] = value
            if case .failure(let flaw) = Self.read(bytes) { return flaw }
            return nil
        }
        for count in 0..<100 where count != InputMessage.byteCount {
            #expect(Self.read([UInt8](repeating: 1, count: count)) == .failure(.length))
        }
        #expect(flaw(signal, 0, 2) == .version && flaw(signal, 1, 0) == .kind)
        #expect(flaw(signal, 1, 4) == .kind)
        #expect(flaw(signal, 12, 2) == .value && flaw(signal, 12, 255) == .value)
        #expect(flaw(request, 8, 0) == .request && flaw(request, 8, 7) == .request)
        #expect(flaw(request, 9, 4) == .request && flaw(request, 9, 0) == .request)
    }

    @Test("Every answer comes back from its packet as it was")
    func answers() throws {
        let outcomes: [InputAnswer.Outcome] =
            (0..<16).compactMap { RequestOutcome(rawValue: $0) }.map { .decided($0) }
            + [.malformed, .unknownDetector, .notNetworkDetector, .tooMany]
        #expect(outcomes.count == 9)
        for outcome in outcomes {
            let answer = InputAnswer(number: 0xDEAD_BEEF, outcome)
            let read = withUnsafeBytes(of: answer.word) { InputAnswer($0) }
            #expect(read == answer)
        }
        for count in 0..<20 where count != InputAnswer.byteCount {
            #expect([UInt8](repeating: 1, count: count).withUnsafeBytes { InputAnswer($0) } == nil)
        }
    }

    @Test("No packet traps its reader, and what is a message is one that can be sent")
    func fuzz() {
        var (numbers, seed) = SeededNumbers.printed("input message")
        let deadline = milliseconds() + SeededNumbers.seconds * 1_000
        var known = 0
        var rounds = 0
        while milliseconds() < deadline || rounds < 1_000 {
            rounds += 1
            var bytes = (0..<InputMessage.byteCount).map { _ in
                UInt8(truncatingIfNeeded: numbers.next())
            }
            if numbers.next() % 8 != 0 { bytes[0] = 1 }
            if numbers.next() % 8 != 0 { bytes[1] = UInt8(1 + numbers.next() % 3) }
            if numbers.next() % 4 != 0 {
                bytes[8] = UInt8(numbers.next() % 8)
                bytes[9] = UInt8(numbers.next() % 5)
                bytes[12] = UInt8(numbers.next() % 3)
            }
            if case .success(let message) = Self.read(bytes) {
                known += 1
                guard let again = message.bytes else {
                    Issue.record("seed \(seed): \(message) cannot be sent")
                    return
                }
                #expect(Self.read(again) == .success(message), "seed \(seed)")
            }
            let answer = bytes[..<8].withUnsafeBytes { InputAnswer($0) }
            if let answer {
                #expect(withUnsafeBytes(of: answer.word) { InputAnswer($0) } == answer)
            }
        }
        print("input message: \(rounds) rounds, \(known) messages")
        #expect(known > 0)
    }
}
