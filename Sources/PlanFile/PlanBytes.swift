// Whole plan files from and to the disk. `PlanStore` and `standpipe compile` call it.

import FireLogic
import Glibc

package enum PlanBytes {
    /// All bytes of the file at `path`; a pipe or a device does not hold the caller up.
    /// Throws `.file` with errno, or `.size` for what is not a regular file or larger than any
    /// plan.
    package static func read(_ path: String) throws(PlanError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Limits.planBytes else {
            throw .size(bytes: Int(status.st_size))
        }
        // One byte more than it should have shows a file that grows meanwhile.
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var done = 0
        while done < bytes.count {
            let room = bytes.count - done
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: done), room)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .file(errno: errno) }
            if count == 0 { break }
            done += count
        }
        guard done < bytes.count else { throw .size(bytes: done) }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    /// Puts a file with `bytes` at `path`, whole or not at all, also through a power cut: the new
    /// file is on the disk before it takes the name, and the name before this returns.
    /// Throws `.file` with errno; the old file is then still there.
    package static func write(_ bytes: [UInt8], to path: String) throws(PlanError) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(errno: errno) }
        do throws(PlanError) {
            try writeAll(bytes, to: descriptor)
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let reason = errno
            unlink(temporary)
            throw .file(errno: reason)
        }
        try syncDirectory(of: path)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(PlanError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .file(errno: count < 0 ? errno : EIO) }
            done += count
        }
        guard fsync(descriptor) == 0 else { throw .file(errno: errno) }
    }

    private static func syncDirectory(of path: String) throws(PlanError) {
        var directory = "."
        if let slash = path.lastIndex(of: "/") {
            directory = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(errno: errno) }
    }
}
