// Reads a journal file from its first byte and folds it into the memory with which the fire logic
// starts. Called at the start of the controller and when a full file is replaced. Reads only.

import ControlLoop
import EventLog
import FireLogic
import Glibc

package struct JournalReplay: Sendable {
    package private(set) var memory = Memory()
    package private(set) var records = 0
    /// Bad stretches with valid frames behind them: what stood there is lost.
    package private(set) var gaps = 0
    /// Valid up to here; anything behind is a torn tail.
    package private(set) var validBytes = 0
    package private(set) var nextSequence: UInt64 = 0
    /// There are bytes, but no frame of a journal among them.
    package private(set) var isForeign = false

    /// Folds `file`. Records of boot `boot` know their age at `now`; others lie before a power cut.
    package init(
        _ file: UnsafeRawBufferPointer, boot: BootID, now: Instant,
        each: (Record, Stamp) -> Void = { _, _ in }
    ) {
        var offset = 0
        var isThisBoot = false
        /// The number that the next frame must have; nil where any later one will do.
        var expected: UInt64?
        while offset < file.count {
            // A frame older than the one before it is a block that the disk never overwrote.
            guard let frame = JournalFrame.read(file, at: offset), frame.sequence >= nextSequence
            else {
                guard let next = Self.nextFrame(file, after: offset, from: nextSequence) else {
                    isForeign = validBytes == 0
                    return
                }
                gaps += 1
                // Which boot wrote what follows is no longer certain.
                isThisBoot = false
                expected = nil
                offset = next
                continue
            }
            if let expected, frame.sequence != expected {
                // Whole frames are missing in between.
                gaps += 1
                isThisBoot = false
            }
            switch frame.content {
            case .boot(let id, _):
                isThisBoot = id == boot
            case .record(let record, let stamp):
                records += 1
                each(record, stamp)
                let age = now - stamp.boot
                memory.apply(record, age: isThisBoot && age >= .zero ? age : nil)
            case .unknown:
                break
            }
            nextSequence = frame.sequence &+ 1
            expected = nextSequence
            offset = frame.end
            validBytes = offset
        }
    }

    /// Reads the file at `path`; a missing file is an empty one.
    /// - Throws: the errno of open, fstat or mmap.
    package static func load(
        path: String, boot: BootID, now: Instant, each: (Record, Stamp) -> Void = { _, _ in }
    ) throws(FileError) -> JournalReplay {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 {
            if errno == ENOENT {
                return JournalReplay(
                    UnsafeRawBufferPointer(start: nil, count: 0), boot: boot, now: now)
            }
            throw FileError(call: "open", path: path, errno: errno)
        }
        defer { close(descriptor) }
        return try load(descriptor, path: path, boot: boot, now: now, each: each)
    }

    /// Reads the open file `descriptor` from its first byte; `path` is for the error.
    package static func load(
        _ descriptor: Int32, path: String, boot: BootID, now: Instant,
        each: (Record, Stamp) -> Void = { _, _ in }
    ) throws(FileError) -> JournalReplay {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            throw FileError(call: "fstat", path: path, errno: errno)
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw FileError(call: "open", path: path, errno: EISDIR)
        }
        let size = Int(information.st_size)
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            // pread, not mmap: a bad block is then an error and not a signal.
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), size - filled,
                    off_t(filled))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw FileError(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            filled += count
        }
        return bytes[..<filled].withUnsafeBytes {
            JournalReplay($0, boot: boot, now: now, each: each)
        }
    }

    private static func nextFrame(
        _ file: UnsafeRawBufferPointer, after offset: Int, from sequence: UInt64
    ) -> Int? {
        var candidate = offset + 1
        while candidate + JournalFrame.headerBytes <= file.count {
            if let frame = JournalFrame.read(file, at: candidate), frame.sequence >= sequence {
                return candidate
            }
            candidate += 1
        }
        return nil
    }
}
