// Which bytes are an answer. The frames are made by hand and by `SlaveRequest`, not by our code.

import FieldDevices
import FireLogic
import PlanFile
import Testing

@Suite("Modbus frame")
struct ModbusFrameTests {
    static func request(
        _ table: ModbusPoint.Table = .holdingRegister, last: UInt16 = 1
    ) throws -> PollRequest {
        let points = [0, last].map { (TestSite.point(17, table, 0x6B + $0), ModbusPoint?.none) }
        let site = TestSite.site(.tcp(host: "::1", port: 502), points)
        return try #require(PollPlan(plan: site, bus: 0).requests.first)
    }

    @Test("The examples of the specification are read as it says")
    func examples() throws {
        // Application protocol V1.1b3, 6.3: registers 108 to 110 hold 022B, 0000, 0064.
        let registers: [UInt8] = [17, 3, 6, 0x02, 0x2B, 0, 0, 0, 0x64, 0xC8, 0xBA]
        let request = try Self.request(last: 2)
        #expect(Self.check(registers, nil, request) == .values(at: 3))
        #expect(Self.value(registers, 3, 0, .holdingRegister) == 0x022B)
        #expect(Self.value(registers, 3, 2, .holdingRegister) == 0x64)
        // 6.1: coils 27 to 20 are 1100 1101, the lowest bit first.
        let coils: [UInt8] = [17, 1, 1, 0xCD, 0, 0]
        #expect(Self.check(coils, nil, try Self.request(.coil, last: 7)) == .values(at: 3))
        #expect((0..<8).map { Self.value(coils, 3, $0, .coil) } == [1, 0, 1, 1, 0, 0, 1, 1])
        var sent = [UInt8](repeating: 0, count: 5)
        sent.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { ModbusFrame.write(request, to: base) }
        }
        #expect(sent == [3, 0, 0x6B, 0, 3])
    }

    @Test("What differs in transaction, unit, function or length is foreign, what lies is garbled")
    func verdicts() throws {
        let request = try Self.request()
        let good: [UInt8] = [1, 2, 0, 0, 0, 7, 17, 3, 4, 0, 1, 0, 2]
        #expect(Self.check(good, 0x0102, request) == .values(at: 9))
        #expect(Self.check(good, 0x0103, request) == .foreign)
        func changed(_ index: Int, _ value: UInt8) -> ModbusFrame.Verdict {
            var frame = good
            frame[index] = value
            return Self.check(frame, 0x0102, request)
        }
        #expect(changed(6, 18) == .foreign)
        #expect(changed(7, 4) == .foreign)
        #expect(changed(2, 1) == .garbled)
        #expect(changed(5, 8) == .garbled)
        #expect(changed(8, 2) == .garbled)
        #expect(Self.check([1, 2, 0, 0, 0, 5, 17, 3, 2, 0, 1], 0x0102, request) == .foreign)
        #expect(Self.check([1, 2, 0, 0, 0, 3, 17, 0x83, 2], 0x0102, request) == .refusal(2))
        #expect(Self.check([1, 2, 0, 0, 0, 3, 17, 0x84, 2], 0x0102, request) == .foreign)
    }

    @Test("QUIET: random bytes never trap, and hardly ever pass for an answer on TCP")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("ModbusFrameTests.fuzz seed \(seed)")
        var random = SplitMix(state: seed)
        let requests = try ModbusPoint.Table.allCases.map { try Self.request($0) }
        var taken = 0
        for _ in 0..<10_000 {
            let length = Int.random(in: 0...ModbusFrame.longest, using: &random)
            let frame = (0..<ModbusFrame.longest).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            let request = requests[Int(random.next() % 4)]
            _ = Self.check(frame, nil, request, length: length)
            if case .values = Self.check(frame, 99, request, length: length) { taken += 1 }
        }
        #expect(taken == 0)
    }

    static func check(
        _ frame: [UInt8], _ transaction: UInt16?, _ request: PollRequest, length: Int? = nil
    ) -> ModbusFrame.Verdict {
        frame.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return .garbled }
            return ModbusFrame.check(
                base, length: length ?? frame.count, transaction: transaction, request: request)
        }
    }

    static func value(
        _ frame: [UInt8], _ start: Int, _ offset: Int, _ table: ModbusPoint.Table
    ) -> UInt16 {
        frame.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0xDEAD }
            return ModbusFrame.value(base + start, offset: offset, table: table)
        }
    }
}
