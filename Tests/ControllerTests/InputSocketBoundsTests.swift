// The input socket's bounds by the clock, in this process: how much a slot takes, and when.

import ControlLoop
import FireLogic
import Glibc
import StatusFeed
import Testing

@testable import FieldDevices

@Suite struct InputSocketBoundsTests {
    private let path = "/tmp/standpipe-input-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    private func at(microseconds: Int) -> Instant {
        Instant(nanoseconds: Int64(microseconds) * 1_000)
    }

    /// Sends until the socket takes no more at `now`; how many it took.
    private func pour(
        _ client: InputClient, into socket: inout InputSocket, at now: Instant, most: Int
    ) -> Int {
        var inputs: [Input] = []
        while inputs.count < most {
            for _ in 0..<64 {
                _ = client.send(.signal(DetectorID(rawValue: 1), .normal), wait: false)
            }
            let before = inputs.count
            socket.read(0, at: now, into: &inputs)
            if inputs.count == before { break }
        }
        return inputs.count
    }

    @Test("BOUNDED: a connection gets a second's worth at once, then a second's worth a second")
    func credit() throws {
        defer { unlink(path) }
        var socket = InputSocket(
            path: path, plan: RunningController.plan(), poller: try Poller(), at: .zero)
        defer { socket.closeAll() }
        let client = try #require(InputClient(path))
        socket.accept()
        let second = InputSocket.messagesPerSecond
        #expect(pour(client, into: &socket, at: .zero, most: .max) == second)
        #expect(socket.nextDeadline == at(microseconds: 20_000))
        // Ticks that lie awkwardly lose nothing and win nothing.
        var none: [Input] = []
        for tick in 1...10_000 { socket.advance(to: at(microseconds: tick * 99), into: &none) }
        #expect(none.isEmpty)
        #expect(
            pour(client, into: &socket, at: at(microseconds: 990_000), most: .max)
                == second * 99 / 100)
    }

    @Test("BOUNDED: who connects anew gets no more than who stays")
    func reconnecting() throws {
        defer { unlink(path) }
        var socket = InputSocket(
            path: path, plan: RunningController.plan(), poller: try Poller(), at: .zero)
        defer { socket.closeAll() }
        var taken = 0
        for round in 0..<10 {
            let now = at(microseconds: round * 20_000)
            var none: [Input] = []
            socket.advance(to: now, into: &none)
            guard let client = InputClient(path) else {
                Issue.record("no connection")
                return
            }
            socket.accept()
            taken += pour(client, into: &socket, at: now, most: .max)
            // It goes; the socket sees that at its next look.
            shutdown(client.descriptor, Int32(SHUT_RDWR))
            var rest: [Input] = []
            let later = at(microseconds: round * 20_000 + 10)
            for _ in 0..<40 { socket.read(0, at: later, into: &rest) }
            taken += rest.count
        }
        let second = InputSocket.messagesPerSecond
        #expect(taken <= second + second * 200 / 1_000)
    }

    @Test(
        "BOUNDED, APART: a flood of the gateway's reports becomes five faults at most, and no more")
    func reports() throws {
        defer { unlink(path) }
        var plan = RunningController.plan()
        plan.expectsGateway = true
        var socket = InputSocket(path: path, plan: plan, poller: try Poller(), at: .zero)
        defer { socket.closeAll() }
        let client = try #require(InputClient(path))
        socket.accept()
        var inputs: [Input] = []
        for round in 0..<1_000 {
            let report: GatewayReport = round % 2 == 0 ? .all : []
            #expect(client.send(.gateway(report)))
            let now = at(microseconds: round * 100)
            socket.read(0, at: now, into: &inputs)
            socket.advance(to: now, into: &inputs)
            #expect(client.answer()?.outcome == .decided(.done))
        }
        #expect(inputs.count == 5)
        #expect(inputs.contains(.event(.systemFault(.undelivered, present: true))))
    }

    @Test("A clock that stood still for a year traps nothing")
    func longSleep() throws {
        defer { unlink(path) }
        var socket = InputSocket(
            path: path, plan: RunningController.plan(), poller: try Poller(), at: .zero)
        defer { socket.closeAll() }
        var none: [Input] = []
        socket.advance(to: .zero + .minutes(60 * 24 * 366), into: &none)
        let client = try #require(InputClient(path))
        socket.accept()
        let now = Instant.zero + .minutes(60 * 24 * 366)
        #expect(pour(client, into: &socket, at: now, most: .max) == InputSocket.messagesPerSecond)
    }
}
