// The kernel's files under the engine: one directory, opened once, locked against a second writer.
// Frames are written past the page cache (O_DIRECT) where the file system takes that in pieces of at
// most 4,096 bytes, else through it. Called by `EventLog`; decides nothing about the log's content.
//
// A direct write also evicts what the page cache holds of its range, so that readers in other
// processes, which read through the page cache, see what is on the disk.

import CLinux
import Glibc

/// `LogFiles` over a directory of a real file system.
package final class DirectoryFiles: LogFiles {
    package let sectorBytes: Int
    /// Whether writes go past the page cache.
    package private(set) var isDirect: Bool
    package let path: String

    /// RAM-backed: nothing is synced.
    private let isVolatile: Bool
    private let directory: Int32
    private var openNames: [Int32: String] = [:]
    /// For reads into memory that is not aligned.
    private let bounce: UnsafeMutableRawBufferPointer

    /// Longest write that is read into the page cache again at once.
    private static let readAgainBytes = 64 << 10
    private static let bounceBytes = 256 << 10
    private static let memoryAlignment = 4_096

    /// Opens the directory `path` and locks it (flock) until the value is gone. EWOULDBLOCK: another
    /// process writes this log. `isVolatile`: the directory is RAM-backed, nothing is ever synced.
    /// `mayBeDirect`: false keeps to the page cache.
    package init(
        _ path: String, isVolatile: Bool = false, mayBeDirect: Bool = true
    ) throws(FileError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(call: "open", path: path, errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw FileError(call: "flock", path: path, errno: code)
        }
        self.path = path
        self.isVolatile = isVolatile
        directory = descriptor
        let alignment = isVolatile || !mayBeDirect ? 0 : Self.directAlignment(descriptor)
        isDirect = alignment > 0
        sectorBytes = isVolatile ? 64 : max(alignment, 512)
        bounce = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bounceBytes, alignment: Self.memoryAlignment)
    }

    deinit {
        for descriptor in openNames.keys { _ = Glibc.close(descriptor) }
        _ = Glibc.close(directory)
        bounce.deallocate()
    }

    /// What direct writes in this directory are multiples of; 0: there are none.
    private static func directAlignment(_ directory: Int32) -> Int {
        let probe = clinux_unnamed_direct(directory)
        guard probe >= 0 else { return 0 }
        defer { _ = Glibc.close(probe) }
        let alignment = Int(clinux_direct_alignment(probe))
        // Kernels before 6.1 do not tell; a file on a disk of 4,096-byte sectors takes no less.
        if alignment < 0 { return 4_096 }
        guard alignment > 0, alignment <= 4_096, alignment & (alignment - 1) == 0 else { return 0 }
        return max(alignment, 512)
    }

    package func names() throws(FileError) -> [String] {
        // A descriptor of its own: the position in a directory belongs to the open file.
        let again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard again >= 0 else { throw FileError(call: "open", path: path, errno: errno) }
        guard let stream = fdopendir(again) else {
            let code = errno
            _ = Glibc.close(again)
            throw FileError(call: "fdopendir", path: path, errno: code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FileError(call: "readdir", path: path, errno: errno) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    package func open(_ name: String) throws(FileError) -> LogFile? {
        let descriptor = openDescriptor(name, O_RDWR)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", name)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw FileError(call: "fstat", path: path + "/" + name, errno: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            _ = Glibc.close(descriptor)
            return nil
        }
        if !isDirect, !isVolatile {
            // What the kernel could not write in an earlier run may still look written in its cache.
            _ = fdatasync(descriptor)
            _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        }
        openNames[descriptor] = name
        return LogFile(rawValue: descriptor)
    }

    package func create(_ name: String, bytes: Int) throws(FileError) -> LogFile {
        let descriptor = openDescriptor(name, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw failure("create", name) }
        var code: Int32
        repeat { code = posix_fallocate(descriptor, 0, off_t(bytes)) } while code == EINTR
        guard code == 0 else {
            _ = Glibc.close(descriptor)
            _ = unlinkat(directory, name, 0)
            throw FileError(call: "posix_fallocate", path: path + "/" + name, errno: code)
        }
        openNames[descriptor] = name
        return LogFile(rawValue: descriptor)
    }

    package func size(_ file: LogFile) throws(FileError) -> Int {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { throw failure("fstat", file) }
        return Int(status.st_size)
    }

    package func read(
        _ file: LogFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        guard isDirect else { return try readOnce(file, at: offset, into: buffer) }
        if isAligned(buffer, at: offset) { return try readOnce(file, at: offset, into: buffer) }
        var done = 0
        while done < buffer.count {
            let start = (offset + done) & ~(sectorBytes - 1)
            let skipped = offset + done - start
            let wanted = min(
                JournalFormat.round(skipped + buffer.count - done, up: sectorBytes), bounce.count)
            let area = UnsafeMutableRawBufferPointer(rebasing: bounce[..<wanted])
            let count = try readOnce(file, at: start, into: area)
            let taken = min(count - skipped, buffer.count - done)
            guard taken > 0 else { break }
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + taken])
                .copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: area[skipped..<skipped + taken]))
            done += taken
            if count < wanted { break }
        }
        return done
    }

    package func write(
        _ file: LogFile, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(file.rawValue, rest.baseAddress, rest.count, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EINVAL, isDirect {
                // The file system said that it takes direct writes, and does not take this one.
                isDirect = false
                for descriptor in openNames.keys { _ = clinux_end_direct(descriptor) }
            } else {
                if count == 0 { errno = EIO }
                throw failure("pwrite", file)
            }
        }
        // Readers in other processes come for it as soon as it is durable. The page cache lost it
        // to the direct write and has it again by the time fdatasync returns.
        if isDirect, bytes.count <= Self.readAgainBytes {
            _ = posix_fadvise(
                file.rawValue, off_t(offset), off_t(bytes.count), POSIX_FADV_WILLNEED)
        }
    }

    package func sync(_ file: LogFile) throws(FileError) {
        // Not tried again after EINTR or anything else: the kernel may have forgotten what failed.
        guard isVolatile || fdatasync(file.rawValue) == 0 else { throw failure("fdatasync", file) }
    }

    package func close(_ file: LogFile) {
        openNames[file.rawValue] = nil
        _ = Glibc.close(file.rawValue)
    }

    package func rename(_ old: String, to new: String) throws(FileError) {
        guard clinux_rename_new(directory, old, new) == 0 else { throw failure("rename", old) }
        for (descriptor, name) in openNames where name == old { openNames[descriptor] = new }
    }

    package func remove(_ name: String) throws(FileError) {
        guard unlinkat(directory, name, 0) == 0 else { throw failure("unlink", name) }
    }

    package func syncDirectory() throws(FileError) {
        guard isVolatile || fsync(directory) == 0 else { throw failure("fsync", "") }
    }

    private func openDescriptor(_ name: String, _ flags: Int32) -> Int32 {
        if isDirect {
            let descriptor = clinux_open_direct(directory, name, flags)
            if descriptor >= 0 || errno != EINVAL { return descriptor }
        }
        return openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, 0o640)
    }

    /// pread(2) until `buffer` is full or the file ends.
    private func readOnce(
        _ file: LogFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(file.rawValue, rest.baseAddress, rest.count, off_t(offset + done))
            if count > 0 {
                done += count
                // The end of a file that is no multiple of a sector: the rest would not be aligned.
                if isDirect, count & (sectorBytes - 1) != 0 { break }
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw failure("pread", file)
            }
        }
        return done
    }

    private func isAligned(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        let address = Int(bitPattern: buffer.baseAddress)
        return (address | offset | buffer.count) & (sectorBytes - 1) == 0
    }

    private func failure(_ call: String, _ file: LogFile) -> FileError {
        failure(call, openNames[file.rawValue] ?? "?")
    }

    /// To be called before anything that changes errno.
    private func failure(_ call: String, _ name: String) -> FileError {
        let code = errno
        return FileError(call: call, path: name.isEmpty ? path : path + "/" + name, errno: code)
    }
}
