// CRC-32C against the published vectors (RFC 3720 B.4 and the check value of the catalogue of
// parametrised CRC algorithms), and its pieces against its whole.

import CRC32C
import Testing

@Suite struct CRC32CTests {
    @Test("The check value of the catalogue: \"123456789\" gives E3069283")
    func checkValue() {
        #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test("The vectors of RFC 3720 B.4")
    func rfc3720() {
        #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(of: [UInt8](0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum(of: (0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
        let readCommand: [UInt8] = [
            0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
            0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(CRC32C.checksum(of: readCommand) == 0xD996_3A56)
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
}
