// Several requests under way on one Modbus TCP connection, against a peer that the test plays
// itself, byte by byte. Nothing here runs beside the test.

import FireLogic
import PlanFile
import Testing

@testable import FieldDevices

@Suite("Modbus TCP link")
struct ModbusTcpLinkTests {
    @Test("All that is asked goes out with one send, and its answers come with one receive")
    func together() throws {
        let pair = try LinkPair()
        pair.ask(0..<8)
        let asked = pair.requests(8)
        #expect(pair.segments == 1)
        #expect(asked.map(\.unit) == Array(1...8))
        #expect(Set(asked.compactMap(\.transaction)).count == 8)
        pair.send(asked.flatMap { $0.registers([UInt16($0.unit)]) })
        #expect(pair.wait())
        #expect(pair.events() == (0..<8).map { .values($0, UInt16($0 + 1)) })
        #expect(pair.link.outstanding == 0)
    }

    @Test("Answers in another order end each its own request")
    func reversed() throws {
        let pair = try LinkPair()
        pair.ask(0..<5)
        for request in pair.requests(5).reversed() {
            pair.send(request.registers([UInt16(request.unit)]))
            #expect(pair.wait())
            #expect(pair.events() == [.values(Int(request.unit) - 1, UInt16(request.unit))])
        }
    }

    @Test("An answer in two pieces is read, the first of which came behind another answer")
    func pieces() throws {
        let pair = try LinkPair()
        pair.ask(0..<2)
        let asked = pair.requests(2)
        let second = asked[1].registers([2])
        pair.send(asked[0].registers([1]) + second.prefix(7))
        #expect(pair.wait())
        #expect(pair.events() == [.values(0, 1)])
        pair.send(Array(second.dropFirst(7)))
        #expect(pair.wait())
        #expect(pair.events() == [.values(1, 2)])
    }

    @Test("Answers that drip in byte by byte are read, the one behind the other")
    func drip() throws {
        let pair = try LinkPair()
        pair.ask(0..<2)
        var seen: [Seen] = []
        for byte in pair.requests(2).flatMap({ $0.registers([7]) }) {
            pair.send([byte])
            #expect(pair.wait())
            seen += pair.events()
        }
        #expect(seen == [.values(0, 7), .values(1, 7)])
    }

    @Test("QUIET: a late answer, a second one and one that nobody asked for end nothing")
    func foreign() throws {
        let pair = try LinkPair()
        pair.ask(0..<2, timeout: .milliseconds(30))
        let early = pair.requests(2)
        pair.send(early[0].registers([1]))
        #expect(pair.wait())
        #expect(pair.events() == [.values(0, 1)])
        #expect(pair.wait(milliseconds: 100))
        #expect(pair.events() == [.silent(1)])
        pair.ask([0, 1])
        let asked = pair.requests(2)
        // Requests 0 and 1 ask for the same as before: only the number tells the answers apart.
        var stranger = early[0]
        stranger.transaction = 0xABCD
        pair.send(early[1].registers([0xFFFF]))
        pair.send(early[0].registers([0xFFFF]) + stranger.registers([0xFFFF]))
        #expect(pair.wait())
        #expect(pair.wait(milliseconds: 20))
        #expect(pair.events() == [])
        #expect(pair.link.foreign == 3)
        pair.send(asked.flatMap { $0.registers([3]) })
        #expect(pair.wait())
        #expect(pair.events() == [.values(0, 3), .values(1, 3)])
    }

    @Test("An answer of another unit, function or length is garbled, and the others are read on")
    func mismatch() throws {
        let pair = try LinkPair()
        pair.ask(0..<5)
        let asked = pair.requests(5)
        var other = asked[1]
        other.function = 4
        pair.send(
            asked[0].asUnit(9).registers([0xFFFF]) + other.registers([0xFFFF])
                + asked[2].registers([0xFFFF, 0xFFFF])
                + asked[3].frame([asked[3].function, 200, 0xFF, 0xFF]) + asked[4].registers([5]))
        #expect(pair.wait())
        #expect(pair.events() == (0..<4).map { .garbled($0) } + [.values(4, 5)])
        #expect(pair.link.isOpen)
    }

