// The journal's thread on real files: what it counts as durable is on the disk, and whatever the
// disk does is reported, recovered from, and never forgets an open valve.

import ControlLoop
import EventLog
import FireLogic
import Glibc
import Synchronization
import Testing

@testable import SafetyLog

@Suite(.timeLimit(.minutes(2))) struct JournalWriterTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/journal" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// What a test needs of one run of the writer.
    final class Run {
        let queue = RecordQueue(capacity: 65_536)
        let writer: JournalWriter
        let replay: JournalReplay
        private var isStopped = false

        init(
            _ directory: String, longestFile: Int = JournalWriter.longestFile,
            stallHook: @escaping @Sendable () -> Void = {}
        ) throws {
            replay = try JournalReplay.load(
                path: directory + "/journal", boot: Sample.boot, now: BootTime.now)
            writer = try JournalWriter(
                directory: directory, plan: Sample.plan(), boot: Sample.boot, replay: replay,
                queue: queue, longestFile: longestFile, stallHook: stallHook)
        }

        func offer(_ record: Record) {
            let stamp = Stamp(boot: BootTime.now, wallMilliseconds: 0)
            while !queue.offer(RecordQueue.Entry(words: record.words, stamp: stamp)) {
                sched_yield()
            }
        }

        func durable(_ count: Int, within seconds: Int = 20) -> Bool {
            waitUntil(seconds) { self.writer.durableRecords >= count }
        }

        func stop() {
            guard !isStopped else { return }
            isStopped = true
            writer.stop()
        }

        deinit { stop() }
    }

    private func records() throws -> [Record] {
        var seen: [Record] = []
        let replay = try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now) {
            record, _ in seen.append(record)
        }
        #expect(replay.gaps == 0 && !replay.isForeign)
        return seen
    }

    @Test(
        "RECORD: what is counted durable stands in the file, in order, and a stop writes the rest")
    func durable() throws {
        let run = try Run(directory.path)
        for record in Sample.everyRecord { run.offer(record) }
        #expect(run.durable(Sample.everyRecord.count))
        #expect(try records() == Sample.everyRecord)
        for number in 0..<1_000 { run.offer(.signalsDropped(number)) }
        run.stop()
        #expect(try records().count == Sample.everyRecord.count + 1_000)
        #expect(run.writer.health == .good)
    }

    @Test("RECORD: a restart goes on behind the last whole record and cuts a torn one")
    func restart() throws {
        var expected: [Record] = []
        for round in 0..<4 {
            let run = try Run(directory.path)
            #expect(run.replay.records == expected.count && run.replay.gaps == 0)
            let record = Record.signalsDropped(round)
            run.offer(record)
            expected.append(record)
            run.stop()
            #expect(try records() == expected)
            let file = open(path, O_WRONLY | O_APPEND)
            let torn = [UInt8](repeating: round % 2 == 0 ? 0 : 0x5A, count: 1 + round * 700)
            #expect(write(file, torn, torn.count) == torn.count)
            close(file)
        }
    }

    @Test("A disk that hangs is told as stalled, and as good again when it answers")
    func stalls() throws {
        final class Gate: Sendable {
            let isShut = Atomic<Bool>(false)
        }
        let gate = Gate()
        let run = try Run(directory.path) {
            while gate.isShut.load(ordering: .acquiring) { usleep(1_000) }
        }
        run.offer(.armed)
        #expect(run.durable(1) && run.writer.health == .good)
        gate.isShut.store(true, ordering: .releasing)
        for _ in 0..<100 { run.offer(.armed) }
        usleep(300_000)
        #expect(run.writer.health == .good, "a short wait is no fault")
        #expect(waitUntil(5) { run.writer.health == .stalled })
        #expect(run.writer.durableRecords == 1)
        gate.isShut.store(false, ordering: .releasing)
        #expect(run.durable(101) && waitUntil(2) { run.writer.health == .good })
        run.stop()
        #expect(try records().count == 101)
    }

    @Test("RECORD: a missing directory is told, and the records are written once it is there")
    func missingDirectory() throws {
        let inner = directory.path + "/journal"
        let run = try Run(inner)
        run.offer(.armed)
        run.offer(.reset(.panel))
        #expect(waitUntil(3) { run.writer.health == .failed })
        #expect(run.writer.durableRecords == 0)
        mkdir(inner, 0o700)
        #expect(run.durable(2) && waitUntil(2) { run.writer.health == .good })
        run.stop()
        var seen: [Record] = []
        _ = try JournalReplay.load(path: inner + "/journal", boot: Sample.boot, now: BootTime.now) {
            record, _ in seen.append(record)
        }
        #expect(seen == [.armed, .reset(.panel)])
        unlink(inner + "/journal")
    }

    @Test("A directory in the journal's place is told with the path and the reason")
    func directoryAtPath() throws {
        mkdir(path, 0o700)
        #expect(throws: FileError(call: "open", path: path, errno: EISDIR)) {
            try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now)
        }
    }

    @Test("A pipe in the journal's place holds nobody up")
    func pipeAtPath() throws {
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: FileError.self) {
            try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now)
        }
    }

    @Test(
        "RECORD: a full disk is told, nothing is lost meanwhile, and all is written once there is room",
        .enabled(if: getuid() == 0))
    func fullDisk() throws {
        let disk = try SmallDisk(kilobytes: 256)
        let run = try Run(disk.path)
        run.offer(.armed)
        #expect(run.durable(1))
        disk.fill()
        for number in 0..<500 { run.offer(.signalsDropped(number)) }
        #expect(waitUntil(5) { run.writer.health == .failed })
        let before = run.writer.durableRecords
        disk.makeRoom()
        #expect(run.durable(501) && before < 501)
        #expect(waitUntil(3) { run.writer.health == .good })
        run.stop()
        var seen: [Record] = []
        let replay = try JournalReplay.load(
            path: disk.path + "/journal", boot: Sample.boot, now: BootTime.now
        ) { record, _ in seen.append(record) }
        #expect(seen == [.armed] + (0..<500).map { .signalsDropped($0) } && replay.gaps == 0)
    }

    @Test("LATCH: a full file is replaced by one with the same memory and unbroken numbers")
    func replacement() throws {
        let run = try Run(directory.path, longestFile: 20_000)
        var memory = Memory()
        func both(_ record: Record) {
            run.offer(record)
            memory.apply(record, age: .zero)
        }
        for floor in 0..<40 {
            both(.alarm(DetectorID(rawValue: UInt32(floor)), FloorID(rawValue: Int16(floor))))
            both(.valve(FloorID(rawValue: Int16(floor)), .open, .release(.manual)))
            if floor % 3 == 0 { both(.isolated(FloorID(rawValue: Int16(floor)))) }
        }
        // A power cut at any moment must find one of the two files there.
        final class Watch: Sendable {
            let isOver = Atomic<Bool>(false)
            let missing = Atomic<Int>(0)
        }
        let watch = Watch()
        let name = path
        #expect(run.durable(90))
        let watcher = TestThread {
            while !watch.isOver.load(ordering: .relaxed) {
                if access(name, F_OK) != 0 { watch.missing.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        for round in 0..<50 {
            for number in 0..<40 { run.offer(.signalsDropped(round * 40 + number)) }
            #expect(waitUntil(10) { run.queue.count == 0 })
        }
        run.stop()
        watch.isOver.store(true, ordering: .relaxed)
        watcher.join()
        #expect(watch.missing.load(ordering: .relaxed) == 0)
        var old = stat()
        #expect(stat(path + ".1", &old) == 0, "nothing was replaced")
        var size = stat()
        #expect(stat(path, &size) == 0 && size.st_size <= 40_000)
        let replay = try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now)
        #expect(replay.gaps == 0 && !replay.isForeign)
        #expect(replay.memory.open == memory.open)
        #expect(replay.memory.established == memory.established)
        #expect(replay.memory.alarms == memory.alarms)
        let before = try JournalReplay.load(path: path + ".1", boot: Sample.boot, now: BootTime.now)
        #expect(before.gaps == 0 && before.memory.open == memory.open)
        // Frames behind the memory keep being found, also behind rot.
        let (bytes, _) = try file()
        var damaged = bytes
        for at in damaged.count / 2..<damaged.count / 2 + 400 { damaged[at] = 0 }
        let rotten = Sample.replay(damaged).0
        #expect(rotten.gaps == 1 && rotten.validBytes == bytes.count)
    }

    private func file() throws -> ([UInt8], Int) {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        return (Array(bytes[..<max(0, count)]), count)
    }

    @Test("BOUNDED: where a full file cannot be replaced, it takes as much again and then no more")
    func noReplacement() throws {
        let run = try Run(directory.path, longestFile: 8_000)
        mkdir(path + ".new", 0o700)
        for number in 0..<30 { run.offer(.signalsDropped(number)) }
        #expect(run.durable(30))
        for number in 30..<200 {
            run.offer(.signalsDropped(number))
            usleep(500)
        }
        #expect(waitUntil(5) { run.writer.health == .failed })
        #expect(run.writer.durableRecords > 30 && run.writer.durableRecords < 200)
        run.stop()
        var information = stat()
        #expect(stat(path, &information) == 0 && information.st_size <= 16_000)
        let seen = try records()
        #expect(seen == (0..<seen.count).map { .signalsDropped($0) })
        #expect(seen.count == run.writer.durableRecords)
    }

    @Test("LATCH: a journal that someone deletes is written anew with what must be remembered")
    func deleted() throws {
        let run = try Run(directory.path)
        let floor = FloorID(rawValue: 1)
        run.offer(.valve(floor, .open, .release(.manual)))
        #expect(run.durable(1))
        unlink(path)
        // The first group may still go to the file that is gone, the one after it does not.
        run.offer(.armed)
        #expect(run.durable(2))
        run.offer(.armed)
        #expect(run.durable(3))
        run.stop()
        let replay = try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now)
        #expect(replay.memory.open == [floor] && replay.gaps == 0)
    }

    @Test("A journal cut behind the writer's back is not filled up with zeros")
    func truncated() throws {
        let run = try Run(directory.path)
        for number in 0..<50 { run.offer(.signalsDropped(number)) }
        run.stop()
        let replay = try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now)
        truncate(path, off_t(replay.validBytes / 2))
        // This writer believes in the length that it was told.
        let queue = RecordQueue(capacity: 64)
        let writer = try JournalWriter(
            directory: directory.path, plan: Sample.plan(), boot: Sample.boot, replay: replay,
            queue: queue)
        _ = queue.offer(RecordQueue.Entry(words: Record.armed.words, stamp: Sample.stamp(1)))
        writer.stop()
        let after = try JournalReplay.load(path: path, boot: Sample.boot, now: BootTime.now)
        #expect(after.gaps == 1 && after.validBytes < replay.validBytes)
    }
}

func waitUntil(_ seconds: Int, _ condition: () -> Bool) -> Bool {
    let deadline = BootTime.now + .seconds(seconds)
    while BootTime.now < deadline {
        if condition() { return true }
        usleep(2_000)
    }
    return condition()
}
