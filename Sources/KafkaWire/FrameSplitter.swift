// Cuts the stream of a connection into frames: four bytes of length, then so many bytes.
//
// Bytes come as the network delivers them. A frame is held in memory only as far as it has come: a
// length costs nothing before the bytes do.

/// Whole frames from pieces of a stream.
package struct FrameSplitter: Sendable {
    /// The most bytes that a frame may have, its length excepted.
    package var limit: Int
    /// What has come of the next length, then of the next frame.
    private var bytes: [UInt8] = []
    /// Bytes of the frame that is coming; nil while its length is.
    private var length: Int?

    private static let prefix = 4
    /// What is reserved for a frame when its length has come.
    private static let firstReserve = 4_096
    /// Reserved is at most this many times what has come, so that an announced length is not
    /// memory, and a long frame moves seldom while it grows.
    private static let growth = 8

    package init(limit: Int) {
        self.limit = limit
    }

    /// Bytes that are held for a frame that is not whole.
    package var held: Int { bytes.count }
    /// Bytes of memory for them.
    package var reserved: Int { bytes.capacity }

    /// Takes the next piece of the stream and gives the frames that are whole now, without their
    /// lengths, to `take`.
    ///
    /// - Throws: `WireError.frame` for a frame that is too long. Frames before it were given; after
    ///   it there is nothing more to be had from the connection.
    package mutating func feed(
        _ piece: UnsafeRawBufferPointer, _ take: ([UInt8]) -> Void
    ) throws(WireError) {
        var rest = piece[...]
        while true {
            let wanted = length ?? Self.prefix
            let part = rest.prefix(wanted - bytes.count)
            reserve(wanted, with: part.count)
            bytes.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            guard bytes.count == wanted else { return }
            if length == nil {
                let announced = bytes.reduce(Int32(0)) { $0 << 8 | Int32($1) }
                // The length stays, so that whatever comes next is refused as well.
                guard announced >= 0 && announced <= limit else {
                    throw .frame(length: Int(announced), limit: limit)
                }
                length = Int(announced)
                bytes.removeAll(keepingCapacity: true)
            } else {
                take(bytes)
                bytes = []
                length = nil
            }
        }
    }

    /// The same for a piece in an array: the frames that are whole now.
    package mutating func feed(_ piece: some Sequence<UInt8>) throws(WireError) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var failure: WireError?
        let piece = Array(piece)
        piece.withUnsafeBytes { memory in
            do throws(WireError) {
                try feed(memory) { frames.append($0) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return frames
    }

    private mutating func reserve(_ wanted: Int, with coming: Int) {
        let come = bytes.count + coming
        guard come > bytes.capacity else { return }
        bytes.reserveCapacity(min(wanted, max(Self.firstReserve, come * Self.growth)))
    }
}
