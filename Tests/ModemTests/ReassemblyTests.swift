// Parts of incoming texts: in any order, twice, mixed up, never complete.

import Testing

@testable import Modem

@Suite struct ReassemblyTests {
    private let start = ContinuousClock.now

    private func part(
        _ number: UInt8, of total: UInt8, _ text: String, reference: UInt16 = 1,
        from: String = "+34600112233", isWide: Bool = false
    ) throws -> IncomingPart {
        var part = try IncomingPart(text: text)
        part.from = from
        part.place = .init(reference: reference, isWide: isWide, total: total, number: number)
        return part
    }

    private func add(_ joined: inout Reassembly, _ part: IncomingPart, after: Duration = .zero)
        -> [String]
    {
        joined.add(part, at: start + after).map(\.text)
    }

    @Test("Parts in any order, and some of them twice, make one text")
    func order() throws {
        var joined = Reassembly()
        #expect(add(&joined, try part(3, of: 3, "c")).isEmpty)
        #expect(add(&joined, try part(1, of: 3, "a")).isEmpty)
        #expect(add(&joined, try part(1, of: 3, "a")).isEmpty)
        #expect(add(&joined, try part(2, of: 3, "b")) == ["abc"])
        #expect(joined.count == 0)
    }

    @Test("Senders, references and totals keep texts apart")
    func apart() throws {
        var joined = Reassembly()
        #expect(add(&joined, try part(1, of: 2, "a")).isEmpty)
        #expect(add(&joined, try part(2, of: 2, "x", from: "112")).isEmpty)
        #expect(add(&joined, try part(2, of: 2, "y", reference: 2)).isEmpty)
        #expect(add(&joined, try part(2, of: 3, "z")).isEmpty)
        #expect(add(&joined, try part(2, of: 2, "w", isWide: true)).isEmpty)
        #expect(joined.count == 5)
        #expect(add(&joined, try part(2, of: 2, "b")) == ["ab"])
    }

    @Test("A reference that comes round begins a new text; the old one is given out with its gap")
    func comesRound() throws {
        var joined = Reassembly()
        #expect(add(&joined, try part(1, of: 2, "old")).isEmpty)
        #expect(add(&joined, try part(1, of: 2, "new ")) == ["old…"])
        #expect(add(&joined, try part(2, of: 2, "text")) == ["new text"])
    }

    @Test("BOUNDED: what waits for its other parts is given out after an hour, or to make room")
    func bounds() throws {
        var joined = Reassembly()
        #expect(add(&joined, try part(2, of: 3, "middle")).isEmpty)
        #expect(joined.expire(at: start + .seconds(3_599)).isEmpty)
        #expect(joined.expire(at: start + .seconds(3_600)).map(\.text) == ["…middle…"])
        #expect(joined.count == 0)
        for reference in 0..<16 {
            #expect(
                add(&joined, try part(1, of: 2, "\(reference)", reference: UInt16(reference)))
                    .isEmpty)
        }
        #expect(add(&joined, try part(1, of: 2, "new", reference: 99)) == ["0…"])
        #expect(joined.count == 16)
        // So many parts are nobody's text: each is given out alone.
        #expect(add(&joined, try part(1, of: 33, "alone", reference: 100)) == ["alone"])
        #expect(joined.count == 16)
    }

    @Test("A pair that the sender cut between two parts is whole again")
    func pairs() throws {
        var joined = Reassembly()
        var first = try part(1, of: 2, "")
        var second = try part(2, of: 2, "")
        first.payload = .units([0x48, 0xD83D])
        second.payload = .units([0xDD25])
        #expect(add(&joined, second).isEmpty)
        #expect(add(&joined, first) == ["H🔥"])
        first.payload = .septets([0x1B])
        second.payload = .septets([0x65])
        #expect(add(&joined, first).isEmpty)
        #expect(add(&joined, second) == ["€"])
    }
}

extension IncomingPart {
    /// A message of GSM-7 from a number.
    fileprivate init(text: String) throws {
        let septets = GSM7.septets(of: text) ?? []
        let bytes: [UInt8] =
            [3, 0x81, 0x21, 0xF3, 0, 0, 0x62, 0x11, 0x32, 1, 2, 3, 0x40, UInt8(septets.count)]
            + GSM7.pack(septets)
        var reader = PDUReader(bytes)
        try self.init(&reader, hasHeader: false)
    }
}
