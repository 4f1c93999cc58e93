// The ring of signals in shared memory, on real files.

import ControlLoop
import EventLog
import FireLogic
import Glibc
import Testing

@testable import SafetyLog

@Suite struct SignalRingTests {
    private func id(_ number: Int) -> DetectorID { DetectorID(rawValue: UInt32(number)) }

    @Test("Signals survive the program: a ring opened again goes on where it was")
    func reopen() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/signals"
        for round in 0..<3 {
            let ring = try SignalRing(path: path)
            #expect(ring.newest(100).count == round * 2)
            ring.append(id(round), .alarm, Sample.stamp(round))
            ring.append(id(round), .fault(.line), Sample.stamp(round))
        }
        let newest = try SignalRing(path: path).newest(3)
        #expect(newest.map(\.0) == [id(1), id(2), id(2)])
        #expect(newest.map(\.1) == [.fault(.line), .alarm, .fault(.line)])
        #expect(newest.last?.2 == Sample.stamp(2))
    }

    @Test("BOUNDED: a full ring drops the oldest signals and its file does not grow")
    func wraps() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/signals"
        let ring = try SignalRing(path: path)
        var before = stat()
        #expect(stat(path, &before) == 0)
        let total = SignalRing.capacity * 2 + 17
        for number in 0..<total { ring.append(id(number), .normal, Sample.stamp(number)) }
        let newest = ring.newest(.max)
        #expect(newest.count == SignalRing.capacity)
        #expect(
            newest.first?.0 == id(total - SignalRing.capacity) && newest.last?.0 == id(total - 1))
        #expect(ring.newest(0).isEmpty && ring.newest(-1).isEmpty)
        var after = stat()
        #expect(stat(path, &after) == 0 && after.st_size == before.st_size)
    }

    @Test("A file that is no ring is made one, whatever its size and bytes")
    func foreign() throws {
        for size in [0, 1, 63, 64, 5_000, 3_000_000] {
            let directory = try TemporaryDirectory()
            let path = directory.path + "/signals"
            let file = open(path, O_WRONLY | O_CREAT, 0o600)
            let noise = [UInt8](repeating: 0xA5, count: size)
            #expect(write(file, noise, size) == size)
            close(file)
            let ring = try SignalRing(path: path)
            #expect(ring.newest(10).isEmpty)
            ring.append(id(1), .alarm, Sample.stamp(1))
            #expect(ring.newest(10).map(\.0) == [id(1)])
        }
    }

    @Test("A count that no ring ever reached does not trap")
    func hostileCount() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/signals"
        _ = try SignalRing(path: path)
        let file = open(path, O_WRONLY)
        var count = UInt64.max
        #expect(pwrite(file, &count, 8, 16) == 8)
        close(file)
        let ring = try SignalRing(path: path)
        ring.append(id(1), .alarm, Sample.stamp(1))
        ring.append(id(2), .alarm, Sample.stamp(1))
        #expect(ring.newest(10).count <= 10)
    }

    @Test("A directory in the ring's place is an error with the path and the reason")
    func notAFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/signals"
        mkdir(path, 0o700)
        #expect(throws: FileError(call: "open", path: path, errno: EISDIR)) {
            try SignalRing(path: path)
        }
        #expect(
            "\(FileError(call: "open", path: path, errno: EISDIR))"
                == "open \(path): Is a directory")
    }

    @Test(
        "RELEASE: on a full file system the ring is refused, not a signal that ends the program",
        .enabled(if: getuid() == 0))
    func fullDisk() throws {
        let small = try SmallDisk(kilobytes: 64)
        #expect(
            throws: FileError(call: "posix_fallocate", path: small.path + "/signals", errno: ENOSPC)
        ) {
            try SignalRing(path: small.path + "/signals").append(id(1), .alarm, Sample.stamp(1))
        }
    }
}

/// A file system of a few kilobytes in memory; needs root.
final class SmallDisk {
    let path: String
    private let directory: TemporaryDirectory

    init(kilobytes: Int) throws {
        directory = try TemporaryDirectory()
        path = directory.path
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw FileError(call: "mount", path: path, errno: errno)
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Takes all the room that is left.
    func fill() {
        let file = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        let zeros = [UInt8](repeating: 0, count: 4_096)
        while write(file, zeros, zeros.count) > 0 {}
        close(file)
    }

    func makeRoom() { unlink(path + "/filler") }
}
