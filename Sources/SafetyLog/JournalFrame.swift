// The first journal's file format. One file `journal` in the state directory, append-only; the
// file before it is kept as `journal.1`.
//
//   file      := frame*
//   frame     := length u32, checksum u32, sequence u64, payload          (little-endian)
//                length    bytes of payload, 17 to 4,096
//                checksum  CRC-32C over sequence and payload
//                sequence  one more than the frame before; a file begins with any
//   payload   := type u8, body
//   type 1    a program started:  boot id 16 bytes, boot clock i64 ns, wall clock i64 ms
//   type 2    a record:           boot clock i64 ns, wall clock i64 ms, record words 40 bytes,
//                                 message count u8, message*
//   message   := topic u8, key length u16, key, value length u32 (all ones: null), value
//
// Validity: a frame is valid when its length is in range, its checksum fits and it lies wholly in
// the file. A bad stretch with a valid frame of a later sequence behind it is rot: skipped and
// told. A bad stretch with nothing valid behind it is torn: cut before appending goes on.
// Write barrier: fdatasync after each group of frames; what it covered is durable.
// Readers: `JournalReplay` at the start and at rotation.

import CRC32C
import ControlLoop
import FireLogic

package enum JournalFrame {
    package static let headerBytes = 16
    package static let longestPayload = 4_096

    package enum Content: Equatable, Sendable {
        case boot(id: BootID, Stamp)
        case record(Record, Stamp)
        /// Valid bytes of a kind or record that this program does not know.
        case unknown
    }

    /// Appends a frame whose payload `body` writes.
    private static func append(
        to bytes: inout [UInt8], sequence: UInt64, _ body: (inout [UInt8]) -> Void
    ) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: headerBytes))
        body(&bytes)
        let length = UInt32(bytes.count - start - headerBytes)
        bytes.store(length, at: start)
        bytes.store(sequence, at: start + 8)
        let checksum = bytes[(start + 8)...].withUnsafeBytes { CRC32C.checksum(of: $0) }
        bytes.store(checksum, at: start + 4)
    }

    package static func append(
        boot id: BootID, _ stamp: Stamp, sequence: UInt64, to bytes: inout [UInt8]
    ) {
        append(to: &bytes, sequence: sequence) { bytes in
            bytes.append(1)
            bytes.append(little: id.head)
            bytes.append(little: id.tail)
            bytes.append(little: stamp.boot.nanoseconds)
            bytes.append(little: stamp.wallMilliseconds)
        }
    }

    package static func append(
        _ record: Record, _ stamp: Stamp, plan: SitePlan, sequence: UInt64, to bytes: inout [UInt8]
    ) {
        append(
            record, stamp, messages: record.messages(plan), sequence: sequence, to: &bytes)
    }

    /// A record that was told before and stands here only to be remembered: without messages.
    package static func append(
        remembered record: Record, _ stamp: Stamp, sequence: UInt64, to bytes: inout [UInt8]
    ) {
        append(record, stamp, messages: [], sequence: sequence, to: &bytes)
    }

    private static func append(
        _ record: Record, _ stamp: Stamp, messages: [LogMessage], sequence: UInt64,
        to bytes: inout [UInt8]
    ) {
        append(to: &bytes, sequence: sequence) { bytes in
            bytes.append(2)
            bytes.append(little: stamp.boot.nanoseconds)
            bytes.append(little: stamp.wallMilliseconds)
            let words = record.words.words
            for word in [words.0, words.1, words.2, words.3, words.4] {
                bytes.append(little: word)
            }
            bytes.append(UInt8(messages.count))
            for message in messages {
                bytes.append(message.topic.rawValue)
                bytes.append(little: UInt16(message.key.count))
                bytes.append(contentsOf: message.key)
                bytes.append(little: message.value.map { UInt32($0.count) } ?? .max)
                bytes.append(contentsOf: message.value ?? [])
            }
        }
    }

    /// The frame that begins at `offset`, or nil when there is no valid one.
    package static func read(
        _ file: UnsafeRawBufferPointer, at offset: Int
    ) -> (sequence: UInt64, content: Content, end: Int)? {
        guard offset + headerBytes <= file.count else { return nil }
        let length = Int(file.little(UInt32.self, at: offset))
        let end = offset + headerBytes + length
        guard length >= 17, length <= longestPayload, end <= file.count else { return nil }
        let covered = UnsafeRawBufferPointer(rebasing: file[(offset + 8)..<end])
        guard CRC32C.checksum(of: covered) == file.little(UInt32.self, at: offset + 4) else {
            return nil
        }
        let sequence = file.little(UInt64.self, at: offset + 8)
        let payload = offset + headerBytes
        switch file[payload] {
        case 1 where length >= 33:
            let id = BootID(
                head: file.little(UInt64.self, at: payload + 1),
                tail: file.little(UInt64.self, at: payload + 9))
            return (sequence, .boot(id: id, stamp(file, at: payload + 17)), end)
        case 2 where length >= 57:
            let words = RecordWords(
                (
                    file.little(UInt64.self, at: payload + 17),
                    file.little(UInt64.self, at: payload + 25),
                    file.little(UInt64.self, at: payload + 33),
                    file.little(UInt64.self, at: payload + 41),
                    file.little(UInt64.self, at: payload + 49)
                ))
            guard let record = words.record else { return (sequence, .unknown, end) }
            return (sequence, .record(record, stamp(file, at: payload + 1)), end)
        default:
            return (sequence, .unknown, end)
        }
    }

    private static func stamp(_ file: UnsafeRawBufferPointer, at offset: Int) -> Stamp {
        Stamp(
            boot: Instant(nanoseconds: file.little(Int64.self, at: offset)),
            wallMilliseconds: file.little(Int64.self, at: offset + 8))
    }
}

/// Which start of the machine this is (/proc/sys/kernel/random/boot_id): instants of the boot
/// clock can be compared only within one.
package struct BootID: Hashable, Sendable {
    package var head: UInt64
    package var tail: UInt64

    package init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }
}

extension [UInt8] {
    fileprivate mutating func append(little value: some FixedWidthInteger) {
        var value = value.littleEndian
        Swift.withUnsafeBytes(of: &value) { append(contentsOf: $0) }
    }

    fileprivate mutating func store(_ value: some FixedWidthInteger, at offset: Int) {
        var value = value.littleEndian
        Swift.withUnsafeBytes(of: &value) { source in
            withUnsafeMutableBytes { bytes in
                for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func little<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, at offset: Int
    ) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
