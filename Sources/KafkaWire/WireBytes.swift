// Record batches and ids as the codec hands them on.

/// Record batches, whose bytes the codec neither looks into nor copies.
package enum WireBytes: Sendable, Hashable {
    /// These bytes. When read they share the memory of the frame they came in.
    case held(ArraySlice<UInt8>)
    /// So many bytes, which whoever sends the frame puts into its gap (`OutgoingFrame.write`).
    /// Never read.
    case apart(Int)

    package init(_ bytes: [UInt8]) {
        self = .held(bytes[...])
    }

    /// Bytes on the wire.
    package var count: Int {
        switch self {
        case .held(let bytes): bytes.count
        case .apart(let count): count
        }
    }

    /// The bytes, none where they lie apart.
    package var bytes: ArraySlice<UInt8> {
        switch self {
        case .held(let bytes): bytes
        case .apart: []
        }
    }
}

/// A 16-byte id, as of topics since Metadata 10.
package struct WireUUID: Sendable, Hashable {
    /// The first 8 bytes.
    package var high: UInt64
    /// The last 8 bytes.
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id of nothing.
    package static let zero = WireUUID(high: 0, low: 0)
}