    @Test("LIVE: each request has its own time-out")
    func timeouts() throws {
        let pair = try LinkPair()
        pair.ask([0], timeout: .milliseconds(500))
        pair.ask([1], timeout: .milliseconds(30))
        let asked = pair.requests(2)
        #expect(pair.wait(milliseconds: 400))
        #expect(pair.events() == [.silent(1)])
        pair.send(asked[0].registers([2]))
        #expect(pair.wait())
        #expect(pair.events() == [.values(0, 2)])
    }

    @Test("A connection cut in the middle of an answer ends what came whole and gives up the rest")
    func cut() throws {
        let pair = try LinkPair()
        pair.ask(0..<4)
        let asked = pair.requests(4)
        pair.send(asked[2].registers([2]) + asked[1].registers([1]).dropLast(3))
        pair.hangUp()
        var seen: [Seen] = []
        for _ in 0..<10 where seen.last != .lost {
            #expect(pair.wait())
            seen += pair.events()
        }
        #expect(seen == [.values(2, 2), .lost])
        pair.link.close()
        var given: [Int] = []
        while let job = pair.link.giveUp() { given.append(job) }
        #expect(given == [0, 1, 3])
        #expect(pair.link.outstanding == 0)
    }

    @Test("QUIET: garbage garbles the oldest request and ends the connection")
    func garbage() throws {
        let pair = try LinkPair()
        pair.ask(0..<3)
        let asked = pair.requests(3)
        pair.send(asked[0].registers([4]))
        #expect(pair.wait())
        #expect(pair.events() == [.values(0, 4)])
        pair.send([0xEE, 0xEE, 1, 2, 3, 4, 5, 6] + asked[2].registers([0xFFFF]))
        #expect(pair.wait())
        #expect(pair.events() == [.garbled(1), .lost])
    }

    @Test("QUIET: an answer cut short does not take its value from the next", arguments: 1...10)
    func short(missing: Int) throws {
        let pair = try LinkPair()
        pair.ask(0..<3)
        let asked = pair.requests(3)
        pair.send(Array(asked[1].registers([0xFFFF]).dropLast(missing)))
        #expect(pair.wait())
        #expect(pair.events() == [])
        pair.send(asked[0].registers([0xFFFF]) + asked[2].registers([0xFFFF]))
        #expect(pair.wait())
        let seen = pair.events()
        #expect(seen == [.garbled(missing == 10 ? 0 : 1), .lost], "\(seen)")
    }

    @Test("BOUNDED: an answer that never ends garbles its own request, the others are given up")
    func piece() throws {
        let pair = try LinkPair()
        pair.ask(0..<3, timeout: .milliseconds(30))
        pair.send(Array(pair.requests(3)[1].registers([0xFFFF]).dropLast()))
        #expect(pair.wait())
        #expect(pair.events() == [])
        #expect(pair.wait(milliseconds: 200))
        #expect(pair.events() == [.garbled(1), .lost])
    }

    @Test("BOUNDED: a peer that talks without being asked is hung up on")
    func flood() throws {
        let pair = try LinkPair()
        pair.ask([0])
        var stranger = pair.requests(1)[0]
        stranger.transaction = 0xABCD
        var seen: [Seen] = []
        for _ in 0..<200 where seen.isEmpty {
            pair.send((0..<20).flatMap { _ in stranger.registers([0xFFFF]) })
            #expect(pair.wait())
            seen = pair.events()
        }
        #expect(seen == [.lost])
        #expect(pair.link.foreign > 1_000)
    }

    @Test("BOUNDED: the thread is told to stop whatever is outstanding")
    func stops() throws {
        let pair = try LinkPair()
        pair.ask(0..<16)
        pair.stop()
        #expect(!pair.wait())
    }
}
