// One connection of the HTTP face before Hummingbird has it: counted, and encrypted with the
// certificate that is in force now.

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

struct WebChannel: ServerChildChannel {
    /// Seconds without a request after which a connection is closed.
    private static let patience: Int64 = 60

    private struct TooMany: Error {}

    private let base: HTTP1Channel
    private let desk: NIOLoopBound<Desk>

    init(_ responder: @escaping HTTPChannelHandler.Responder, _ desk: NIOLoopBound<Desk>) {
        base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: .seconds(Self.patience),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10,
                    maxHeaderFieldCount: 64)))
        self.desk = desk
    }

    func setup(
        channel: any Channel, logger: Logger
    ) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            guard desk.value.visits.open(channel) else {
                channel.close(promise: nil)
                throw TooMany()
            }
            if let tls = desk.value.door.tls {
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
            }
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
