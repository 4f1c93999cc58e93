// Little-endian and big-endian numbers in raw bytes. The caller has checked the bounds; a wrong one
// is our bug and traps.

extension UnsafeRawBufferPointer {
    package func little<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, at offset: Int
    ) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }

    package func big<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }

    package func digest(at offset: Int) -> Digest {
        Digest(
            (
                little(UInt64.self, at: offset), little(UInt64.self, at: offset + 8),
                little(UInt64.self, at: offset + 16), little(UInt64.self, at: offset + 24)
            ))
    }
}

extension UnsafeMutableRawBufferPointer {
    package func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
    }

    package func storeBig(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value))
    }

    package func store(_ digest: Digest, at offset: Int) {
        store(digest.words.0, at: offset)
        store(digest.words.1, at: offset + 8)
        store(digest.words.2, at: offset + 16)
        store(digest.words.3, at: offset + 24)
    }
}
