// A log whose writer and whose readers are processes of their own, and are killed and stopped.

import EventLog
import Glibc
import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct PeerLogTests {
    /// The numbers in an answer of `follow`.
    private struct Followed {
        var records, wrong, lost, lapped: Int

        init?(_ answer: String) {
            let words = answer.split(separator: " ")
            let numbers = words.dropFirst().compactMap { Int($0) }
            guard words.first == "ok", numbers.count == 6 else { return nil }
            (records, wrong, lost, lapped) = (numbers[0], numbers[1], numbers[2], numbers[3])
        }
    }

    private func number(_ answer: String) -> Int {
        answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? -1
    }

    @Test("LIVE: a reader in another process sees every record, through kill -9 of two writers")
    func killed() throws {
        let directory = TemporaryDirectory()
        let run = TemporaryDirectory(inMemory: true)
        let open = "open \(directory.path) \(run.path)/page 262144 64"
        let reader = Peer()
        var writer = Peer()
        #expect(writer.ask(open) == "ok 0")
        reader.send("follow \(directory.path) 0 400")
        for milliseconds in [150, 300] as [UInt32] {
            writer.send("append 100000 200")
            usleep(milliseconds * 1_000)
            writer.kill()
            writer = Peer()
            #expect(number(writer.ask(open)) > 0)
        }
        let next = number(writer.ask("append 1 200"))
        if next < 400 { #expect(writer.ask("append \(400 - next) 200").hasPrefix("ok 400 ")) }
        let followed = try #require(Followed(reader.answer()))
        #expect(followed.records >= 400 && followed.wrong == 0)
        #expect(followed.lost == 0 && followed.lapped == 0)
        #expect(writer.ask("close") == "ok ")
        var verifier = try LogVerifier(directory: directory.path)
        let report = try verifier.run()
        #expect(report.isClean, "\(report.findings)")
    }

    @Test("BOUNDED: a reader that is stopped for laps of the log holds nobody up and goes on right")
    func stopped() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let run = TemporaryDirectory(inMemory: true)
        let writer = Peer()
        #expect(writer.ask("open \(directory.path) \(run.path)/page 131072 6") == "ok 0")
        let reader = Peer()
        reader.send("follow \(directory.path) 0 6000")
        #expect(writer.ask("append 300 1000").hasPrefix("ok 300 "))
        for lap in 1...3 {
            usleep(20_000)
            reader.signal(SIGSTOP)
            // 1,800 records of 1,536 bytes: more than three times the cap.
            #expect(writer.ask("append 1800 1000").hasPrefix("ok \(300 + lap * 1_800) "))
            reader.signal(SIGCONT)
        }
        #expect(writer.ask("append 300 1000").hasPrefix("ok 6000 "))
        let followed = try #require(Followed(reader.answer()))
        print("stopped reader: \(followed)")
        #expect(followed.wrong == 0 && followed.lost == 0)
        #expect(followed.lapped >= 3 && followed.records < 6_000 && followed.records > 300)
        var verifier = try LogVerifier(directory: directory.path)
        let report = try verifier.run()
        #expect(report.isClean && report.isLive, "\(report.findings)")
    }

    @Test("BOUNDED: a reader that the log overtakes all the time never sees a wrong byte")
    func overtaken() throws {
        let directory = TemporaryDirectory(inMemory: true)
        let run = TemporaryDirectory(inMemory: true)
        let writer = Peer()
        #expect(writer.ask("open \(directory.path) \(run.path)/page 65536 4") == "ok 0")
        #expect(writer.ask("append 500 600").hasPrefix("ok 500 "))
        writer.send("append 20000 600")
        var reads = 0
        var pause: UInt32 = 0
        while true {
            let reader = Peer()
            let from = 0
            let followed = try #require(
                Followed(
                    reader.ask(
                        "follow \(directory.path) \(from) \(min(20_000, 500 + reads * 1_500))"))
            )
            #expect(followed.wrong == 0 && followed.lost == 0)
            reads += 1
            pause += 500
            usleep(pause)
            if 500 + reads * 1_500 > 20_000 { break }
        }
        #expect(writer.answer().hasPrefix("ok 20500 "))
    }
}
