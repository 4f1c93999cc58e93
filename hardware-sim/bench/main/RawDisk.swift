// What the disk itself can do, by the calls alone: the physical limit beside the log's figures.

import BenchLines
import CLinux
import FireLogic
import Glibc

enum RawDisk {
    /// Bytes of the file that is written over and over: preallocated, written with zeros once.
    private static let fileBytes = 64 << 20

    /// `count` times: `bytes` written where the last ones end, fdatasync. The time of each.
    static func flushes(_ directory: String, bytes: Int, count: Int) throws -> Samples {
        let path = directory + "/raw"
        let file = try zeroed(path, flags: 0)
        defer {
            close(file)
            unlink(path)
        }
        let content = [UInt8](repeating: 0x5A, count: bytes)
        var samples = Samples()
        var offset = 0
        for _ in 0..<count {
            let begin = Machine.now
            guard pwrite(file, content, bytes, off_t(offset)) == bytes, fdatasync(file) == 0 else {
                throw BenchError("write \(path)")
            }
            samples.add(Machine.now - begin)
            offset += bytes
            if offset + bytes > fileBytes { offset = 0 }
        }
        return samples
    }

    /// Bytes a second, written one after another in pieces of 1 MiB past the page cache, each synced.
    static func sequentialRate(_ directory: String) throws -> Double {
        let path = directory + "/raw"
        let file = try zeroed(path, flags: 0o40_000)
        defer {
            close(file)
            unlink(path)
        }
        let piece = 1 << 20
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 4_096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0x5A)
        let begin = Machine.now
        var written = 0
        for _ in 0..<4 {
            for offset in stride(from: 0, to: fileBytes, by: piece) {
                guard pwrite(file, memory.baseAddress, piece, off_t(offset)) == piece,
                    fdatasync(file) == 0
                else { throw BenchError("write \(path)") }
                written += piece
            }
        }
        return Double(written) / (Machine.now - begin).seconds
    }

    /// Bytes that the block device under `directory` was given so far (sectors of 512 bytes in
    /// /sys/dev/block/MAJOR:MINOR/stat); nil where there is no such device.
    static func deviceBytes(_ directory: String) -> Int? {
        var status = stat()
        guard stat(directory, &status) == 0 else { return nil }
        let device = UInt64(status.st_dev)
        let major = (device >> 8) & 0xFFF
        let minor = (device & 0xFF) | ((device >> 12) & 0xFFF00)
        let words = Machine.text("/sys/dev/block/\(major):\(minor)/stat").split(separator: " ")
        guard words.count > 6 else { return nil }
        return Int(words[6]).map { $0 * 512 }
    }

    private static func zeroed(_ path: String, flags: Int32) throws -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchError("open \(path)") }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<(fileBytes >> 20) {
            guard write(file, zeros, zeros.count) == zeros.count else {
                throw BenchError("write \(path)")
            }
        }
        guard fsync(file) == 0 else { throw BenchError("fsync \(path)") }
        if flags == 0 { return file }
        close(file)
        let again = open(path, O_RDWR | O_CLOEXEC | flags)
        guard again >= 0 else { throw BenchError("open \(path)") }
        return again
    }
}
