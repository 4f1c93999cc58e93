// The live page with its writer in another process.

import EventLog
import Glibc
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct LivePageTests {
    @Test("LIVE: a sleeping reader of a read-only page is woken by another process")
    func wakes() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let path = directory.path + "/page"
        let writer = try LivePageWriter(path: path, log: LogID(head: 1, tail: 2))
        let peer = Peer()
        #expect(peer.ask("close") == "ok ")
        var slowest: Int64 = 0
        for length in 1...200 as ClosedRange<UInt32> {
            writer.publish(
                durable: DurableEnd(segment: 1, length: length), oldest: 1, LiveCounters())
            peer.send("await \(path) 1 \(length)")
            // Long enough that it sleeps by now, far shorter than its sleep without a wake.
            usleep(2_000)
            let start = Self.now
            writer.publish(
                durable: DurableEnd(segment: 1, length: length + 1), oldest: 1, LiveCounters())
            let end = Int64(peer.answer().dropFirst(3)) ?? .max
            slowest = max(slowest, end - start)
        }
        print("live page: slowest wake of 200 in \(slowest / 1_000) us")
        #expect(slowest < 900_000_000, "only the longest sleep ended it")
    }

    @Test("LIVE: a reader learns of a kill -9 of the writer and of the page of the next one")
    func restart() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let path = directory.path + "/page"
        let reader = LivePageReader(path: path)
        #expect(!reader.isLive && reader.durable == nil && reader.log == nil)
        let first = Peer()
        #expect(first.ask("page \(path)").hasPrefix("ok"))
        #expect(reader.wait(past: nil, milliseconds: 5_000))
        #expect(reader.isLive && reader.durable == nil)
        #expect(reader.log == LogID(head: 1, tail: 2) && reader.processID == first.pid)
        #expect(first.ask("publish 3 4096 2").hasPrefix("ok"))
        let end = DurableEnd(segment: 3, length: 4_096)
        #expect(reader.durable == end && reader.oldest == 2 && reader.counters?.flushes == 1)
        #expect(!reader.wait(past: end, milliseconds: 20))
        first.kill()
        #expect(!reader.isLive)
        let second = Peer()
        #expect(second.ask("page \(path)").hasPrefix("ok"))
        #expect(second.ask("publish 4 8192 3").hasPrefix("ok"))
        // Whatever it tells first, the new page is there within one longest sleep.
        #expect(reader.wait(past: end, milliseconds: 5_000))
        #expect(reader.isLive && reader.durable == DurableEnd(segment: 4, length: 8_192))
        #expect(second.ask("close") == "ok ")
        #expect(!reader.isLive)
    }

    @Test("APART: readers that hold the page open keep no writer from starting or writing")
    func readersHoldNothing() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let path = directory.path + "/page"
        var readers: [LivePageReader] = []
        for number in 1...20 as ClosedRange<UInt32> {
            let writer = try LivePageWriter(path: path, log: LogID(head: 1, tail: 2))
            readers.append(LivePageReader(path: path))
            writer.publish(
                durable: DurableEnd(segment: number, length: 1), oldest: 1, LiveCounters())
            #expect(readers.allSatisfy { $0.attach() || $0 === readers.last })
            #expect(readers.allSatisfy { $0.isLive && $0.durable?.segment == number })
        }
    }

    @Test("BOUNDED: what is no page is none: too short, too long, other bytes, a directory, a pipe")
    func notAPage() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let path = directory.path + "/page"
        for size in [0, 100, 4_095, 4_096, 4_097] {
            let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
            #expect(ftruncate(file, off_t(size)) == 0)
            close(file)
            #expect(LivePageReader(path: path).log == nil)
        }
        unlink(path)
        mkfifo(path, 0o600)
        #expect(LivePageReader(path: path).log == nil)
        unlink(path)
        mkdir(path, 0o700)
        #expect(LivePageReader(path: path).log == nil)
        #expect(throws: FileError.self) {
            try LivePageWriter(path: path + "/none/page", log: LogID(head: 1, tail: 2))
        }
        let isLeftOver = directory.names.contains { $0.hasPrefix("page.") }
        #expect(!isLeftOver)
    }

    @Test("LIVE: the link in the log's directory leads to the page, also after it has moved")
    func link() throws {
        let log = TemporaryDirectory()
        let run = TemporaryDirectory(inMemory: true)
        for name in ["a", "b", "b"] {
            let writer = try LivePageWriter(
                path: "\(run.path)/\(name)", log: LogID(head: 5, tail: 6), directory: log.path)
            writer.publish(durable: DurableEnd(segment: 1, length: 2), oldest: 1, LiveCounters())
            let reader = LivePageReader(directory: log.path)
            #expect(reader.isLive && reader.log == LogID(head: 5, tail: 6))
            #expect(log.names == ["live"])
        }
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
