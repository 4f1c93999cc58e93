// One client's connection: bytes become requests for the broker, responses become bytes, in the order
// of the requests. A client that sends faster than it is answered, or does not read, is not read any
// more until it does: what one connection holds is bounded.

import KafkaServer
import KafkaWire
import NIOCore

final class KafkaConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of the longest request (Kafka's socket.request.max.bytes).
    static let longestRequest = 100 << 20
    /// Requests that may wait before the connection is not read from.
    private static let mostWaiting = 512
    /// Bytes of requests that may wait so. Well under what the service log lets wait: a batch that it
    /// refuses is sent again, and one that was sent later may then stand before it.
    private static let mostBytesWaiting = 4 << 20

    let desk: Desk
    private let number: UInt64
    var splitter: FrameSplitter
    private var order = ResponseOrder<OutgoingFrame>()
    private var host = ""
    private var port: Int32 = 0
    private(set) var address = ""
    private var isReading = true
    private(set) var context: ChannelHandlerContext?
    private var isFlushing = false
    /// Requests that came together are being handed in: what is answered at once waits for the others.
    private var isFeeding = false
    /// What the channel says of itself, without asking it for every request.
    private var isWritable = true
    private var allocator = ByteBufferAllocator()
    /// What is left of the way in; nil: nothing.
    var login: Login?
    /// Who is logged in; nil where there are no users.
    var user: String?
    /// The outcome of a log-in is on its way.
    var isJudging = false
    var patience: Scheduled<Void>?
    private var isCounted = false
    private var waitingBytes = 0
    private var meter = QuotaMeter(at: Door.now)
    /// When it is read from again, by `Door.now`.
    private var pausedUntil: Int64 = 0

    /// `isEncrypted`: the bytes come through TLS.
    init(_ desk: Desk, isEncrypted: Bool) {
        self.desk = desk
        number = desk.nextConnection()
        login = desk.door.asksForUser ? Login(isEncrypted: isEncrypted) : nil
        splitter = FrameSplitter(
            limit: login == nil ? Self.longestRequest : Self.longestOfStranger)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        allocator = context.channel.allocator
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        let here = context.localAddress
        host = desk.advertised?.host ?? here?.ipAddress ?? "localhost"
        port = desk.advertised?.port ?? Int32(here?.port ?? 0)
        address = context.remoteAddress?.ipAddress ?? ""
        isCounted = desk.door.open(address)
        guard isCounted else { return context.close(promise: nil) }
        startPatience(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        patience?.cancel()
        if isCounted { desk.door.close(address) }
        isCounted = false
        desk.act { $0.closed(number) }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        do {
            var frames: [[UInt8]] = []
            try unsafe buffer.withUnsafeReadableBytes { bytes in
                try unsafe splitter.feed(bytes) { frames.append($0) }
            }
            isFeeding = true
            defer { isFeeding = false }
            for frame in frames { try take(frame[...], context) }
        } catch {
            // Bytes that are no request: there is no telling where the next one begins.
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        see(context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// One whole request.
    private func take(_ frame: ArraySlice<UInt8>, _ context: ChannelHandlerContext) throws {
        let incoming = try IncomingRequest(frame)
        let header = incoming.header
        let place = order.reserve()
        switch incoming.standing {
        case .tooNew:
            answer(place, .apiVersions(.unsupported), version: 0, header.correlationId)
        case .spoken(let api) where login != nil: try knock(incoming, api, place, context)
        case .spoken:
            guard let rights = desk.door.rights(of: user) else {
                // The user was taken out of the file.
                return context.close(promise: nil)
            }
            let request = try incoming.request()
            var produced = 0
            if case .produce = request { produced = frame.count }
            pause(
                desk.door.charge(produced: produced, requests: 1, to: user, &meter), context)
            let size = frame.count
            waitingBytes += size
            let peer = Peer(
                connection: number, clientID: header.clientId ?? "", address: "/\(address)",
                host: host, port: port, user: user ?? "", rights: rights)
            desk.act { broker in
                broker.handle(request, version: header.apiVersion, from: peer) { response in
                    self.waitingBytes -= size
                    self.answer(
                        place, response, version: header.apiVersion, header.correlationId)
                }
            }
        case .version, .unknown:
            // As Kafka does: a client that did not ask for the versions cannot be told.
            context.close(promise: nil)
        }
        see(context)
    }

    func answer(
        _ place: Int, _ response: KafkaResponse?, version: Int16, _ correlation: Int32
    ) {
        guard let context else { return }
        var frame: OutgoingFrame?
        if var response {
            let fetched = response.fetchedBytes
            if fetched > 0 {
                pause(desk.door.charge(fetched: fetched, to: user, &meter), context)
            }
            let left = pausedUntil - Door.now
            if left > 0 { response.holdBack(left) }
            do {
                frame = try OutgoingFrame(response, version: version, correlationId: correlation)
            } catch {
                // The broker's own fault; the client cannot be told in this version.
                return context.close(promise: nil)
            }
        }
        let ready = order.fill(place, frame)
        if ready.isEmpty { return }
        for frame in ready { send(frame, context) }
        if isFeeding || order.count > 0 {
            flushSoon(context)
        } else {
            context.flush()
        }
        see(context)
    }

    private func send(_ frame: OutgoingFrame, _ context: ChannelHandlerContext) {
        var buffer = allocator.buffer(capacity: frame.count)
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: frame.count) { memory in
            unsafe frame.write(
                into: UnsafeMutableRawBufferPointer(rebasing: memory[..<frame.count]))
            return frame.count
        }
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// Answers that come together go out together.
    private func flushSoon(_ context: ChannelHandlerContext) {
        if isFlushing { return }
        isFlushing = true
        let here = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            here.value.isFlushing = false
            here.value.context?.flush()
        }
    }

    /// The connection, or its user, has used its quota: it is not read for so long.
    private func pause(_ milliseconds: Int64, _ context: ChannelHandlerContext) {
        let end = Door.now + milliseconds
        guard milliseconds > 0, end > pausedUntil else { return }
        pausedUntil = end
        let here = NIOLoopBound(self, eventLoop: context.eventLoop)
        _ = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds + 1)) {
            guard let context = here.value.context else { return }
            here.value.see(context)
        }
    }

    /// Stops reading from who has too much waiting, and goes on when it has less.
    private func see(_ context: ChannelHandlerContext) {
        let mayRead =
            order.count < Self.mostWaiting && waitingBytes < Self.mostBytesWaiting
            && isWritable && pausedUntil <= Door.now
        guard mayRead != isReading else { return }
        isReading = mayRead
        context.channel.setOption(.autoRead, value: mayRead).whenFailure { _ in }
    }
}
