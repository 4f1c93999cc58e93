// How far a log is durable, in a page of shared memory, for readers in other processes. This file
// is the page's layout and what both sides of it agree on; `LivePageWriter` and `LivePageReader`
// are the sides. The page is a file of its own in a run directory (RAM); the symbolic link `live`
// in the log's directory leads there.
//
//   page :=  0  magic u64 "SPLIVE1\0"
//            8  version u32 (1)
//           12  writer's process id u32
//           16  log id 16 bytes
//           32  started: wall clock i64 ms, boot clock i64 ns
//           64  durable end u64: segment << 32 | length
//           72  oldest segment u32: a segment below it may be overwritten at any time
//           76  word u32: one more at each change; the futex that readers sleep on
//           80  state u32: 0 running, 1 closed
//           84  health u32: bits of `LiveHealth`
//           88  flushes u64, bytes written to the device u64, dropped records u64
//          112  last flush: wall clock i64 ms, boot clock i64 ns
//          128  zeros up to 4,096                                (numbers in the machine's order)
//
// The page says something only while its writer lives: the writer holds a lock on the file, which
// the kernel drops with the process. Readers ask whether it is held and never take one. Each start
// of a writer makes a new file and moves it over the old one.
//
// Order: `oldest` is stored before a segment's file is touched, the durable end after its
// fdatasync, the word after both. A reader that has read bytes of a segment and then still finds
// it not below `oldest` has read what was written there.

import CLinux
import Glibc
import Synchronization

/// The end of what is durable: all of the segments before `segment`, and `length` bytes of it.
package struct DurableEnd: Hashable, Comparable, Sendable {
    package var segment: UInt32
    package var length: UInt32

    package init(segment: UInt32, length: UInt32) {
        self.segment = segment
        self.length = length
    }

    package init(rawValue: UInt64) {
        segment = UInt32(truncatingIfNeeded: rawValue >> 32)
        length = UInt32(truncatingIfNeeded: rawValue)
    }

    package var rawValue: UInt64 { UInt64(segment) << 32 | UInt64(length) }

    package static func < (a: DurableEnd, b: DurableEnd) -> Bool { a.rawValue < b.rawValue }
}

/// What is wrong with a writer, as bits.
package struct LiveHealth: OptionSet, Hashable, Sendable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Writes fail: what was appended waits in memory.
    package static let failing = LiveHealth(rawValue: 1)
    /// The disk does not answer in time.
    package static let stalled = LiveHealth(rawValue: 2)
    /// The log has reached its cap: only vital records are still taken.
    package static let full = LiveHealth(rawValue: 4)
    /// Something that was acknowledged cannot be read any more.
    package static let rotten = LiveHealth(rawValue: 8)
}

/// What a writer has done since it started.
package struct LiveCounters: Hashable, Sendable {
    package var flushes: UInt64
    /// Bytes written to the device, headers and padding included.
    package var bytesWritten: UInt64
    /// Records that found no room in the queue.
    package var dropped: UInt64
    package var health: LiveHealth
    /// The wall and the boot clock at the last flush.
    package var wallMilliseconds: Int64
    package var bootNanoseconds: Int64

    package init(
        flushes: UInt64 = 0, bytesWritten: UInt64 = 0, dropped: UInt64 = 0,
        health: LiveHealth = [], wallMilliseconds: Int64 = 0, bootNanoseconds: Int64 = 0
    ) {
        self.flushes = flushes
        self.bytesWritten = bytesWritten
        self.dropped = dropped
        self.health = health
        self.wallMilliseconds = wallMilliseconds
        self.bootNanoseconds = bootNanoseconds
    }
}

/// The mapped page: places and the ways in which they are touched.
struct LivePage {
    static let bytes = 4_096
    static let magic: UInt64 = 0x0031_4556_494C_5053
    static let version: UInt32 = 1
    /// The link in the log's directory.
    static let linkName = "live"

    let base: UnsafeMutableRawPointer

    enum Place {
        static let magic = 0
        static let version = 8
        static let process = 12
        static let log = 16
        static let startedWall = 32
        static let startedBoot = 40
        static let durable = 64
        static let oldest = 72
        static let word = 76
        static let state = 80
        static let health = 84
        static let flushes = 88
        static let bytesWritten = 96
        static let dropped = 104
        static let flushWall = 112
        static let flushBoot = 120
    }

    func long(_ place: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        base.advanced(by: place).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func short(_ place: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        base.advanced(by: place).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    var word: UnsafeRawPointer { UnsafeRawPointer(base.advanced(by: Place.word)) }

    /// Maps the page in `descriptor`; nil and errno.
    static func map(_ descriptor: Int32, writable: Bool) -> LivePage? {
        let mapped = mmap(
            nil, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        return LivePage(base: mapped)
    }

    func unmap() { munmap(base, Self.bytes) }
}
