// Tells a frame that was written whole and in which one bit then fell over from a frame that was
// never written to its end. Behind the last valid frame both look alike, but only the first was
// acknowledged. Called by `Salvage`.
//
// A checksum is linear: its difference says how far from the end the one wrong bit is. That the frame
// is right with this bit turned back is proved by its SHA-256 hash, so nothing is taken for rot by
// chance. What stands on the disk stays as it is.

import CRC32C

enum BitFlip {
    /// CRC-32C, reflected.
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// The header of the frame with sequence `sequence` that `bytes` begin with but for one bit; nil
    /// when there is no such frame.
    static func frame(
        _ bytes: UnsafeRawBufferPointer, log: LogID, segment: UInt32, position: Int,
        sequence: UInt64
    ) -> FrameHeader? {
        flipped(bytes, log: log, segment: segment, position: position, sequence: sequence)?.header
    }

    /// The same, and which bit it is.
    static func flipped(
        _ bytes: UnsafeRawBufferPointer, log: LogID, segment: UInt32, position: Int,
        sequence: UInt64
    ) -> (header: FrameHeader, bit: Int)? {
        guard bytes.count >= JournalFormat.frameHeaderBytes,
            (bytes.little(UInt32.self, at: 0) ^ JournalFormat.frameMagic).nonzeroBitCount <= 1
        else { return nil }
        func fits(_ bytes: UnsafeRawBufferPointer) -> FrameHeader? {
            guard let header = FrameHeader(unchecked: bytes), header.log == log,
                header.segment == segment, Int(header.position) == position,
                header.sequence == sequence, Int(header.length) <= bytes.count
            else { return nil }
            return header
        }
        var copy = [UInt8](bytes)
        return copy.withUnsafeMutableBytes { copy in
            func proved(_ bit: Int) -> FrameHeader? {
                copy[bit / 8] ^= 1 << (bit % 8)
                defer { copy[bit / 8] ^= 1 << (bit % 8) }
                guard let header = fits(UnsafeRawBufferPointer(copy)) else { return nil }
                let frame = UnsafeRawBufferPointer(rebasing: copy[..<Int(header.length)])
                let isValid =
                    FrameHeader.valid(frame, log: log, segment: segment, position: position) != nil
                return isValid && FrameBuffer.hash(of: frame) == header.hash ? header : nil
            }
            let header = fits(bytes)
            if let header, let bit = wrongBit(bytes, header), let found = proved(bit) {
                return (found, bit)
            }
            // The header itself: where it is wrong, few bits can make it right; where it is right,
            // only its length may be wrong.
            for bit in header == nil ? 0..<JournalFormat.frameHeaderBytes * 8 : 64..<96 {
                if let found = proved(bit) { return (found, bit) }
            }
            return nil
        }
    }

    /// The bit that would make the checksum fit.
    private static func wrongBit(_ bytes: UnsafeRawBufferPointer, _ header: FrameHeader) -> Int? {
        let covered = UnsafeRawBufferPointer(rebasing: bytes[8..<Int(header.length)])
        let difference = CRC32C.checksum(of: covered) ^ header.checksum
        if difference == 0 { return nil }
        if difference.nonzeroBitCount == 1 { return 32 + difference.trailingZeroBitCount }
        // What a wrong last bit does to the checksum, then the bit before it, and so on.
        var effect = polynomial
        var bit = Int(header.length) * 8 - 1
        while bit >= 64 {
            if effect == difference { return bit }
            effect = effect >> 1 ^ (effect & 1 == 1 ? polynomial : 0)
            bit -= 1
        }
        return nil
    }
}
