// The writer's side of the live page (layout and rules: LivePage.swift). Called by the thread that
// writes the log, after each flush and before a segment is used again. Never waits for a reader.

import CLinux
import Glibc
import Synchronization

package final class LivePageWriter {
    private let page: LivePage
    /// Kept open for its lock.
    private let descriptor: Int32

    /// Makes a new page at `path` and moves it over an old one, then lets the link `live` in
    /// `directory`, if one is given, lead there. The caller publishes what recovery has found before
    /// it appends anything: until then readers take every valid frame for durable.
    /// - Throws: the call that failed. The log works without a page, but readers then trust the
    ///   files alone.
    package init(
        path: String, log: LogID, directory: String? = nil, wallMilliseconds: Int64 = 0,
        bootNanoseconds: Int64 = 0
    ) throws(FileError) {
        let new = "\(path).\(getpid())"
        unlink(new)
        // World-readable as the log is: who may read what is decided at the directory.
        descriptor = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(call: "open", path: new, errno: errno) }
        do throws(FileError) {
            // A full file system must show here and not as a signal at the first store.
            let status = posix_fallocate(descriptor, 0, off_t(LivePage.bytes))
            guard status == 0 else {
                throw FileError(call: "posix_fallocate", path: new, errno: status)
            }
            let locked = clinux_lock_file(descriptor)
            guard locked == 0 else { throw FileError(call: "fcntl", path: new, errno: locked) }
            guard let mapped = LivePage.map(descriptor, writable: true) else {
                throw FileError(call: "mmap", path: new, errno: errno)
            }
            page = mapped
        } catch {
            close(descriptor)
            unlink(new)
            throw error
        }
        page.base.storeBytes(of: LivePage.version, toByteOffset: 8, as: UInt32.self)
        page.base.storeBytes(of: UInt32(getpid()), toByteOffset: 12, as: UInt32.self)
        page.base.storeBytes(of: log.head, toByteOffset: 16, as: UInt64.self)
        page.base.storeBytes(of: log.tail, toByteOffset: 24, as: UInt64.self)
        page.base.storeBytes(of: wallMilliseconds, toByteOffset: 32, as: Int64.self)
        page.base.storeBytes(of: bootNanoseconds, toByteOffset: 40, as: Int64.self)
        page.long(LivePage.Place.magic).pointee.store(LivePage.magic, ordering: .releasing)
        let old = LivePageReader(path: path)
        guard rename(new, path) == 0 else {
            let error = FileError(call: "rename", path: path, errno: errno)
            unlink(new)
            throw error
        }
        // Readers that slept on a page whose writer was killed.
        old.wakeOthers()
        if let directory { try Self.link(directory, to: path) }
    }

    deinit {
        page.short(LivePage.Place.state).pointee.store(1, ordering: .releasing)
        change()
        page.unmap()
        close(descriptor)
    }

    /// Everything up to `durable` may be read from now on, nothing before segment `oldest`. Called
    /// after fdatasync, and with a higher `oldest` before a file is renamed or written again.
    package func publish(durable: DurableEnd, oldest: UInt32, _ counters: LiveCounters) {
        page.short(LivePage.Place.oldest).pointee.store(oldest, ordering: .sequentiallyConsistent)
        page.short(LivePage.Place.health).pointee.store(
            counters.health.rawValue, ordering: .relaxed)
        page.long(LivePage.Place.flushes).pointee.store(counters.flushes, ordering: .relaxed)
        page.long(LivePage.Place.bytesWritten).pointee.store(
            counters.bytesWritten, ordering: .relaxed)
        page.long(LivePage.Place.dropped).pointee.store(counters.dropped, ordering: .relaxed)
        page.long(LivePage.Place.flushWall).pointee.store(
            UInt64(bitPattern: counters.wallMilliseconds), ordering: .relaxed)
        page.long(LivePage.Place.flushBoot).pointee.store(
            UInt64(bitPattern: counters.bootNanoseconds), ordering: .relaxed)
        page.long(LivePage.Place.durable).pointee.store(
            durable.rawValue, ordering: .sequentiallyConsistent)
        change()
    }

    private func change() {
        page.short(LivePage.Place.word).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        clinux_futex_wake(page.word)
    }

    /// Makes the link `live`, without a write when it is there already.
    private static func link(_ directory: String, to path: String) throws(FileError) {
        let link = "\(directory)/\(LivePage.linkName)"
        guard let target = absolute(path) else {
            throw FileError(call: "realpath", path: path, errno: errno)
        }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map {
                readlink(link, $0.assumingMemoryBound(to: CChar.self), bytes.count)
            } ?? -1
        }
        if count > 0 && Array(buffer[..<count]) == Array(target.utf8) { return }
        let new = "\(link).new"
        unlink(new)
        guard symlink(target, new) == 0 else {
            throw FileError(call: "symlink", path: new, errno: errno)
        }
        guard rename(new, link) == 0 else {
            let error = FileError(call: "rename", path: link, errno: errno)
            unlink(new)
            throw error
        }
    }

    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
