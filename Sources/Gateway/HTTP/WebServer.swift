// The gateway's HTTP server: Hummingbird on the gateway's one event loop. What is served is added to
// its router: the routes of the log, and the panel's.

import HTTPFace
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// What goes with each request.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// A running server.
final class WebServer: Sendable {
    let port: Int
    private let task: Task<Void, Never>
    private let loop: any EventLoop
    private let desk: NIOLoopBound<Desk>
    private let panel: PanelDesk?
    /// True: nothing runs any more.
    private let ended: ConditionLock<Bool>

    /// Listens, and serves until `stop`.
    /// - Throws: `Gateway.Failure.listen`.
    init(
        host: String, port: Int, group: MultiThreadedEventLoopGroup, desk: NIOLoopBound<Desk>,
        panel: PanelSettings?, safetyLog: String?, serviceLog: String, notify: NotifyThread?
    ) throws {
        let loop = group.next()
        self.loop = loop
        self.desk = desk
        let ended = ConditionLock(value: false)
        self.ended = ended
        let router = Router(context: WebContext.self)
        router.add(middleware: WebFaults())
        let web = WebDesk(desk: desk, loop: loop)
        TopicRoutes(web: web).add(to: router)
        let panelDesk = panel.map {
            PanelDesk(
                $0, safetyLog: safetyLog, serviceLog: serviceLog, web: web, notify: notify)
        }
        self.panel = panelDesk
        if let panelDesk { PanelRoutes(desk: panelDesk).add(to: router) }
        if let notify { AcknowledgeRoutes(web: web, notify: notify).add(to: router) }
        let listening = loop.makePromise(of: Int.self)
        // Nobody reads a log of requests; what matters is in the audit.
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in WebChannel(responder, desk) },
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { listening.succeed($0.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(group),
            logger: Logger(label: "http", factory: { _ in SwiftLogNoOpLogHandler() }))
        task = Task {
            do {
                try await application.run()
                listening.fail(CancellationError())
            } catch {
                listening.fail(error)
            }
            ended.lock()
            ended.unlock(withValue: true)
        }
        do {
            self.port = try listening.futureResult.wait()
        } catch {
            panelDesk?.stop()
            throw Gateway.Failure.listen(host: host, port: port, reason: "\(error)")
        }
    }

    /// Ends all connections, and waits until nothing here needs the event loop any more.
    func stop() {
        panel?.stop()
        task.cancel()
        loop.execute { [desk] in desk.value.visits.closeAll() }
        if ended.lock(whenValue: true, timeoutSeconds: Self.patience) { ended.unlock() }
    }

    /// Seconds for that.
    private static let patience = 10.0
}

/// What a handler throws becomes JSON.
private struct WebFaults: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let fault as HTTPFault {
            return Self.response(fault, request)
        } catch let error as HTTPError where error.status == .notFound {
            return Self.response(HTTPFault(.notFound, "there is nothing here"), request)
        } catch let error as HTTPError where error.status.code < 500 {
            return Self.response(
                HTTPFault(.badRequest, "the request cannot be understood"), request)
        }
    }

    private static func response(_ fault: HTTPFault, _ request: Request) -> Response {
        var response = Response.json(
            fault.json, status: HTTPResponse.Status(code: fault.status.rawValue))
        // A browser would ask for the password itself, over the panel's page.
        if fault.status == .unauthorized, !request.uri.path.hasPrefix("/api/") {
            response.headers[.wwwAuthenticate] = "Basic realm=\"standpipe\", charset=\"UTF-8\""
        }
        if let seconds = fault.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        return response
    }
}
