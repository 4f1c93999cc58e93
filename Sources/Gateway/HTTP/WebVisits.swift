// The connections of the HTTP face, as the event loop knows them: how much each has used of its quota,
// and which of its questions the broker has not answered yet. A connection that ends is answered all
// of them with nothing, so that nobody waits for ever.

import KafkaServer
import KafkaWire
import NIOCore

/// One connection.
final class WebVisit {
    let number: UInt64
    let channel: any Channel
    let address: String
    let host: String
    let port: Int32
    var meter = QuotaMeter(at: Door.now)
    /// When it may ask again, by `Door.now`.
    var pausedUntil: Int64 = 0
    private var waiting: [UInt64: (KafkaResponse?) -> Void] = [:]
    private var last: UInt64 = 0

    init(number: UInt64, _ channel: any Channel) {
        self.number = number
        self.channel = channel
        address = channel.remoteAddress?.ipAddress ?? ""
        host = channel.localAddress?.ipAddress ?? "localhost"
        port = Int32(channel.localAddress?.port ?? 0)
    }

    /// `then` is called once: with the answer, or with nil when the connection is gone first.
    func wait(_ then: @escaping (KafkaResponse?) -> Void) -> UInt64 {
        last += 1
        waiting[last] = then
        return last
    }

    func answer(_ question: UInt64, _ response: KafkaResponse?) {
        waiting.removeValue(forKey: question)?(response)
    }

    func end() {
        let gone = waiting
        waiting = [:]
        for then in gone.values { then(nil) }
    }
}

/// All connections of the HTTP face. Lives on the event loop.
final class WebVisits {
    /// Bodies of POSTs that may be in memory at the same time.
    private static let mostBodies = 16

    private let desk: Desk
    private var bodies = 0
    private var all: [ObjectIdentifier: WebVisit] = [:]

    init(_ desk: Desk) { self.desk = desk }

    /// False: there are too many connections.
    func open(_ channel: any Channel) -> Bool {
        let visit = WebVisit(number: desk.nextConnection(), channel)
        guard desk.door.open(visit.address) else { return false }
        let name = ObjectIdentifier(channel)
        all[name] = visit
        let here = NIOLoopBound(self, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in here.value.close(name) }
        return true
    }

    /// The gateway ends.
    func closeAll() {
        for visit in all.values { visit.channel.close(promise: nil) }
    }

    subscript(_ channel: any Channel) -> WebVisit? { all[ObjectIdentifier(channel)] }

    /// Whether another body may be read; `leaveBody` is called for it then.
    func takeBody() -> Bool {
        guard bodies < Self.mostBodies else { return false }
        bodies += 1
        return true
    }

    func leaveBody() { bodies -= 1 }

    private func close(_ name: ObjectIdentifier) {
        guard let visit = all.removeValue(forKey: name) else { return }
        desk.door.close(visit.address)
        visit.end()
        desk.act { $0.closed(visit.number) }
    }
}
