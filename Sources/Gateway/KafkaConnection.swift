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
    private static let longestRequest = 100 << 20
    /// Requests that may wait before the connection is not read from.
    private static let mostWaiting = 512

    private let desk: Desk
    private let number: UInt64
    private var splitter = FrameSplitter(limit: KafkaConnection.longestRequest)
    private var order = ResponseOrder<OutgoingFrame>()
    private var host = ""
    private var port: Int32 = 0
    private var address = ""
    private var isReading = true
    private var context: ChannelHandlerContext?
    private var isFlushing = false

    init(_ desk: Desk) {
        self.desk = desk
        number = desk.nextConnection()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        let here = context.localAddress
        host = desk.advertised?.host ?? here?.ipAddress ?? "localhost"
        port = desk.advertised?.port ?? Int32(here?.port ?? 0)
        address = context.remoteAddress?.ipAddress ?? ""
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
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
        case .spoken:
            let request = try incoming.request()
            let peer = Peer(
                connection: number, clientID: header.clientId ?? "", address: "/\(address)",
                host: host, port: port)
            desk.act { broker in
                broker.handle(request, version: header.apiVersion, from: peer) { response in
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

    private func answer(
        _ place: Int, _ response: KafkaResponse?, version: Int16, _ correlation: Int32
    ) {
        guard let context else { return }
        var frame: OutgoingFrame?
        if let response {
            do {
                frame = try OutgoingFrame(response, version: version, correlationId: correlation)
            } catch {
                // The broker's own fault; the client cannot be told in this version.
                return context.close(promise: nil)
            }
        }
        let ready = order.fill(place, frame)
        if ready.isEmpty { return }
        var buffer = context.channel.allocator.buffer(
            capacity: ready.reduce(0) { $0 + $1.count })
        for frame in ready {
            unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: frame.count) { memory in
                unsafe frame.write(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<frame.count]))
                return frame.count
            }
        }
        context.write(wrapOutboundOut(buffer), promise: nil)
        flushSoon(context)
        see(context)
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

    /// Stops reading from who has too much waiting, and goes on when it has less.
    private func see(_ context: ChannelHandlerContext) {
        let mayRead = order.count < Self.mostWaiting && context.channel.isWritable
        guard mayRead != isReading else { return }
        isReading = mayRead
        context.channel.setOption(.autoRead, value: mayRead).whenFailure { _ in }
    }
}
