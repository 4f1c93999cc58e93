// How a request over HTTP reaches the broker: on the event loop, as the same requests that Kafka clients
// send, with the same rights and quotas.

import HTTPFace
import HTTPTypes
import Hummingbird
import KafkaServer
import KafkaWire
import NIOCore
import Users

/// The way from a handler, which runs on any thread, to the desk.
struct WebDesk: Sendable {
    let desk: NIOLoopBound<Desk>
    let loop: any EventLoop

    /// Somebody whose request is being done.
    struct Visitor: Sendable {
        let channel: any Channel
        /// Empty where there are no users.
        var user: String
    }

    /// Asks the broker; `version` is the newest that this broker speaks.
    /// - Throws: `HTTPFault` 401 where the user is gone, 503 where the connection is.
    func ask(_ request: KafkaRequest, for visitor: Visitor) async throws -> KafkaResponse {
        let version = request.api.versions.upperBound
        let answer = await withCheckedContinuation { continuation in
            loop.execute {
                let desk = desk.value
                guard let visit = desk.visits[visitor.channel] else {
                    return continuation.resume(returning: Answer.gone)
                }
                guard let rights = desk.door.rights(of: visitor.user.isEmpty ? nil : visitor.user)
                else { return continuation.resume(returning: Answer.stranger) }
                let question = visit.wait { response in
                    continuation.resume(returning: response.map { .response($0) } ?? .gone)
                }
                let peer = Peer(
                    connection: visit.number, clientID: "http", address: "/\(visit.address)",
                    host: visit.host, port: visit.port, user: visitor.user, rights: rights)
                desk.act { broker in
                    broker.handle(request, version: version, from: peer) { response in
                        visit.answer(question, response)
                    }
                }
            }
        }
        switch answer {
        case .response(let response): return response
        case .stranger: throw HTTPFault(.unauthorized, "there is no such user any more")
        case .gone: throw HTTPFault(.unavailable, "the connection is gone")
        }
    }

    private enum Answer: Sendable {
        case response(KafkaResponse)
        case stranger
        case gone
    }

    /// Reads a body, where not too many are being read.
    /// - Throws: `HTTPFault` 413 or 503.
    func body(of request: Request, upTo most: Int) async throws -> ByteBuffer {
        let tooLarge = HTTPFault(.tooLarge, "the body is larger than \(most) bytes")
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= most else { throw tooLarge }
        let mayRead = try await loop.submit { desk.value.visits.takeBody() }.get()
        guard mayRead else {
            throw HTTPFault(.unavailable, "too much is being sent at a time", retryAfter: 1)
        }
        defer { loop.execute { desk.value.visits.leaveBody() } }
        do {
            return try await request.body.collect(upTo: most)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    /// Adds what a visitor uses to its quota.
    /// - Returns: milliseconds for which it, or its user, is held back.
    func charge(
        produced: Int = 0, fetched: Int = 0, requests: Int = 0, to visitor: Visitor
    ) async -> Int64 {
        await withCheckedContinuation { continuation in
            loop.execute {
                let desk = desk.value
                guard let visit = desk.visits[visitor.channel] else {
                    return continuation.resume(returning: 0)
                }
                let pause = desk.door.charge(
                    produced: produced, fetched: fetched, requests: requests,
                    to: visitor.user.isEmpty ? nil : visitor.user, &visit.meter)
                visit.pausedUntil = max(visit.pausedUntil, Door.now + pause)
                continuation.resume(returning: max(0, visit.pausedUntil - Door.now))
            }
        }
    }

    /// - Throws: `HTTPFault` 429 where the visitor is held back.
    func enter(_ visitor: Visitor) async throws {
        let left: Int64 = await withCheckedContinuation { continuation in
            loop.execute {
                let until = desk.value.visits[visitor.channel]?.pausedUntil ?? 0
                continuation.resume(returning: until - Door.now)
            }
        }
        guard left <= 0 else {
            throw HTTPFault(
                .tooMany, "the quota is used up", retryAfter: Int((left + 999) / 1_000))
        }
        _ = await charge(requests: 1, to: visitor)
    }
}
