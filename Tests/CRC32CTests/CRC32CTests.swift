// CRC-32C against the published vectors (RFC 3720 B.4 and the check value of the catalogue of
// parametrised CRC algorithms), its pieces against its whole and its paths against each other.

import CRC32C
import Testing

private let implementations: [CRC32C.Path] = [.tables, .hardware].filter(\.isHere)

private func checksum(_ bytes: some Sequence<UInt8>, by path: CRC32C.Path) -> UInt32 {
    var crc = CRC32C(by: path)
    crc.update(bytes)
    return crc.value
}

@Suite struct CRC32CTests {
    @Test(
        "The check value of the catalogue: \"123456789\" gives E3069283",
        arguments: implementations)
    func checkValue(path: CRC32C.Path) {
        #expect(checksum(Array("123456789".utf8), by: path) == 0xE306_9283)
        #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test("The vectors of RFC 3720 B.4", arguments: implementations)
    func rfc3720(path: CRC32C.Path) {
        #expect(checksum([UInt8](repeating: 0, count: 32), by: path) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32), by: path) == 0x62A8_AB43)
        #expect(checksum([UInt8](0..<32), by: path) == 0x46DD_794E)
        #expect(checksum((0..<32).reversed().map { UInt8($0) }, by: path) == 0x113F_DB5C)
        let readCommand: [UInt8] = [
            0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
            0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(checksum(readCommand, by: path) == 0xD996_3A56)
    }

    @Test("No bytes give 0")
    func empty() {
        #expect(CRC32C.checksum(of: [UInt8]()) == 0)
    }

    @Test("Any cut into pieces gives the checksum of the whole, at any alignment")
    func pieces() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        let whole = CRC32C.checksum(of: bytes)
        for cut in 0...bytes.count {
            var crc = CRC32C()
            crc.update(bytes[..<cut])
            crc.update(bytes[cut...])
            #expect(crc.value == whole)
        }
    }

    @Test("Bytes without a common storage give the same checksum")
    func sequence() {
        let bytes = (0..<100).map { UInt8($0) }
        #expect(
            CRC32C.checksum(of: bytes.lazy.filter { _ in true }) == CRC32C.checksum(of: bytes))
    }

    @Test("The processor's instruction gives what the tables give, at any length and alignment")
    func paths() {
        guard CRC32C.Path.hardware.isHere else { return }
        // Any order of bytes will do; this one does not repeat.
        var word: UInt64 = 88_172_645_463_325_252
        func random(below bound: Int) -> Int {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            return Int(word >> 1) % bound
        }
        let bytes = (0..<12_000).map { _ in UInt8(random(below: 256)) }
        // Lengths around the lanes' (3 * 128 and 3 * 1,024 bytes), every short one, and random ones.
        let lanes = [384, 768, 3_072, 3_456, 6_144]
        let lengths = Array(0..<500) + lanes.flatMap { ($0 - 9)...($0 + 9) }
        for length in lengths + (0..<500).map({ _ in random(below: 11_900) }) {
            let start = random(below: 64)
            let part = bytes[start..<(start + length)]
            #expect(
                checksum(part, by: .hardware) == checksum(part, by: .tables),
                "\(start) + \(length)")
        }
    }
}
