// A log's directory as its readers see it: opened for reading only, one file a segment. Called by
// `LogReader` and `LogVerifier`. Never creates, writes, locks or removes anything; what it is told
// by names and headers is checked by the caller.

import CLinux
import Glibc

/// An open directory of segments.
package final class SegmentDirectory {
    package let path: String
    private let descriptor: Int32
    private let identity: (dev_t, ino_t)

    package init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(call: "open", path: path, errno: errno) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            let error = FileError(call: "fstat", path: path, errno: errno)
            close(descriptor)
            throw error
        }
        identity = (information.st_dev, information.st_ino)
    }

    deinit { close(descriptor) }

    /// Whether another directory, or none, stands at the path by now.
    package var isReplaced: Bool {
        var information = stat()
        return stat(path, &information) != 0
            || identity != (information.st_dev, information.st_ino)
    }

    /// What lies in the directory, by name.
    package struct Listing: Hashable, Sendable {
        /// Numbers of the segments, ascending.
        package var segments: [UInt32] = []
        package var spares: [String] = []
        /// What no log puts there.
        package var others: [String] = []
    }

    package func list() throws(FileError) -> Listing {
        // A description of its own: the position in a directory is shared by duplicates.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw FileError(call: "open", path: path, errno: errno) }
        guard let stream = fdopendir(own) else {
            let error = FileError(call: "fdopendir", path: path, errno: errno)
            close(own)
            throw error
        }
        defer { closedir(stream) }
        var listing = Listing()
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            switch SegmentName(name) {
            case .segment(let number): listing.segments.append(number)
            case .spare, .making: listing.spares.append(name)
            case nil:
                if name != ".", name != "..", name != LivePage.linkName {
                    listing.others.append(name)
                }
            }
            errno = 0
        }
        guard errno == 0 else { throw FileError(call: "readdir", path: path, errno: errno) }
        listing.segments.sort()
        listing.spares.sort()
        listing.others.sort()
        return listing
    }

    /// Opens a segment; nil when there is none of this number. What is no regular file is none.
    package func open(_ segment: UInt32) throws(FileError) -> SegmentFile? {
        let name = SegmentName.segment(segment).text
        let file = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError(call: "open", path: "\(path)/\(name)", errno: errno)
        }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(file)
            return nil
        }
        return SegmentFile(
            number: segment, descriptor: file, bytes: Int(information.st_size),
            inode: information.st_ino, path: "\(path)/\(name)")
    }

    /// Whether `file` is still the segment as which it was opened, and not renamed for use again.
    package func holds(_ file: SegmentFile) -> Bool {
        var information = stat()
        return fstatat(
            descriptor, SegmentName.segment(file.number).text, &information, AT_SYMLINK_NOFOLLOW)
            == 0 && information.st_ino == file.inode
    }
}

/// An open segment file.
package final class SegmentFile {
    package let number: UInt32
    /// Bytes of the file when it was opened; a segment never grows.
    package let bytes: Int
    let inode: ino_t
    private let descriptor: Int32
    private let path: String

    fileprivate init(number: UInt32, descriptor: Int32, bytes: Int, inode: ino_t, path: String) {
        self.number = number
        self.descriptor = descriptor
        self.bytes = bytes
        self.inode = inode
        self.path = path
    }

    deinit { close(descriptor) }

    /// pread(2): fills `buffer` from `position`; how many bytes there were, fewer only at the end.
    package func read(
        at position: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done,
                off_t(position + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(call: "pread", path: path, errno: errno)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Lets the kernel forget its copy, so that the next read asks the disk.
    package func forgetCache(at position: Int, bytes: Int) {
        posix_fadvise(descriptor, off_t(position), off_t(bytes), POSIX_FADV_DONTNEED)
    }

    /// The segment's header; nil when it is none of this number, or not of this file's size.
    package func header() throws(FileError) -> SegmentHeader? {
        var first = [UInt8](repeating: 0, count: 128)
        var count = 0
        do {
            count = try first.withUnsafeMutableBytes { try read(at: 0, into: $0) }
        } catch let error as FileError {
            throw error
        } catch {
            return nil
        }
        guard count == 128, let header = first.withUnsafeBytes({ SegmentHeader($0) }),
            header.segment == number, Int(header.segmentBytes) == bytes,
            header.sectorBytes >= 64, header.sectorBytes <= 4_096,
            header.sectorBytes & (header.sectorBytes - 1) == 0
        else { return nil }
        return header
    }
}
