// Before somebody is logged in: three APIs, short requests, one at a time, and not for long.

import KafkaServer
import KafkaWire
import NIOCore

extension KafkaConnection {
    /// Bytes of a request at most before there is a user.
    static let longestOfStranger = 16 << 10
    /// Seconds that a connection has for its log-in, the TLS handshake included.
    private static let patience: Int64 = 30

    /// Ends the connection if it is not logged in by then.
    func startPatience(_ context: ChannelHandlerContext) {
        guard login != nil else { return }
        let here = NIOLoopBound(self, eventLoop: context.eventLoop)
        patience = context.eventLoop.scheduleTask(in: .seconds(Self.patience)) {
            here.value.context?.close(promise: nil)
        }
    }

    /// A request of somebody who is not logged in.
    func knock(
        _ incoming: IncomingRequest, _ api: ApiKey, _ place: Int, _ context: ChannelHandlerContext
    ) throws {
        guard var login, !isJudging, Login.isOpen(api) else {
            return context.close(promise: nil)
        }
        let version = incoming.header.apiVersion
        let step = desk.door.take(try incoming.request(), version: version, &login)
        self.login = login
        take(step, place, version, incoming.header.correlationId, context)
    }

    private func take(
        _ step: Login.Step, _ place: Int, _ version: Int16, _ correlation: Int32,
        _ context: ChannelHandlerContext
    ) {
        switch step {
        case .answer(let response): answer(place, response, version: version, correlation)
        case .check(let password, let credential):
            isJudging = true
            let here = NIOLoopBound(self, eventLoop: context.eventLoop)
            desk.door.check(password, credential, on: context.eventLoop).whenComplete { outcome in
                let connection = here.value
                guard let context = connection.context, var login = connection.login else { return }
                connection.isJudging = false
                let step = login.checked((try? outcome.get()) ?? false)
                connection.login = login
                connection.take(step, place, version, correlation, context)
            }
        case .accepted(let response):
            guard let login else { return }
            user = login.name
            self.login = nil
            splitter.limit = Self.longestRequest
            patience?.cancel()
            audit(.login, login)
            answer(place, response, version: version, correlation)
        case .refused(let response):
            guard let login else { return }
            isJudging = true
            audit(.loginFailed, login)
            let here = NIOLoopBound(self, eventLoop: context.eventLoop)
            let delay = desk.door.delay(address)
            _ = context.eventLoop.scheduleTask(in: .milliseconds(delay)) {
                let connection = here.value
                connection.answer(place, response, version: version, correlation)
                connection.context?.flush()
                connection.context?.close(promise: nil)
            }
        case .close: context.close(promise: nil)
        }
    }

    private func audit(_ event: AuditEntry.Event, _ login: Login) {
        let entry = AuditEntry(
            event, user: login.name, address: address, detail: login.mechanism)
        desk.act { $0.audit(entry) }
    }
}
