// The first bytes of an entry; see JournalFormat.swift for where each stands. An entry checks alone, so
// that one bad byte costs one batch.

import CRC32C

/// The first bytes of an entry.
package struct EntryHeader: Hashable, Sendable {
    package enum Kind: UInt8, Sendable { case batch = 1, meta, part }

    package var kind: Kind
    package var isCopied: Bool
    package var partition: UInt32
    package var length: UInt32
    package var baseOffset: Int64
    package var count: UInt32
    package var bodyChecksum: UInt32

    package init(
        kind: Kind, isCopied: Bool = false, partition: UInt32 = 0, length: UInt32,
        baseOffset: Int64 = 0, count: UInt32 = 0, bodyChecksum: UInt32
    ) {
        self.kind = kind
        self.isCopied = isCopied
        self.partition = partition
        self.length = length
        self.baseOffset = baseOffset
        self.count = count
        self.bodyChecksum = bodyChecksum
    }

    /// The entry header in `bytes`, or nil when its own checksum does not fit, its body is longer
    /// than `bytes`, or its numbers cannot be. The body is not checked: see `isWhole`.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= JournalFormat.entryHeaderBytes, let kind = Kind(rawValue: bytes[4]),
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[4..<32]))
                == bytes.little(UInt32.self, at: 0)
        else { return nil }
        self.kind = kind
        isCopied = bytes[5] & 1 == 1
        partition = bytes.little(UInt32.self, at: 8)
        length = bytes.little(UInt32.self, at: 12)
        baseOffset = bytes.little(Int64.self, at: 16)
        count = bytes.little(UInt32.self, at: 24)
        bodyChecksum = bytes.little(UInt32.self, at: 28)
        guard Int(length) <= bytes.count - JournalFormat.entryHeaderBytes, baseOffset >= 0,
            baseOffset <= Int64.max - Int64(count), (kind == .batch) == (count > 0)
        else { return nil }
    }

    /// Whether the body behind the header in `bytes` is as it was written.
    package func isWhole(in bytes: UnsafeRawBufferPointer) -> Bool {
        CRC32C.checksum(of: body(in: bytes)) == bodyChecksum
    }

    /// The body, where the header begins `bytes`.
    package func body(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: bytes[
                JournalFormat.entryHeaderBytes..<JournalFormat.entryHeaderBytes + Int(length)])
    }

    /// Bytes of header, body and the zeros behind it.
    package var span: Int { JournalFormat.entryBytes(Int(length)) }

    package func write(into bytes: UnsafeMutableRawBufferPointer) {
        bytes[4] = kind.rawValue
        bytes[5] = isCopied ? 1 : 0
        bytes.store(UInt16(0), at: 6)
        bytes.store(partition, at: 8)
        bytes.store(length, at: 12)
        bytes.store(baseOffset, at: 16)
        bytes.store(count, at: 24)
        bytes.store(bodyChecksum, at: 28)
        bytes.store(
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[4..<32])), at: 0)
    }
}
