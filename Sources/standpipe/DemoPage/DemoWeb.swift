// A small HTTP server on the demo's own loop, for one browser on this machine: one request a
// connection, nothing blocks, everything is bounded. It listens on 127.0.0.1 alone and takes requests
// only from a page that came from there. It knows nothing of buildings.

import FireLogic
import Glibc
import SimulatedBuilding

final class DemoWeb {
    struct Request {
        var method: String
        var path: String
        var body: [UInt8]
    }

    struct Answer {
        var status: Int
        var type = "application/json"
        var bytes: [UInt8]
    }

    private struct Connection {
        var received: [UInt8] = []
        var toSend: ArraySlice<UInt8> = []
        var isAnswered = false
        var turns = 0
    }

    private static let mostConnections = 32
    private static let longestRequest = 16 << 10
    /// Looks at what could not be sent at once, and at connections that say nothing.
    private static let sendAgain = Interval.milliseconds(5)
    private static let mostTurns = 2_000

    var port: UInt16 { listener.port }
    private let loop: SimLoop
    private let listener: LoopbackListener
    private var connections: [Int32: Connection] = [:]
    private var ticks = false
    private let answer: (Request) -> Answer

    /// `port` 0 takes a free one, to be read from `port`.
    init(loop: SimLoop, port wanted: UInt16, answer: @escaping (Request) -> Answer)
        throws(SimulationError)
    {
        self.loop = loop
        self.answer = answer
        listener = try LoopbackListener(loop: loop, port: wanted)
        listener.open { [unowned self] in
            connections.count < Self.mostConnections
        } taken: { [unowned self] in
            take($0)
        }
    }

    func close() {
        listener.close()
        for descriptor in Array(connections.keys) { hangUp(descriptor) }
    }

    private func take(_ descriptor: Int32) {
        connections[descriptor] = Connection()
        loop.watch(descriptor) { [unowned self] in receive(descriptor) }
        startTicking()
    }

    private func hangUp(_ descriptor: Int32) {
        guard connections.removeValue(forKey: descriptor) != nil else { return }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
    }

    private func receive(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0, var connection = connections[descriptor], !connection.isAnswered else {
            // Whoever hangs up while an answer is under way does not want it.
            return hangUp(descriptor)
        }
        connection.received += buffer[..<count]
        guard connection.received.count <= Self.longestRequest else { return hangUp(descriptor) }
        switch DemoRequest.parse(connection.received, port: port) {
        case .more:
            connections[descriptor] = connection
            return
        case .refused(let status):
            connection.toSend = Self.bytes(Answer(status: status, bytes: []))[...]
        case .whole(let request):
            connection.toSend = Self.bytes(answer(request))[...]
        }
        connection.isAnswered = true
        connection.received = []
        connections[descriptor] = connection
        push(descriptor)
    }

    private func push(_ descriptor: Int32) {
        guard var connection = connections[descriptor] else { return }
        while !connection.toSend.isEmpty {
            let count = connection.toSend.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EAGAIN {
                connections[descriptor] = connection
                return
            }
            guard count > 0 else { return hangUp(descriptor) }
            connection.toSend = connection.toSend.dropFirst(count)
        }
        shutdown(descriptor, Int32(SHUT_WR))
        connections[descriptor] = connection
    }

    private func startTicking() {
        guard !ticks else { return }
        ticks = true
        loop.every(Self.sendAgain) { [weak self] in
            guard let self else { return false }
            for descriptor in Array(connections.keys) {
                connections[descriptor]?.turns += 1
                if connections[descriptor]?.turns ?? 0 > Self.mostTurns {
                    hangUp(descriptor)
                } else if connections[descriptor]?.toSend.isEmpty == false {
                    push(descriptor)
                }
            }
            ticks = !connections.isEmpty
            return ticks
        }
    }

    private static func bytes(_ answer: Answer) -> [UInt8] {
        let head = """
            HTTP/1.1 \(answer.status) \(answer.status == 200 ? "OK" : "No")\r
            Content-Type: \(answer.type)\r
            Content-Length: \(answer.bytes.count)\r
            Cache-Control: no-store\r
            X-Content-Type-Options: nosniff\r
            Referrer-Policy: no-referrer\r
            Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; \
            connect-src 'self'; img-src 'self' data:; frame-src http://127.0.0.1:*; \
            frame-ancestors 'none'; base-uri 'none'\r
            Connection: close\r
            \r

            """
        return Array(head.utf8) + answer.bytes
    }
}
