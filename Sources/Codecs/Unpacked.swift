// Unpacks what a Kafka producer has packed, by the codecs' own libraries (zlib, snappy, lz4, zstd),
// for those who have to look into a batch: streams with a condition, and the HTTP face. Batches are
// otherwise stored and sent as they came. What is unpacked has a limit, because a few hundred bytes may
// stand for gigabytes; whatever the bytes are, the answer is bytes or an error.

import CCodecs
package import EventLog

/// Why a batch cannot be unpacked.
package enum UnpackError: Error, Hashable, Sendable {
    /// The bytes are not the codec's.
    case malformed
    /// More than the limit comes out.
    case tooLarge
}

/// Unpacking of record batches.
package enum Unpacked {
    /// The batch at the beginning of `batch`, its records unpacked: at most `most` bytes of them.
    /// An uncompressed one comes as it is.
    package static func batch(
        _ batch: UnsafeRawBufferPointer, most: Int
    ) throws(UnpackError) -> [UInt8] {
        guard let header = unsafe BatchHeader(batch), header.batchLength <= batch.count,
            let codec = header.codec
        else { throw .malformed }
        if codec == .none { return unsafe Array(batch[..<header.batchLength]) }
        let packed = unsafe UnsafeRawBufferPointer(
            rebasing: batch[BatchHeader.bytes..<header.batchLength])
        let records = try unsafe records(packed, codec, most: most)
        return unsafe RecordBatch.unpacked(header, batch, records: records)
    }

    static func records(
        _ packed: UnsafeRawBufferPointer, _ codec: BatchHeader.Codec, most: Int
    ) throws(UnpackError) -> [UInt8] {
        switch codec {
        case .none:
            guard packed.count <= most else { throw .tooLarge }
            return unsafe Array(packed)
        case .gzip: return try unsafe gzip(packed, most)
        case .snappy: return try unsafe snappy(packed, most)
        case .lz4: return try unsafe lz4(packed, most)
        case .zstd: return try unsafe zstd(packed, most)
        }
    }

    /// How far one call of a codec has come.
    private struct Step {
        var read: Int
        var written: Int
        var isEnd: Bool
    }

    /// Calls `step` with what is left of the input and of the room until it says the end, or both are
    /// used up. The room grows as it is needed.
    private static func all(
        _ packed: UnsafeRawBufferPointer, _ most: Int,
        _ step: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Step?
    ) throws(UnpackError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(most, max(4_096, 4 * packed.count)))
        var read = 0
        var written = 0
        while true {
            let made = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe step(
                    UnsafeRawBufferPointer(rebasing: packed[read...]),
                    UnsafeMutableRawBufferPointer(rebasing: room[written...]))
            }
            guard let made else { throw .malformed }
            read += made.read
            written += made.written
            if made.isEnd { break }
            if written == bytes.count {
                guard bytes.count < most else { throw .tooLarge }
                bytes += repeatElement(0, count: min(bytes.count, most - bytes.count))
            } else if made.read == 0, made.written == 0 {
                // It wants more than there is.
                throw .malformed
            }
        }
        bytes.removeLast(bytes.count - written)
        return bytes
    }

    /// zlib's inflate, with gzip's header.
    private static func gzip(
        _ packed: UnsafeRawBufferPointer, _ most: Int
    ) throws(UnpackError) -> [UInt8] {
        var stream = unsafe z_stream()
        guard unsafe standpipe_gunzip_start(&stream) == Z_OK else { throw .malformed }
        defer { unsafe inflateEnd(&stream) }
        return try unsafe all(packed, most) { input, room in
            unsafe stream.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(clamping: input.count)
            unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_out = UInt32(clamping: room.count)
            let code = unsafe inflate(&stream, Z_NO_FLUSH)
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { return nil }
            return unsafe Step(
                read: input.count - Int(stream.avail_in),
                written: room.count - Int(stream.avail_out),
                isEnd: code == Z_STREAM_END)
        }
    }

    /// LZ4F_decompress: the frame format, as in Kafka since messages of version 1.
    private static func lz4(
        _ packed: UnsafeRawBufferPointer, _ most: Int
    ) throws(UnpackError) -> [UInt8] {
        var context: OpaquePointer?
        guard
            unsafe LZ4F_isError(
                LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0
        else { throw .malformed }
        defer { unsafe LZ4F_freeDecompressionContext(context) }
        return try unsafe all(packed, most) { input, room in
            var read = input.count
            var written = room.count
            let hint = unsafe LZ4F_decompress(
                context, room.baseAddress, &written, input.baseAddress, &read, nil)
            guard unsafe LZ4F_isError(hint) == 0 else { return nil }
            return Step(read: read, written: written, isEnd: hint == 0)
        }
    }

    /// ZSTD_decompressStream, with a window of 8 MiB at most, which is zstd's own default at level 19.
    private static func zstd(
        _ packed: UnsafeRawBufferPointer, _ most: Int
    ) throws(UnpackError) -> [UInt8] {
        guard let context = unsafe ZSTD_createDCtx() else { throw .malformed }
        defer { _ = unsafe ZSTD_freeDCtx(context) }
        _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 23)
        return try unsafe all(packed, most) { input, room in
            var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
            let hint = unsafe ZSTD_decompressStream(context, &target, &source)
            guard unsafe ZSTD_isError(hint) == 0 else { return nil }
            return unsafe Step(read: source.pos, written: target.pos, isEnd: hint == 0)
        }
    }

    /// Blocks of snappy as the Java client frames them (a magic, two versions, then each with its
    /// length), or one block without a frame, as librdkafka sends it.
    private static func snappy(
        _ packed: UnsafeRawBufferPointer, _ most: Int
    ) throws(UnpackError) -> [UInt8] {
        let magic: [UInt8] = [0x82] + Array("SNAPPY".utf8) + [0]
        guard packed.count >= 16, unsafe packed.prefix(8).elementsEqual(magic) else {
            return try unsafe block(packed, most)
        }
        var bytes: [UInt8] = []
        var place = 16
        while place < packed.count {
            guard packed.count - place >= 4 else { throw .malformed }
            let length = unsafe packed[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            place += 4
            guard length <= packed.count - place else { throw .malformed }
            bytes += try unsafe block(
                UnsafeRawBufferPointer(rebasing: packed[place..<place + length]),
                most - bytes.count)
            place += length
        }
        return bytes
    }

    private static func block(
        _ packed: UnsafeRawBufferPointer, _ most: Int
    ) throws(UnpackError) -> [UInt8] {
        let input = unsafe packed.assumingMemoryBound(to: CChar.self).baseAddress
        var count = 0
        guard unsafe snappy_uncompressed_length(input, packed.count, &count) == SNAPPY_OK else {
            throw .malformed
        }
        guard count <= most else { throw .tooLarge }
        // A block cannot stand for more than 64 bytes of each of its own; who says more lies.
        guard count / 64 <= packed.count else { throw .malformed }
        var isGood = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, used in
            var made = count
            isGood =
                unsafe room.withMemoryRebound(to: CChar.self) {
                    unsafe snappy_uncompress(input, packed.count, $0.baseAddress, &made)
                } == SNAPPY_OK
            used = isGood ? made : 0
        }
        guard isGood else { throw .malformed }
        return bytes
    }
}
