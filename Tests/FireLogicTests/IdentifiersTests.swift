// Names of people in records.

import FireLogic
import Testing

@Suite struct IdentifiersTests {
    @Test(
        "RECORD: a name keeps its first 16 printable characters",
        arguments: [
            ("", ""), ("ann", "ann"), ("12345678", "12345678"), ("123456789", "123456789"),
            ("1234567890123456", "1234567890123456"), ("12345678901234567", "1234567890123456"),
            ("a b\tc\n", "abc"), ("Jörg", "Jrg"), ("\u{0}x", "x"),
        ])
    func names(given: String, kept: String) {
        #expect(OperatorName(given).text == kept)
        #expect(OperatorName(OperatorName(given).text) == OperatorName(given))
    }

    @Test("RECORD: a name of any bits reads as printable characters only")
    func anyBits() {
        let name = OperatorName(head: .max, tail: 0x0041_1F7F_2000_4243)
        #expect(name.text == "CBA")
    }

    @Test("RECORD: floors and detectors sort by their numbers, basements first")
    func order() {
        #expect(FloorID(rawValue: -2) < FloorID(rawValue: -1))
        #expect(FloorID(rawValue: -1) < FloorID(rawValue: 1))
        #expect(DetectorID(rawValue: 9) < DetectorID(rawValue: 10))
    }
}
