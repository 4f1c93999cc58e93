// A reader beside a live writer: a copy is never a mix of two writes, and nothing that a reader
// does, or does not do, reaches the writer.

import ControlLoop
import FireLogic
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Controller
@testable import StatusFeed

@Suite(.serialized, .timeLimit(.minutes(1))) struct StatusReaderTests {
    private final class Writer: @unchecked Sendable {
        let isStopping = Atomic<Bool>(false)
        let pages = Atomic<Int>(0)
        let longest = Atomic<Int>(0)
        private var thread = pthread_t()
        private let path: String

        init(path: String) {
            self.path = path
            let status = pthread_create(
                &thread, nil,
                { context in
                    if let context {
                        Unmanaged<Writer>.fromOpaque(context).takeRetainedValue().run()
                    }
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
            precondition(status == 0)
        }

        /// Every page carries its number: as its stamp, as every detector's last word, as its
        /// newest event.
        private func run() {
            let plan = SampleSite.plan(floors: 4, detectorsPerFloor: 500)
            var page = StatusPage(
                path: path, plan: plan, planChecksum: 7, started: SampleSite.instant(0))
            var (logic, _) = Sample.logic(plan)
            var decisions = Decisions()
            var number = 2_000
            while !isStopping.load(ordering: .relaxed) {
                number += 1
                let before = milliseconds()
                page.begin(at: SampleSite.stamp(number))
                for detector in logic.detectors.indices {
                    logic.handle(
                        .reading(detector: detector, .normal), at: SampleSite.instant(number),
                        into: &decisions)
                    page.show(detector: detector, logic)
                }
                decisions.removeAll()
                page.show(.signalsDropped(number), SampleSite.stamp(number))
                page.finish(logic)
                let took = milliseconds() - before
                if took > longest.load(ordering: .relaxed) {
                    longest.store(took, ordering: .relaxed)
                }
                pages.store(number, ordering: .relaxed)
                usleep(3_000)
            }
        }

        func stop() {
            isStopping.store(true, ordering: .relaxed)
            pthread_join(thread, nil)
        }
    }

    @Test("APART: a reader beside a writer never sees a mix of two pages")
    func stress() {
        let path = "/tmp/standpipe-status-\(getpid())"
        defer { unlink(path) }
        let writer = Writer(path: path)
        let reader = StatusReader(path: path)
        let deadline = milliseconds() + 2_000
        var seen: Set<Int64> = []
        var torn = 0
        while milliseconds() < deadline {
            guard let snapshot = reader.read() else { continue }
            let number = snapshot.stamp.boot
            seen.insert(number.nanoseconds)
            let isWhole =
                snapshot.detectors.allSatisfy { $0.heardAt == number }
                && snapshot.events.last?.stamp.boot == number
            if !isWhole && number != .zero { torn += 1 }
        }
        writer.stop()
        print("status page: \(seen.count) different pages read")
        #expect(torn == 0 && seen.count > 10)
    }

    @Test("Without a page, with a directory, an empty or a foreign file there is no snapshot")
    func nothing() {
        let path = "/tmp/standpipe-status-none-\(getpid())"
        let reader = StatusReader(path: path)
        #expect(reader.read() == nil)
        mkdir(path, 0o700)
        #expect(reader.read() == nil)
        rmdir(path)
        defer { unlink(path) }
        for size in [0, 100, 256, 100_000] {
            let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            let noise = [UInt8](repeating: 0xA4, count: size)
            #expect(write(file, noise, size) == size)
            close(file)
            #expect(reader.read() == nil)
        }
    }

    @Test("A reader follows a controller that was started again")
    func restart() {
        let path = "/tmp/standpipe-status-again-\(getpid())"
        defer { unlink(path) }
        let plan = SampleSite.plan()
        let (logic, _) = Sample.logic(plan)
        let reader = StatusReader(path: path)
        for checksum in 1...3 {
            var page = StatusPage(
                path: path, plan: plan, planChecksum: UInt32(checksum),
                started: SampleSite.instant(checksum))
            page.begin(at: SampleSite.stamp(checksum))
            page.finish(logic)
            #expect(reader.read()?.planChecksum == UInt32(checksum))
        }
    }

    @Test("A page that is written for ever is no page, and asking for it ends")
    func unfinished() {
        let path = "/tmp/standpipe-status-odd-\(getpid())"
        defer { unlink(path) }
        let plan = SampleSite.plan()
        var page = StatusPage(
            path: path, plan: plan, planChecksum: 1, started: SampleSite.instant(1))
        page.begin(at: SampleSite.stamp(1))
        let before = milliseconds()
        #expect(StatusReader(path: path).read() == nil)
        #expect(milliseconds() - before < 5_000)
    }
}
