// The gateway: one event loop that has the broker, its listener and its timers. Threads beside it are
// the service log's writer and one sleeper for each of the controller's logs.

package import EventLog
import KafkaServer
import NIOCore
import NIOPosix
import NIOSSL
import StatusFeed
import Streams
import Synchronization
package import Users

/// A running gateway.
package final class Gateway: Sendable {
    /// Why a gateway does not start.
    package enum Failure: Error, CustomStringConvertible {
        case log(FileError)
        case listen(host: String, port: Int, reason: String)
        case users(UsersFailure)
        /// What is wrong with the streams file.
        case streams(String)
        /// What is wrong with the recipients file.
        case recipients(String)
        /// What is wrong with the certificate or its key.
        case tls(String)
        /// Anybody on a network would be let in, or could read along.
        case exposed(host: String)

        package var description: String {
            switch self {
            case .log(let error):
                "the service log cannot be opened: \(error)"
            case .listen(let host, let port, let reason):
                "\(host):\(port) cannot be listened on: \(reason)"
            case .users(let failure): "\(failure)"
            case .tls(let text), .streams(let text), .recipients(let text): text
            case .exposed(let host):
                "\(host) can be reached from a network: give --users (made by 'standpipe user add'),"
                    + " --tls-certificate and --tls-key, or say --insecure"
            }
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let service: ServiceLog
    private let desk: NIOLoopBound<Desk>
    private let channel: any Channel
    private let watchers: [LogWatcher]
    private let streams: StreamThread?
    private let notify: NotifyThread?
    private let web: WebServer?
    /// Where it listens: the port is known when 0 was asked for.
    package let port: Int
    /// Where it serves HTTP; nil: nowhere.
    package var webPort: Int? { web?.port }

    /// Opens the log, listens, and serves until `stop`.
    /// - Throws: `Failure`.
    package init(_ settings: GatewaySettings) throws {
        guard
            settings.isLocal || settings.isInsecure
                || settings.users != nil && settings.tls != nil
        else {
            throw Failure.exposed(
                host: settings.isWebLocal ? settings.host : settings.http?.host ?? settings.host)
        }
        do throws(FileError) {
            service = try ServiceLog(
                directory: settings.serviceLog, livePath: settings.livePage, settings: settings.log)
        } catch {
            throw Failure.log(error)
        }
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let service = service
        do {
            desk = try loop.submit {
                let door = try Door(settings)
                return NIOLoopBound(Desk(settings, service, door, loop), eventLoop: loop)
            }.wait()
        } catch {
            service.writer.stop()
            try? group.syncShutdownGracefully()
            throw error
        }
        let desk = desk
        streams = Self.streams(settings, service.path, desk, loop)
        notify = Self.notify(settings, service.path, desk, loop)
        let (streams, notify) = (streams, notify)
        loop.execute {
            desk.value.act {
                $0.hasMoved = {
                    streams?.wake()
                    notify?.wake()
                }
            }
        }
        do {
            channel = try ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1_024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let tls = desk.value.door.tls
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLServerHandler(context: tls))
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            KafkaConnection(desk.value, isEncrypted: tls != nil))
                    }
                }
                .bind(host: settings.host, port: settings.port).wait()
        } catch {
            streams?.stop()
            notify?.stop()
            service.writer.stop()
            try? group.syncShutdownGracefully()
            throw Failure.listen(
                host: settings.host, port: settings.port, reason: "\(error)")
        }
        port = channel.localAddress?.port ?? settings.port
        do {
            let group = group
            web = try settings.http.map {
                try WebServer(
                    host: $0.host, port: $0.port, group: group, desk: desk,
                    panel: settings.panel, safetyLog: settings.safetyLog,
                    serviceLog: settings.serviceLog, notify: notify)
            }
        } catch {
            streams?.stop()
            notify?.stop()
            try? channel.close().wait()
            try? group.syncShutdownGracefully()
            service.writer.stop()
            throw error
        }
        watchers = [settings.safetyLog, settings.signalLog].compactMap { $0 }.map { path in
            LogWatcher(path) { moved in
                loop.execute {
                    desk.value.act { $0.logsMoved() }
                    moved()
                }
            }
        }
        loop.execute { desk.value.input?.beginReports() }
    }

    /// Starts the streams, if there are any.
    private static func streams(
        _ settings: GatewaySettings, _ service: String, _ desk: NIOLoopBound<Desk>,
        _ loop: any EventLoop
    ) -> StreamThread? {
        guard !settings.streams.isEmpty else { return nil }
        let thread = StreamThread(
            settings.streams, service: service, safety: settings.safetyLog,
            volatile: settings.signalLog, loop: loop, desk: desk)
        thread.wake()
        return thread
    }

    /// Reads the users file and the certificate again, and gives a line for people about each. What
    /// is bad changes nothing.
    package func reload() -> [String] {
        let desk = desk
        let lines = try? group.next().submit { desk.value.reload() }.wait()
        return lines ?? []
    }

    /// Ends all connections, writes what waits and closes the log.
    package func stop() {
        web?.stop()
        try? channel.close().wait()
        for watcher in watchers { watcher.stop() }
        streams?.stop()
        notify?.stop()
        let desk = desk
        group.next().execute {
            desk.value.input?.endReports()
            desk.value.door.stop()
        }
        try? group.syncShutdownGracefully()
        service.writer.stop()
    }
}

