// kill -9 at any moment: a child process writes a journal and says what it counts as durable, this
// one ends it without warning and looks. The child is this very test program with one test.

import ControlLoop
import EventLog
import FireLogic
import Foundation
import Glibc
import Handover
import TestSupport
import Testing

@testable import SafetyLog

@Suite(.serialized, .timeLimit(.minutes(2))) struct KillTests {
    private static let child = "STANDPIPE_JOURNAL_CHILD"

    @Test(
        "journalChild: writes until it is killed", .enabled(if: getenv(child) != nil))
    func journalChild() throws {
        guard let name = getenv(Self.child) else { return }
        let directory = String(cString: name)
        let run = try RecordRun(directory + "/log", live: directory + "/log.live")
        try run.begin()
        var number = 0
        while true {
            let entry = QueuedRecord(
                words: Record.signalsDropped(number).words, stamp: SampleSite.stamp(number),
                number: UInt32(number))
            if run.writer.queue.offer(entry) { number += 1 } else { usleep(50) }
            var durable = UInt64(run.writer.durableRecords)
            // The pipe's far end keeps the newest; a full pipe means the parent is gone.
            guard write(3, &durable, 8) == 8 else { break }
        }
    }

    @Test("RECORD: kill -9 at any moment loses nothing that was counted durable")
    func killLoop() throws {
        let directory = try TemporaryDirectory()
        var (numbers, seed) = SeededNumbers.printed("kill")
        var total = 0
        for _ in 0..<12 {
            try? FileManager.default.removeItem(atPath: directory.path + "/log")
            let durable = try Self.runChild(
                directory.path, milliseconds: Int.random(in: 1...250, using: &numbers))
            total += durable
            let back = try ReadBack(directory.path + "/log")
            let found = try back.entries.filter { $0.kind == .record }.map(\.number)
            // Notifications and all fill the small log: its oldest records may be gone.
            let first = found.first ?? 0
            #expect(found == (0..<UInt32(found.count)).map { first + $0 }, "seed \(seed)")
            let last = found.last.map { Int($0) } ?? -1
            #expect(last >= durable - 1, "seed \(seed): \(durable) durable, last \(last)")
            #expect(back.reader.index.gaps.isEmpty, "seed \(seed)")
            let memory = LogMemory(
                directory: directory.path + "/log", machine: Sample.boot.head, now: BootTime.now,
                episodes: Sample.episodes)
            #expect(!memory.isDoubtful, "seed \(seed): \(memory.doubt ?? "")")
        }
        print("kill: \(total) durable records in 12 lives")
        #expect(total > 0)
    }

    /// Starts a child, lets it write for a while, kills it; what it last counted as durable.
    private static func runChild(_ directory: String, milliseconds: Int) throws -> Int {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 3)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let program = CommandLine.arguments[0]
        let arguments = [
            program, "--testing-library", "swift-testing", "--filter", "journalChild",
        ]
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("\(child)=\(directory)")]
        var place = 0
        while let entry = environ[place] {
            environment.append(strdup(entry))
            place += 1
        }
        environment.append(nil)
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = -1
        let status = posix_spawn(&pid, program, &actions, nil, &words, &environment)
        close(ends[1])
        try #require(status == 0)

        // The time counts from the first record on the disk.
        var durable: UInt64 = 0
        var buffer = [UInt64](repeating: 0, count: 4_096)
        func take() -> Bool {
            let count = read(ends[0], &buffer, buffer.count * 8) / 8
            if count > 0 { durable = buffer[count - 1] }
            return count > 0
        }
        while durable == 0 { try #require(take(), "the child ended by itself") }
        let deadline = BootTime.now + .milliseconds(milliseconds)
        while BootTime.now < deadline, take() {}
        kill(pid, SIGKILL)
        while take() {}
        var end: Int32 = 0
        waitpid(pid, &end, 0)
        #expect(end & 0x7F == SIGKILL)
        return Int(durable)
    }
}
