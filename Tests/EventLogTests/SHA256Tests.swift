// SHA-256 against the vectors of FIPS 180-4 and NIST, against Python's hashlib, its pieces against
// its whole and its paths against each other.

import EventLog
import Foundation
import Testing

/// The bytes of a digest as hexadecimal digits.
private func hexadecimal(_ digest: Digest) -> String {
    let words = [digest.words.0, digest.words.1, digest.words.2, digest.words.3]
    return words.map(\.byteSwapped).map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
}

private func digest(of bytes: [UInt8], by path: SHA256.Path) -> Digest {
    var hash = SHA256(by: path)
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.digest()
}

private let implementations: [SHA256.Path] = [.portable, .hardware].filter(\.isHere)

@Suite struct SHA256Tests {
    @Test("The vectors of FIPS 180-4 and NIST", arguments: implementations)
    func vectors(path: SHA256.Path) {
        let long =
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
            + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
        for (text, hash) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (long, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"),
        ] {
            #expect(hexadecimal(digest(of: Array(text.utf8), by: path)) == hash)
        }
        #expect(
            hexadecimal(digest(of: [UInt8](repeating: 0x61, count: 1_000_000), by: path))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("A digest in a file is the standard's string of bytes")
    func stored() {
        let digest = SHA256().digest()
        var bytes = [UInt8](repeating: 0, count: 40)
        bytes.withUnsafeMutableBytes { $0.store(digest, at: 5) }
        #expect(bytes[5..<10] == [0xe3, 0xb0, 0xc4, 0x42, 0x98])
        #expect(bytes[36] == 0x55)
    }

    @Test("Any cut into two pieces, and pieces of any length, give the hash of the whole")
    func pieces() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        bytes.withUnsafeBytes { bytes in
            let whole = SHA256.digest(of: bytes)
            for cut in 0...bytes.count {
                var hash = SHA256()
                hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                hash.update(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
                #expect(hash.digest() == whole)
            }
            for length in 1...bytes.count {
                var hash = SHA256()
                for start in stride(from: 0, to: bytes.count, by: length) {
                    let end = min(start + length, bytes.count)
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
                #expect(hash.digest() == whole)
            }
        }
    }

    @Test("The digest so far does not disturb what follows")
    func between() {
        var hash = SHA256()
        [1, 2, 3].withUnsafeBytes { hash.update($0) }
        let first = hash.digest()
        #expect(hash.digest() == first)
        [4].withUnsafeBytes { hash.update($0) }
        #expect(hash.digest() == [1, 2, 3, 4].withUnsafeBytes { SHA256.digest(of: $0) })
    }

    @Test("The processor's instructions give what plain C gives, at any length and alignment")
    func paths() {
        guard SHA256.Path.hardware.isHere else { return }
        var random = SplitMix.printed("SHA-256 paths")
        let bytes = random.bytes(5_000)
        for _ in 0..<500 {
            let start = Int.random(in: 0..<100, using: &random)
            let count = Int.random(in: 0...(bytes.count - start), using: &random)
            let part = Array(bytes[start..<(start + count)])
            var hash = SHA256(by: .hardware)
            bytes.withUnsafeBytes {
                hash.update(UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)]))
            }
            #expect(hash.digest() == digest(of: part, by: .portable), "\(start) + \(count)")
        }
    }

    @Test("Python's hashlib gives the same for every length up to 300 bytes")
    func hashlib() throws {
        guard let python = PythonPeer.systemPython else { return }
        let script = """
            import hashlib
            for n in range(301):
                print(hashlib.sha256(bytes((i * 37 + 11) & 255 for i in range(n))).hexdigest())
            """
        let lines = try PythonPeer.output(of: python, ["-c", script]).split(separator: "\n")
        #expect(lines.count == 301)
        for (count, line) in lines.enumerated() {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            for path in implementations {
                #expect(hexadecimal(digest(of: bytes, by: path)) == line)
            }
        }
    }
}
