// Lines from a modem: how bytes become lines, and what the lines mean.

import TestSupport
import Testing

@testable import Modem

@Suite struct ATAnswerTests {
    @Test("Bytes become the same lines in whatever pieces they come")
    func dripFed() {
        let bytes = Array("\r\n+CSQ: 17,99\r\n\r\nOK\r\n\u{07}\r\nRDY\r\r\n> +CMGS: 1\r\n".utf8)
        let expected: [LineReader.Piece] = [
            .line("+CSQ: 17,99"), .line("OK"), .line("RDY"), .prompt, .line("+CMGS: 1"),
        ]
        var whole = LineReader()
        #expect(whole.add(bytes, wantsPrompt: true) == expected)
        var dripped = LineReader()
        #expect(bytes.flatMap { dripped.add([$0], wantsPrompt: true) } == expected)
        var plain = LineReader()
        #expect(plain.add(Array("> x\r".utf8), wantsPrompt: false) == [.line("> x")])
    }

    @Test("BOUNDED: a line that never ends is cut, and random bytes trap nowhere")
    func bounds() {
        var reader = LineReader()
        for _ in 0..<100 {
            _ = reader.add([UInt8](repeating: 0x41, count: 500), wantsPrompt: false)
        }
        let pieces = reader.add([0x0A], wantsPrompt: false)
        #expect(pieces == [.line(String(repeating: "A", count: 1_024))])
        var (numbers, seed) = SeededNumbers.printed("lines")
        _ = seed
        let parts = [
            "+CMS ERROR", ":", " ", "99999999999999999999", "+CMGL: ", ",", "\"", "+CDSI", "-1",
        ]
        for _ in 0..<20_000 {
            var line = ""
            for _ in 0..<Int.random(in: 0...8, using: &numbers) {
                line +=
                    Bool.random(using: &numbers)
                    ? parts.randomElement(using: &numbers) ?? ""
                    : String(Unicode.Scalar(UInt8.random(in: 32...255, using: &numbers)))
            }
            _ = FinalResult(line)
            _ = Unsolicited(line)
            let fields = ATFields(line)
            _ = fields.number(Int.random(in: -1...5, using: &numbers))
            _ = fields.text(Int.random(in: -1...5, using: &numbers))
        }
    }

    @Test("Final results")
    func finals() {
        for (line, result) in [
            ("OK", FinalResult.ok), ("ERROR", .error(.plain)),
            ("+CMS ERROR: 38", .error(.message(38))), ("+CME ERROR:10", .error(.equipment(10))),
            ("+CMS ERROR: SIM busy", .error(.words("+CMS ERROR: SIM busy"))),
            ("+CMS ERROR", .error(.words("+CMS ERROR"))), ("NO CARRIER", .error(.plain)),
        ] { #expect(FinalResult(line) == result, "\(line)") }
        for line in ["", "OKAY", "+CSQ: 1,2", "ok", "+CMGS: 1"] {
            #expect(FinalResult(line) == nil, "\(line)")
        }
    }

    @Test("Fields between commas, some of them quoted")
    func fields() {
        let fields = ATFields("+COPS: 0,0,\"Simulated, S.A.\",7 ")
        #expect(fields.count == 4)
        #expect(fields.number(0) == 0 && fields.number(3) == 7)
        #expect(fields.text(2) == "Simulated, S.A." && fields.number(2) == nil)
        #expect(fields.number(4) == nil && fields.text(-1) == nil)
        #expect(ATFields("no colon").count == 0)
        // A state alone, as news have it, has no second number.
        #expect(ATFields("+CREG: 1,\"00A1\",\"BEEF\"").number(1) == nil)
    }

    @Test("What a modem says on its own is told from answers")
    func unsolicited() {
        for (line, news) in [
            ("+CMTI: \"SM\",3", Unsolicited.stored), ("+CDSI: \"SR\",7", .storedReport(index: 7)),
            ("+CDS: 25", .pduFollows), ("+CMT: ,30", .pduFollows), ("RDY", .started),
            ("^SYSSTART", .started), ("RING", .other), ("+CREG: 1", .other), ("^RSSI:3", .other),
        ] { #expect(Unsolicited(line) == news, "\(line)") }
        for line in ["OK", "+CMGS: 1", "+CMGL: 1,0,,30", "+CSCA: \"+34\"", "0791"] {
            #expect(Unsolicited(line) == nil, "\(line)")
        }
    }

    @Test("Numbers of recipients as people write them")
    func numbers() {
        for (written, read) in [
            ("+34 600 11-22.33", "+34600112233"), ("(0)600/112233", "0600112233"), ("112", "112"),
            ("*100#", "*100#"),
        ] { #expect(PhoneNumber(written)?.description == read, "\(written)") }
        for written in ["", "+", "34+600", "++34", "call", "123456789012345678901", "１１２"] {
            #expect(PhoneNumber(written) == nil, "\(written)")
        }
    }

    @Test("Validity periods are rounded up to what an octet can say")
    func validity() {
        for (seconds, octet) in [
            (0, 0), (-5, 0), (1, 0), (300, 0), (301, 1), (43_200, 143), (43_201, 144),
            (86_400, 167),
            (86_401, 168), (259_200, 169), (30 * 86_400, 196), (30 * 86_400 + 1, 197),
            (63 * 604_800, 255), (1_000_000_000, 255),
        ] {
            #expect(SubmitPDU.relative(.seconds(seconds)) == UInt8(octet), "\(seconds)")
        }
    }
}
