// Sessions, lock-out, requests and acknowledgements without a gateway: times are made up.

import EventLog
import FireLogic
import TestSupport
import Testing

@testable import Panel

@Suite struct PeopleTests {
    @Test("A session ends when nobody uses it, and after a week anyway")
    func sessions() {
        var sessions = PanelSessions()
        sessions.begin("ole", mark: [1], token: "t", csrf: "c", at: 0)
        #expect(sessions.session("t", at: PanelSessions.idle - 1)?.csrf == "c")
        #expect(sessions.session("t", at: 2 * PanelSessions.idle - 2)?.user == "ole")
        #expect(sessions.session("t", at: 3 * PanelSessions.idle) == nil)
        sessions.begin("ole", mark: [1], token: "u", csrf: "c", at: 0)
        var now: Int64 = 0
        while now < PanelSessions.longest {
            #expect(sessions.session("u", at: now) != nil)
            now += PanelSessions.idle / 2
        }
        #expect(sessions.session("u", at: now) == nil)
        #expect(sessions.end("u") == nil)
    }

    @Test("BOUNDED: one user has so many sessions, and the one used longest ago goes")
    func mostSessions() {
        var sessions = PanelSessions()
        for number in 0..<PanelSessions.mostEach {
            sessions.begin("ole", mark: [], token: "o\(number)", csrf: "", at: Int64(number))
        }
        #expect(sessions.session("o0", at: 500) != nil)
        sessions.begin("ole", mark: [], token: "new", csrf: "", at: 501)
        #expect(sessions.session("o0", at: 502) != nil && sessions.session("o1", at: 502) == nil)
        for number in 0..<2_000 {
            sessions.begin("u\(number)", mark: [], token: "\(number)", csrf: "", at: 1_000)
        }
        #expect(sessions.count == PanelSessions.most)
    }

    @Test("Wrong passwords lock a name for its address, twice as long each time, then the address")
    func lockOut() {
        var lock = LockOut()
        for number in 1..<LockOut.freeOfName {
            lock.failed("ole", "a", at: Int64(number))
            #expect(lock.left("ole", "a", at: Int64(number)) == 0)
        }
        lock.failed("ole", "a", at: 10)
        #expect(lock.left("ole", "a", at: 10) == 30_000)
        #expect(lock.left("ole", "b", at: 10) == 0 && lock.left("mia", "a", at: 10) == 0)
        lock.failed("ole", "a", at: 30_010)
        #expect(lock.left("ole", "a", at: 30_010) == 60_000)
        for _ in 0..<100 { lock.failed("ole", "a", at: 100_000) }
        #expect(lock.left("ole", "a", at: 100_000) == LockOut.longest)
        #expect(lock.left("mia", "a", at: 100_000) > 0)
        lock.succeeded("ole", "a")
        #expect(lock.left("ole", "a", at: 100_000 + LockOut.memory) == 0)
        lock.failed("ole", "a", at: 100_000 + LockOut.memory)
        #expect(lock.left("ole", "a", at: 100_000 + LockOut.memory) == 0)
    }

    @Test("A right password between wrong ones forgets those of the name")
    func forgiven() {
        var lock = LockOut()
        for now in 0..<Int64(40 * LockOut.freeOfName) {
            lock.failed("ole", "a", at: now)
            #expect(lock.left("ole", "a", at: now) == 0)
            if now % 2 == 0 { lock.succeeded("ole", "a") }
            if now > 2 * Int64(LockOut.freeOfAddress) - 4 { break }
        }
    }

    @Test("BOUNDED: names and addresses that are made up fill no memory")
    func mostEntries() {
        var lock = LockOut()
        for number in 0..<3 * LockOut.mostEntries {
            lock.failed("n\(number)", "a\(number)", at: Int64(number))
        }
        #expect(lock.left("n1", "a1", at: 0) == 0)
    }

    private static let site = PanelSite(SampleSite.plan(), checksum: 1)

    @Test(
        "A body becomes the request that it says, or a sentence why it is none",
        arguments: [
            (PanelRoute.silence, "{}", "silence"), (.reset, "{}", "reset"),
            (.disable, #"{"detector":1000,"minutes":480}"#, "disable detector 1000 for 480 min"),
            (.disable, #"{"floor":-1,"minutes":1}"#, "disable floor -1 for 1 min"),
            (.enable, #"{"floor":-1}"#, "enable floor -1"),
            (.walkTest, #"{"floor":1,"minutes":0}"#, "end the walk test on floor 1"),
            (.walkTest, #"{"floor":1,"minutes":9}"#, "walk test on floor 1 for 9 min"),
            (.disable, #"{"detector":1000,"minutes":481}"#, ""),
            (.disable, #"{"detector":1000}"#, ""), (.disable, #"{"minutes":5}"#, ""),
            (.disable, #"{"detector":1000,"floor":1,"minutes":5}"#, ""),
            (.disable, #"{"detector":77,"minutes":5}"#, ""), (.enable, #"{"zone":"x"}"#, ""),
            (.walkTest, #"{"floor":9,"minutes":5}"#, ""), (.walkTest, #"{"floor":99999}"#, ""),
            (.walkTest, #"{"floor":1,"minutes":1e300}"#, ""), (.silence, "", ""),
            (.silence, "[", ""),
            (.site, "{}", ""), (.state, "{}", ""),
        ])
    func requests(route: PanelRoute, body: String, text: String) {
        let request = try? PanelRequest(route, Array(body.utf8), Self.site)
        #expect((request?.text ?? "") == text)
    }

    @Test("QUIET: no route's name, and nothing that it can ask for, opens or closes a valve")
    func noValve() {
        for route in PanelRoute.allCases where route.method != "GET" {
            for word in ["valve", "open", "close", "release", "water"] {
                #expect(!route.path.contains(word), "\(route)")
            }
            // Those that reach the controller, and what they can become.
            guard
                let request = try? PanelRequest(
                    route, Array(#"{"floor":1,"minutes":5}"#.utf8), Self.site)
            else { continue }
            switch request.operation {
            case .silence, .reset, .disable, .enable, .startWalkTest, .stopWalkTest: break
            }
        }
    }

    @Test("An event that was acknowledged asks no more, and the newest comes first")
    func acknowledgements() throws {
        func event(_ number: Int64, _ key: String, _ phase: String) throws -> PanelEvent {
            var record = LogRecord(
                key: Array(key.utf8),
                value: Array(#"{"event":"fault","text":"x","phase":"\#(phase)"}"#.utf8),
                headers: [], timestamp: 0)
            record.offset = number
            return try #require(PanelEvent(record))
        }
        var all = Acknowledgements()
        all.take(
            [
                try event(0, "floor.1.detector.5.fault", "begin"),
                try event(1, "floor.1.detector.5.back", "end"),
                try event(2, "system.armed", "single"), try event(3, "bus.east.fault", "begin"),
            ], upTo: 4)
        #expect(all.unacknowledged == [3, 0] && all.next == 4)
        all.acknowledge(0)
        #expect(all.unacknowledged == [3] && all.isAcknowledged(0))
        let many = try (4..<400).map { try event($0, "floor.1.detector.5.fault", "begin") }
        all.take(many, upTo: 400)
        #expect(all.unacknowledged.count == Acknowledgements.mostShown)
        #expect(all.unacknowledged.first == 399)
    }
}
