// The input socket of the running program: what comes in is answered, nothing that comes in holds
// anything else up, and nothing that comes in reaches a valve but a fire signal.

import FireLogic
import Foundation
import Glibc
import StatusFeed
import TestSupport
import Testing

@testable import FieldDevices

@Suite(.serialized, .timeLimit(.minutes(15))) struct InputSocketTests {
    @Test("RELEASE: a network detector's fire is answered and opens its floor's valve, no other")
    func fire() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        let client = try #require(controller.connect())
        #expect(client.signal(3, .normal) == .decided(.done))
        usleep(100_000)
        #expect(!controller.isOpen(0))
        #expect(client.signal(3) == .decided(.done))
        #expect(waitUntil(60) { controller.isOpen(0) } && !controller.isOpen(1))
        // And it stays open when the detector falls back.
        #expect(client.signal(3, .normal) == .decided(.done))
        usleep(100_000)
        #expect(controller.isOpen(0))
    }

    @Test("QUIET: unknown, wired and malformed senders are told so and open nothing")
    func refused() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        let client = try #require(controller.connect())
        #expect(client.signal(77) == .unknownDetector)
        #expect(client.signal(0) == .unknownDetector && client.signal(.max) == .unknownDetector)
        #expect(client.signal(9) == .notNetworkDetector)
        for packet in [
            [UInt8](repeating: 1, count: 39), [UInt8](repeating: 1, count: 41),
            [UInt8](repeating: 0xFF, count: 40), [UInt8](repeating: 1, count: 10_000), [7],
        ] {
            #expect(client.send(packet))
            #expect(client.answer() == InputAnswer(number: 0, .malformed))
        }
        // The connection is as good as before.
        #expect(client.signal(1, .normal) == .decided(.done))
        #expect(!controller.isOpen(0) && !controller.isOpen(1))
    }

    @Test("APART: without the site's remote rights no request is honoured")
    func noRights() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        let client = try #require(controller.connect())
        #expect(client.signal(1) == .decided(.done))
        #expect(waitUntil(60) { controller.isOpen(0) })
        let operations: [OperatorRequest.Operation] = [
            .silence, .reset, .disable(.floor(FloorID(rawValue: 1)), .minutes(5)),
            .enable(.detector(DetectorID(rawValue: 1))),
            .startWalkTest(FloorID(rawValue: 1), .minutes(5)),
            .stopWalkTest(FloorID(rawValue: 1)),
        ]
        for operation in operations { #expect(client.request(operation) == .decided(.notAllowed)) }
        #expect(client.signal(101) == .decided(.done) && waitUntil(60) { controller.isOpen(1) })
        #expect(controller.isOpen(0) && controller.status?.floors[0].latched == 1)
    }

    @Test(
        "LATCH: with all remote rights requests are honoured within their limits and close nothing")
    func rights() throws {
        let controller = try RunningController(remote: .all)
        try #require(controller.startArmed())
        let client = try #require(controller.connect())
        let ground = FloorID(rawValue: 0)
        #expect(client.signal(1) == .decided(.done) && waitUntil(60) { controller.isOpen(0) })
        #expect(client.request(.silence) == .decided(.done))
        #expect(client.request(.disable(.floor(ground), .minutes(5))) == .decided(.done))
        #expect(client.request(.disable(.floor(ground), .zero)) == .decided(.outOfRange))
        #expect(
            client.request(.disable(.zone(3), .minutes(5))) == .decided(.unknownTarget))
        #expect(client.request(.enable(.floor(ground))) == .decided(.done))
        #expect(client.request(.reset) == .decided(.done))
        #expect(client.signal(1, .normal) == .decided(.done))
        #expect(client.request(.reset) == .decided(.done))
        usleep(100_000)
        #expect(controller.isOpen(0), "only the key closes")
        #expect(
            client.request(.startWalkTest(FloorID(rawValue: 9), .minutes(5)))
                == .decided(.unknownTarget))
    }

    @Test("BOUNDED: the seventeenth connection is turned away until one goes")
    func connections() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        var clients = (0..<InputSocket.connections).compactMap { _ in controller.connect() }
        #expect(clients.count == InputSocket.connections)
        for client in clients { #expect(client.signal(1, .normal) == .decided(.done)) }
        let extra = controller.connect()
        #expect(extra?.isClosed() == true)
        for client in clients { #expect(client.signal(1, .normal) == .decided(.done)) }
        clients.removeLast()
        #expect(waitUntil(60) { controller.connect()?.signal(2, .normal) == .decided(.done) })
        // Any number of comings and goings leaves room.
        for _ in 0..<500 { _ = controller.connect() }
        #expect(waitUntil(60) { controller.connect()?.signal(2, .normal) == .decided(.done) })
    }

    @Test("RELEASE: beside a flood another connection's fire gets through at once")
    func flood() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        let flooder = try #require(controller.connect())
        let honest = try #require(controller.connect())
        #expect(honest.signal(101, .normal) == .decided(.done))
        var sent = 0
        var answered = 0
        var worst = 0
        let start = milliseconds()
        var next = start + 200
        while milliseconds() - start < 3_000 {
            // Who leaves more unanswered is dropped, and floods no longer.
            while sent - answered < 128,
                flooder.send(.signal(DetectorID(rawValue: 1), .normal), wait: false)
            {
                sent += 1
            }
            while flooder.answer(within: 0) != nil { answered += 1 }
            if milliseconds() >= next {
                next += 100
                let before = milliseconds()
                #expect(honest.signal(102, .normal) == .decided(.done))
                worst = max(worst, milliseconds() - before)
            }
        }
        let seconds = Double(milliseconds() - start) / 1_000
        let before = milliseconds()
        #expect(honest.signal(101) == .decided(.done))
        let took = milliseconds() - before
        #expect(waitUntil(60) { controller.isOpen(1) })
        print(
            "flood: \(sent) sent, \(answered) answered in \(seconds) s; others answered within "
                + "\(worst) ms, the fire within \(took) ms")
        // A machine that is busy with other tests may take a second for it; a flood that goes first, all
        // of its time.
        #expect(worst < 2_500 && took < 2_500)
        // A full second's worth at once, then a second's worth a second.
        #expect(Double(answered) <= Double(InputSocket.messagesPerSecond) * (seconds + 1.2))
        #expect(answered > 1_000, "the flood was none")
    }

    @Test("APART: who does not read answers is dropped, and nobody waits for him")
    func slowReader() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        let slow = try #require(controller.connect())
        let honest = try #require(controller.connect())
        var sent = 0
        while slow.send(.signal(DetectorID(rawValue: 1), .normal), wait: false) || sent == 0 {
            sent += 1
            if sent > 1_000_000 { break }
            if sent % 32 == 0 {
                usleep(1_000)
                #expect(honest.signal(101, .normal) == .decided(.done))
            }
        }
        #expect(sent < 1_000_000 && slow.isClosed())
        #expect(honest.signal(102) == .decided(.done) && waitUntil(60) { controller.isOpen(1) })
        print("slow reader: dropped after \(sent) messages")
    }

    @Test("APART: a stopped reader of the status page holds nothing up")
    func stoppedReader() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        // A process that maps the page and is stopped in the middle.
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/sh")
        child.arguments = ["-c", "exec 3<'\(controller.runDirectory)/status'; exec sleep 60"]
        try child.run()
        defer { child.terminate() }
        kill(child.processIdentifier, SIGSTOP)
        let client = try #require(controller.connect())
        let before = try #require(controller.status).ticks
        #expect(client.signal(1) == .decided(.done) && waitUntil(60) { controller.isOpen(0) })
        #expect(waitUntil(60) { (controller.status?.ticks ?? 0) > before })
        kill(child.processIdentifier, SIGCONT)
    }

    @Test(
        "QUIET: random packets neither end the program, open a valve, nor keep a fire from opening one"
    )
    func fuzz() throws {
        let given = getenv("STANDPIPE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        let seconds = getenv("STANDPIPE_FUZZ_SECONDS").flatMap { Int(String(cString: $0)) } ?? 2
        print("input socket: STANDPIPE_FUZZ_SEED=\(seed)")
        fflush(nil)
        var numbers = SeededNumbers(seed: seed)
        let controller = try RunningController(remote: .all)
        try #require(controller.startArmed())
        let real = RunningController.plan().detectors.map(\.id.rawValue)
        var clients: [InputClient] = []
        var packets = 0
        let deadline = milliseconds() + seconds * 1_000
        while milliseconds() < deadline {
            if clients.count < 8 || numbers.next() % 512 == 0 {
                if let client = controller.connect() { clients.append(client) }
            }
            if clients.count > 12 || numbers.next() % 1_024 == 0, !clients.isEmpty {
                clients.remove(at: Int(numbers.next() % UInt64(clients.count)))
            }
            guard !clients.isEmpty else { continue }
            let which = Int(numbers.next() % UInt64(clients.count))
            let length = numbers.next() % 4 == 0 ? Int(numbers.next() % 90) : 40
            var bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
            if length == 40 {
                bytes[0] = 1
                bytes[1] = UInt8(1 + numbers.next() % 2)
                if numbers.next() % 2 == 0 {
                    for place in 8..<24 { bytes[place] = 0 }
                    bytes[8] = UInt8(numbers.next() % 8)
                    bytes[9] = UInt8(numbers.next() % 4)
                    bytes[12] = UInt8(numbers.next() % 8)
                }
                if bytes[1] == 1 {
                    let id = real[Int(numbers.next() % UInt64(real.count))]
                    for place in 0..<4 { bytes[8 + place] = UInt8(id >> UInt32(8 * place) & 0xFF) }
                    // No true fire: that would open a valve, and rightly.
                    bytes[12] = numbers.next() % 2 == 0 ? 0 : UInt8(2 + numbers.next() % 254)
                }
            }
            if !clients[which].send(bytes, wait: false) { usleep(200) }
            packets += 1
            while clients[which].answer(within: 0) != nil {}
            if packets % 2_000 == 0 { try #require(controller.isRunning, "seed \(seed)") }
        }
        clients.removeAll()
        print("input socket: \(packets) packets")
        #expect(
            controller.isRunning && !controller.isOpen(0) && !controller.isOpen(1), "seed \(seed)")
        // Whatever was disabled or tested meanwhile is in order again, then there is a fire.
        let client = try #require(controller.connect())
        for floor in 0..<2 {
            _ = client.request(.stopWalkTest(FloorID(rawValue: Int16(floor))))
            _ = client.request(.enable(.floor(FloorID(rawValue: Int16(floor)))))
        }
        #expect(client.signal(1) == .decided(.done), "seed \(seed)")
        #expect(waitUntil(60) { controller.isOpen(0) }, "seed \(seed)")
    }
}
