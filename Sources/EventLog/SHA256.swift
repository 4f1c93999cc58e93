// SHA-256 (FIPS 180-4) of bytes that come in pieces. `FrameBuffer.seal` chains frames with it,
// `verify` recomputes it. It only cuts bytes into blocks of 64 and pads the last; CHash computes
// the blocks. It allocates nothing.

import CHash

/// SHA-256 of bytes that come in pieces. `SHA256.digest(of:)` does it in one call.
package struct SHA256: Sendable {
    /// What computes the blocks. Both give the same.
    package enum Path: Hashable, Sendable {
        /// C that runs on any machine.
        case portable
        /// SHA-NI, or ARMv8's SHA2. Only where `isHere`.
        case hardware

        /// The faster one of this machine.
        package static var fastest: Path { hardware.isHere ? .hardware : .portable }

        /// Whether this machine has it.
        package var isHere: Bool { self == .portable || chash_has_sha256() }
    }

    private static let blockBytes = 64

    private let path: Path
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// The begun block: its first `total % 64` bytes.
    private var begun = SIMD64<UInt8>()
    private var total: UInt64 = 0

    package init() {
        path = .fastest
    }

    /// For tests that compare the paths. `path` has to be one that `isHere`.
    package init(by path: Path) {
        precondition(path.isHere)
        self.path = path
    }

    /// Takes `bytes` in.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let filled = Int(total % UInt64(Self.blockBytes))
        total &+= UInt64(bytes.count)
        var rest = bytes[...]
        if filled > 0 {
            let head = rest.prefix(Self.blockBytes - filled)
            withUnsafeMutableBytes(of: &begun) { begun in
                UnsafeMutableRawBufferPointer(rebasing: begun[filled...]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: head))
            }
            guard filled + head.count == Self.blockBytes else { return }
            takeBegun()
            rest = rest.dropFirst(head.count)
        }
        let whole = rest.prefix(rest.count / Self.blockBytes * Self.blockBytes)
        take(UnsafeRawBufferPointer(rebasing: whole))
        rest = rest.dropFirst(whole.count)
        withUnsafeMutableBytes(of: &begun) { begun in
            begun.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
        }
    }

    /// The hash of all bytes so far.
    package func digest() -> Digest {
        var last = self
        last.pad()
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { words in
            for index in 0..<8 { words.storeBig(last.state[index], at: index * 4) }
            return UnsafeRawBufferPointer(words).digest(at: 0)
        }
    }

    /// The hash of `bytes`.
    package static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.digest()
    }

    /// A one, zeros up to a block's last 8 bytes, and the length in bits there.
    private mutating func pad() {
        let bits = total &* 8
        let filled = Int(total % UInt64(Self.blockBytes))
        withUnsafeMutableBytes(of: &begun) { begun in
            begun[filled] = 0x80
            UnsafeMutableRawBufferPointer(rebasing: begun[(filled + 1)...])
                .initializeMemory(as: UInt8.self, repeating: 0)
        }
        if filled + 1 > Self.blockBytes - 8 {
            takeBegun()
            begun = SIMD64()
        }
        withUnsafeMutableBytes(of: &begun) { $0.storeBig(bits, at: Self.blockBytes - 8) }
        takeBegun()
    }

    private mutating func takeBegun() {
        let block = begun
        withUnsafeBytes(of: block) { take($0) }
    }

    /// Takes whole blocks into the state.
    private mutating func take(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress else { return }
        let count = blocks.count / Self.blockBytes
        let path = self.path
        withUnsafeMutableBytes(of: &state) { state in
            let words = state.assumingMemoryBound(to: UInt32.self)
            guard let words = words.baseAddress else { return }
            switch path {
            case .portable: chash_sha256_portable(words, start, count)
            case .hardware: chash_sha256(words, start, count)
            }
        }
    }
}
