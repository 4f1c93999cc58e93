// Messages from the network: PDUs that others published, texts of every kind, and bytes that are no
// message at all.

import SimulatedModem
import TestSupport
import Testing

@testable import Modem

@Suite struct IncomingPDUTests {
    private func part(_ hex: String) throws -> IncomingPart {
        guard case .text(let part) = try IncomingPDU(hex: hex.utf8) else { throw PDUError.kind }
        return part
    }

    private func text(_ hex: String) throws -> String {
        IncomingPart.text(of: [try part(hex).payload])
    }

    @Test("Published PDUs read as their publishers say")
    func published() throws {
        // The example that most descriptions of the format use.
        let hello = try part(
            "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
        #expect(hello.from == "27838890001")
        #expect(IncomingPart.text(of: [hello.payload]) == "hellohello")
        #expect(hello.place == nil)
        // 99-03-29 15:16:59, eight quarters east; two digits are a year of this century.
        #expect(hello.wallMilliseconds == 4_078_473_419_000)
        let report = try IncomingPDU(
            hex: "0006D60B911326880736F4111011719551401110117195714000".utf8)
        guard case .report(let delivery) = report else { return #expect(Bool(false)) }
        #expect(delivery.reference == 0xD6 && delivery.to == "+31628870634")
        #expect(delivery.outcome == .delivered && delivery.status == 0)
    }

    @Test("TOLD: a text of every alphabet, length and sender comes back as it was written")
    func roundTrip() throws {
        let texts = [
            "", "ACK", "Sí, voy ahora", "€ [x] {y}", "🔥🚒", String(repeating: "a", count: 160),
            String(repeating: "a", count: 161), String(repeating: "🔥", count: 100),
            String(repeating: "€", count: 200),
        ]
        var (numbers, seed) = SeededNumbers.printed("parts in any order")
        for from in ["+34600112233", "600112233", "112", "Vodafone", "Info SMS 11", "A"] {
            for text in texts {
                var joined = Reassembly()
                var found: [IncomingText] = []
                for pdu in NetworkPDU.deliver(from: from, text, reference: 7)
                    .shuffled(using: &numbers)
                {
                    guard case .text(let part) = try IncomingPDU([0] + pdu) else {
                        return #expect(Bool(false))
                    }
                    found += joined.add(part, at: .now)
                }
                #expect(found.map(\.text) == [text] && found.map(\.from) == [from], "seed \(seed)")
            }
        }
    }

    @Test("The alphabet follows the data coding scheme")
    func coding() throws {
        let head = "0004038121F3"
        let stamp = "62113201020340"
        for (scheme, data, expected) in [
            ("00", "02E834", "hi"), ("08", "0400480069", "Hi"), ("04", "0248E9", "Hé"),
            ("F0", "02E834", "hi"), ("F4", "0248E9", "Hé"), ("F6", "0248E9", "Hé"),
            ("E0", "0400480069", "Hi"), ("C0", "02E834", "hi"), ("18", "0400480069", "Hi"),
            ("20", "0248E9", "Hé"), ("90", "02E834", "hi"), ("48", "0400480069", "Hi"),
        ] {
            #expect(try text(head + "00" + scheme + stamp + data) == expected, "\(scheme)")
        }
        // An odd number of octets, a length that lies.
        #expect(try text(head + "0008" + stamp + "05004800690A") == "Hi")
        #expect(try text(head + "0008" + stamp + "FF00480069") == "Hi")
        #expect(try text(head + "0000" + stamp + "A0E834") == "hi")
    }

    @Test("Headers: both kinds of references, others passed over, lies ignored")
    func headers() throws {
        let head = "0044038121F30008" + "62113201020340"
        let text = "00480069"
        func place(_ header: String) throws -> IncomingPart.Place? {
            let count = header.utf8.count / 2
            let length = Hex.text([UInt8(1 + count + 4)])
            let part = try part(head + length + Hex.text([UInt8(count)]) + header + text)
            #expect(IncomingPart.text(of: [part.payload]) == "Hi", "\(header)")
            return part.place
        }
        let narrow = try place("00032A0302")
        #expect(narrow == .init(reference: 42, isWide: false, total: 3, number: 2))
        let wide = try place("08041234FF01")
        #expect(wide == .init(reference: 0x1234, isWide: true, total: 255, number: 1))
        #expect(try place("0504158A0000" + "00032A0302") == narrow)
        for lie in [
            "00032A0300", "00032A0304", "00032A0001", "00032A0101", "00022A03", "00FF2A0302", "00",
            "0500", "",
        ] { #expect(try place(lie) == nil, "\(lie)") }
    }

    @Test("BOUNDED: bytes that are no message are an error, never a trap")
    func hopeless() {
        for (hex, error) in [
            ("", PDUError.hex), ("0", .hex), ("0G", .hex), ("00", .short), ("FF00", .short),
            ("0004", .short), ("000414", .short), ("000415", .address), ("0004FF", .address),
            ("000499910000", .address),
            ("0001000B911326880736F400", .kind), ("0003", .kind),
            (String(repeating: "0", count: 402), .hex),
        ] {
            #expect(throws: error, "\(hex)") { try IncomingPDU(hex: hex.utf8) }
        }
    }

    @Test("BOUNDED: random bytes and messages with changed bytes trap nowhere")
    func fuzz() throws {
        var (numbers, seed) = SeededNumbers.printed("incoming PDUs")
        let end = ContinuousClock.now + .seconds(SeededNumbers.seconds)
        let long = String(repeating: "Fire [2] 🔥 ", count: 40)
        let good =
            NetworkPDU.deliver(from: "+34600112233", long, reference: 1)
            + NetworkPDU.deliver(from: "Vodafone", "[x] €", reference: 2)
            + [NetworkPDU.report(reference: 1, address: [3, 0x81, 0x21, 0xF3], status: 0)]
        var joined = Reassembly()
        var rounds = 0
        repeat {
            rounds += 1
            var bytes: [UInt8]
            if Bool.random(using: &numbers), let sample = good.randomElement(using: &numbers) {
                bytes = [0] + sample
                for _ in 0...Int.random(in: 0...6, using: &numbers) {
                    let index = Int.random(in: 0..<bytes.count, using: &numbers)
                    bytes[index] = UInt8.random(in: 0...255, using: &numbers)
                }
                if Bool.random(using: &numbers) {
                    bytes.removeLast(Int.random(in: 0..<bytes.count, using: &numbers))
                }
            } else {
                let count = Int.random(in: 0...210, using: &numbers)
                bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            }
            guard case .text(let part)? = try? IncomingPDU(bytes) else { continue }
            let texts = joined.add(part, at: .now)
            #expect(texts.allSatisfy { $0.text.utf16.count <= 32 * 160 }, "seed \(seed)")
            #expect(joined.count <= ModemLimits.openTexts, "seed \(seed)")
        } while .now < end
        print("\(rounds) PDUs")
    }
}
