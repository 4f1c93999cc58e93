// The reader's side of the live page (layout and rules: LivePage.swift). Opens and maps it for
// reading only, takes no lock, and is content when there is none. Called by `LogReader` and the
// tool for people; never writes, with the one exception of the writer waking an old page's sleepers.

import CLinux
import Glibc
import Synchronization

package final class LivePageReader {
    /// Longest sleep before it is asked whether the writer still lives and the page is still the
    /// one at the path: a writer that was killed wakes nobody.
    private static let longestSleep: Int64 = 1_000_000_000

    private let path: String
    private var page: LivePage?
    private var descriptor: Int32 = -1
    private var identity: (dev_t, ino_t) = (0, 0)

    /// The page of the log in `directory`, which need not have one yet.
    package convenience init(directory: String) {
        self.init(path: "\(directory)/\(LivePage.linkName)")
    }

    /// The page at `path`, which need not exist yet.
    package init(path: String) {
        self.path = path
        attach()
    }

    deinit { detach() }

    /// Looks which page stands at the path now. True when it is another one than before, or none.
    @discardableResult
    package func attach() -> Bool {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            let had = page != nil
            detach()
            return had
        }
        if page != nil && identity == (information.st_dev, information.st_ino) { return false }
        let had = page != nil
        detach()
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { return had }
        guard fstat(opened, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size == LivePage.bytes,
            let mapped = LivePage.map(opened, writable: false)
        else {
            close(opened)
            return had
        }
        guard
            mapped.long(LivePage.Place.magic).pointee.load(ordering: .acquiring) == LivePage.magic,
            mapped.base.load(fromByteOffset: 8, as: UInt32.self) == LivePage.version
        else {
            mapped.unmap()
            close(opened)
            return had
        }
        page = mapped
        descriptor = opened
        identity = (information.st_dev, information.st_ino)
        return true
    }

    private func detach() {
        page?.unmap()
        page = nil
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// Whether a page is there and its writer is running. Two system calls.
    package var isLive: Bool {
        guard let page, page.short(LivePage.Place.state).pointee.load(ordering: .acquiring) == 0
        else { return false }
        return clinux_file_is_locked(descriptor) == 1
    }

    /// The log that the page belongs to; nil without a page.
    package var log: LogID? {
        page.map {
            LogID(
                head: $0.base.load(fromByteOffset: 16, as: UInt64.self),
                tail: $0.base.load(fromByteOffset: 24, as: UInt64.self))
        }
    }

    package var processID: Int32? {
        page.map { $0.base.load(fromByteOffset: LivePage.Place.process, as: Int32.self) }
    }

    /// When the writer started: wall clock and boot clock.
    package var started: (wallMilliseconds: Int64, bootNanoseconds: Int64)? {
        page.map {
            (
                $0.base.load(fromByteOffset: LivePage.Place.startedWall, as: Int64.self),
                $0.base.load(fromByteOffset: LivePage.Place.startedBoot, as: Int64.self)
            )
        }
    }

    /// How far the log is durable by the page; nil without a page or before its first `publish`.
    /// The page of a dead writer tells the past: ask `isLive` as well.
    package var durable: DurableEnd? {
        guard let page else { return nil }
        let raw = page.long(LivePage.Place.durable).pointee.load(ordering: .sequentiallyConsistent)
        return raw == 0 ? nil : DurableEnd(rawValue: raw)
    }

    /// The oldest segment that is not being used again; 0 without a page.
    package var oldest: UInt32 {
        page?.short(LivePage.Place.oldest).pointee.load(ordering: .sequentiallyConsistent) ?? 0
    }

    package var counters: LiveCounters? {
        guard let page else { return nil }
        func long(_ place: Int) -> UInt64 { page.long(place).pointee.load(ordering: .relaxed) }
        return LiveCounters(
            flushes: long(LivePage.Place.flushes),
            bytesWritten: long(LivePage.Place.bytesWritten),
            dropped: long(LivePage.Place.dropped),
            health: LiveHealth(
                rawValue: page.short(LivePage.Place.health).pointee.load(ordering: .relaxed)),
            wallMilliseconds: Int64(bitPattern: long(LivePage.Place.flushWall)),
            bootNanoseconds: Int64(bitPattern: long(LivePage.Place.flushBoot)))
    }

    /// Sleeps until the durable end is another one than `past`, or the page or its writer changes,
    /// or `milliseconds` are over (nil: without limit). True when there is something to look at.
    /// May return early; the caller compares.
    package func wait(past: DurableEnd?, milliseconds: Int32?) -> Bool {
        let start = Self.now
        let limit = milliseconds.map { Int64($0) * 1_000_000 }
        if attach() { return true }
        let wasLive = isLive
        while true {
            if let page {
                // The word first: what changes after this makes the sleep end at once.
                let word = page.short(LivePage.Place.word).pointee.load(
                    ordering: .sequentiallyConsistent)
                if durable != past { return true }
                guard let sleep = Self.sleep(since: start, limit) else { return false }
                _ = clinux_futex_wait(page.word, word, sleep)
                if durable != past { return true }
            } else {
                guard let sleep = Self.sleep(since: start, limit) else { return false }
                var time = timespec(
                    tv_sec: Int(sleep / 1_000_000_000), tv_nsec: Int(sleep % 1_000_000_000))
                nanosleep(&time, nil)
            }
            if attach() || wasLive != isLive { return true }
        }
    }

    /// How long the next sleep may be; nil when the time is over.
    private static func sleep(since start: Int64, _ limit: Int64?) -> Int64? {
        guard let limit else { return longestSleep }
        let left = limit - (now - start)
        return left > 0 ? min(left, longestSleep) : nil
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Wakes all who sleep on this page, which another one has replaced.
    func wakeOthers() {
        if let page { clinux_futex_wake(page.word) }
    }
}