/// What lives on the event loop: the broker and its timer.
final class Desk {
    let broker: Broker
    let door: Door
    /// The way to the controller; nil: there is none.
    let input: ControllerInput?
    /// What fails, for the controller's fault lamp; its own log is looked at beside it.
    var troubles: GatewayReport = []
    let advertised: (host: String, port: Int32)?
    private(set) lazy var visits = WebVisits(self)
    /// Without users only this machine may come.
    let isWebLocal: Bool
    private let loop: any EventLoop
    private var timer: Scheduled<Void>?
    private var timerAt: Int64?
    private var lastConnection: UInt64 = 0
    private var isLeading = false

    init(
        _ settings: GatewaySettings, _ service: ServiceLog, _ door: Door, _ loop: any EventLoop
    ) {
        self.loop = loop
        self.door = door
        isWebLocal = settings.isWebLocal
        advertised = settings.advertised
        let topics = ServedTopics(
            service: ServedLog(path: service.path),
            safety: settings.safetyLog.map { ServedLog(path: $0) },
            volatile: settings.signalLog.map { ServedLog(path: $0) })
        var own = BrokerSettings(clusterID: "standpipe-\(String(service.id.head, radix: 16))")
        own.makesTopics = settings.makesTopics
        own.partitions = settings.partitions
        own.streamGroups = Set(
            settings.streams.flatMap { rule in rule.to.map { rule.group(of: $0) } })
        let input = settings.inputSocket.map { ControllerInput(path: $0, loop: loop) }
        self.input = input
        let drain = Mutex<NIOLoopBound<Desk>?>(nil)
        let inbox = Inbox {
            loop.execute { drain.withLock { $0 }?.value.act { $0.drain() } }
        }
        broker = Broker(
            own, topics: topics, writer: service.writer, inbox: inbox,
            signals: input,
            clock: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) })
        broker.isLed = true
        drain.withLock { $0 = NIOLoopBound(self, eventLoop: loop) }
        let writer = service.writer
        input?.troubles = { [weak self] in
            let own: GatewayReport = writer.lastFailure == nil ? [] : .logFails
            return self?.troubles.union(own) ?? own
        }
    }

    func nextConnection() -> UInt64 {
        lastConnection += 1
        return lastConnection
    }

    /// Reads again what the door has read, and writes that into the audit.
    func reload() -> [String] {
        let outcome = door.reload()
        for (isGood, line) in outcome {
            act { $0.audit(AuditEntry(isGood ? .usersRead : .usersRefused, detail: line)) }
        }
        return outcome.map(\.line)
    }

    /// Lets the broker do something, and sees to its next deadline.
    func act(_ body: (Broker) -> Void) {
        body(broker)
        leadSoon()
        rearm()
    }

    /// When all that can be read now has been read.
    private func leadSoon() {
        guard broker.wantsLead, !isLeading else { return }
        isLeading = true
        let here = NIOLoopBound(self, eventLoop: loop)
        loop.execute {
            here.value.isLeading = false
            here.value.act { $0.lead() }
        }
    }

    private func rearm() {
        let next = broker.nextDeadline
        if next == timerAt { return }
        timer?.cancel()
        timer = nil
        timerAt = next
        guard let next else { return }
        let here = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(0, next)) * 1_000_000)) {
            here.value.timerAt = nil
            here.value.act { $0.tick() }
        }
    }
}
