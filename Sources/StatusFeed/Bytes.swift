// Little-endian numbers in bytes, for the codecs of this module.

extension UnsafeRawBufferPointer {
    /// The caller has checked that the bytes are there.
    func little<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension UnsafeMutableRawBufferPointer {
    func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
}

extension [UInt8] {
    mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        withUnsafeMutableBytes { $0.store(value, at: offset) }
    }
}
