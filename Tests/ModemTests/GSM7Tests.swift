// The GSM alphabet against tables and strings that others wrote, and its packing.

import Modem
import TestSupport
import Testing

@Suite struct GSM7Tests {
    @Test("Septets pack as in 3GPP TS 23.038 and common examples")
    func examples() {
        for (text, hex) in [
            ("hellohello", "E8329BFD4697D9EC37"), ("1234567", "31D98C56B3DD00"),
            ("12345678", "31D98C56B3DD70"), ("@", "00"), ("€", "9B32"), ("", ""),
        ] {
            let septets = GSM7.septets(of: text)
            #expect(septets.map { Hex.text(GSM7.pack($0)) } == hex, "\(text)")
        }
    }

    @Test("Characters have the septets of the standard, and others have none")
    func table() {
        let known: [(Character, [UInt8])] = [
            ("@", [0x00]), ("£", [0x01]), ("$", [0x02]), ("Ç", [0x09]), ("\n", [0x0A]),
            ("\r", [0x0D]), ("Å", [0x0E]), ("å", [0x0F]), ("Δ", [0x10]), ("_", [0x11]),
            ("Ξ", [0x1A]), ("Æ", [0x1C]), ("É", [0x1F]), (" ", [0x20]), ("¤", [0x24]),
            ("0", [0x30]), ("¡", [0x40]), ("A", [0x41]), ("Z", [0x5A]), ("Ä", [0x5B]),
            ("§", [0x5F]), ("¿", [0x60]), ("a", [0x61]), ("ä", [0x7B]), ("à", [0x7F]),
            ("\u{0C}", [0x1B, 0x0A]), ("^", [0x1B, 0x14]), ("{", [0x1B, 0x28]),
            ("}", [0x1B, 0x29]), ("\\", [0x1B, 0x2F]), ("[", [0x1B, 0x3C]), ("~", [0x1B, 0x3D]),
            ("]", [0x1B, 0x3E]), ("|", [0x1B, 0x40]), ("€", [0x1B, 0x65]), ("\r\n", [0x0D, 0x0A]),
        ]
        for (character, septets) in known {
            #expect(GSM7.septets(of: String(character)) == septets, "\(character)")
        }
        for character in "áíóúçÁ`\t\u{1B}“”—…🔥П\u{00}" {
            #expect(GSM7.septets(of: String(character)) == nil, "\(character)")
        }
        // A letter and its accent in two pieces.
        #expect(GSM7.septets(of: "e\u{301}n\u{303}") == [0x05, 0x7D])
    }

    @Test("Every septet reads as a character, alone and behind an escape")
    func everySeptet() {
        for code in UInt8(0)...127 where code != GSM7.escape {
            #expect(GSM7.septets(of: GSM7.text(of: [code])) == [code], "\(code)")
            #expect(!GSM7.text(of: [GSM7.escape, code]).isEmpty)
        }
        #expect(GSM7.text(of: [0x1B, 0x41]) == "A")
        #expect(GSM7.text(of: [0x1B]) == "")
        #expect(GSM7.text(of: [0xC1]) == "A")
    }

    @Test("What was packed is unpacked, behind every number of fill bits")
    func roundTrip() {
        var (numbers, seed) = SeededNumbers.printed("packed septets")
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...170, using: &numbers)
            let septets = (0..<count).map { _ in UInt8.random(in: 0...127, using: &numbers) }
            let fill = Int.random(in: 0...6, using: &numbers)
            let octets = GSM7.pack(septets, fill: fill)
            #expect(octets.count == (count * 7 + fill + 7) / 8, "seed \(seed)")
            #expect(GSM7.unpack(octets, count: count, fill: fill) == septets, "seed \(seed)")
        }
    }

    @Test("BOUNDED: unpacking gives no more than was asked for or is there")
    func bounds() {
        #expect(GSM7.unpack([UInt8](repeating: 0xFF, count: 140), count: 3).count == 3)
        #expect(GSM7.unpack([0xFF, 0xFF], count: 100).count == 2)
        #expect(GSM7.unpack([], count: 100, fill: 6).isEmpty)
        #expect(GSM7.unpack([0x01], count: 100, fill: 50).isEmpty)
    }
}
