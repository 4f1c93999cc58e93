// The gateway's command line. It runs until it is told to stop, and then writes what waits.

import ArgumentParser
import CLinux
import EventLog
import Gateway
import Glibc
import Users

struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standpipe-gateway",
        abstract: "Serves the logs on this device to Kafka clients.")

    @Option(name: .customLong("state"), help: "Where the gateway keeps its own log.")
    var stateDirectory = "/var/lib/standpipe-gateway"
    @Option(
        name: .customLong("run"),
        help: "A RAM-backed directory for what lives as long as the program.")
    var runDirectory = "/run/standpipe-gateway"
    @Option(help: "The controller's --state-dir: its log, read only.")
    var controllerState = "/var/lib/standpipe"
    @Option(help: "The controller's --run-dir: its signals, and the socket that takes them.")
    var controllerRun = "/run/standpipe"
    @Option(help: "Address and port to listen on.")
    var listen = "127.0.0.1:9092"
    @Option(
        help: ArgumentHelp(
            "Address and port to serve the panel and the log over HTTP; a port alone is of loopback.",
            valueName: "host:port"))
    var http: String?
    @Flag(help: "Whoever is on this machine may look at the panel without logging in.")
    var localLook = false
    @Option(
        help: ArgumentHelp(
            "Another page on this machine that may show the panel inside of it, for the demo.",
            valueName: "http://127.0.0.1:port"))
    var framedBy: String?
    @Option(help: "Address and port that clients are told to come to, where they differ.")
    var advertise: String?
    @Option(
        help: ArgumentHelp(
            "Who may log in (made by 'standpipe user add'); nobody else is let in then.",
            valueName: "file"))
    var users: String?
    @Option(help: ArgumentHelp("The listener's certificate chain, PEM.", valueName: "file"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("Its private key, PEM.", valueName: "file"))
    var tlsKey: String?
    @Option(
        help: ArgumentHelp(
            "Topics to derive from others (made by 'standpipe compile --streams').",
            valueName: "file"))
    var streams: String?
    @Option(
        help: ArgumentHelp(
            "Who is told what (made by 'standpipe compile --recipients').", valueName: "file"))
    var recipients: String?
    @Option(
        help: ArgumentHelp("All tries again so many times faster: for tests.", visibility: .private)
    )
    var hurry = 1
    @Flag(help: "Listens on a network even without users or TLS.")
    var insecure = false
    @Option(help: "Connections at most.")
    var connections = 400
    @Option(help: "Connections from one address at most.")
    var connectionsEach = 200
    @Option(help: "Bytes a second that one connection may produce.")
    var produceRate: Int?
    @Option(help: "Bytes a second that one connection may fetch.")
    var fetchRate: Int?
    @Option(help: "Requests a second of one connection.")
    var requestRate: Int?
    @Flag(help: "Serves users' own topics alone, without a controller's logs.")
    var alone = false
    @Flag(help: "Does not make a topic because somebody asks for it.")
    var noCreateTopics = false
    @Option(help: "Partitions of a topic that is made because somebody asks for it.")
    var partitions: Int32 = 1
    @Option(name: .customLong("log-size"), help: "MB that the gateway's log takes at most.")
    var logSize = 1_024

    func validate() throws {
        guard Self.endpoint(listen) != nil else {
            throw ValidationError("--listen \(listen): give HOST:PORT, as in 127.0.0.1:9092")
        }
        if let http, Self.webEndpoint(http) == nil {
            throw ValidationError("--http \(http): give HOST:PORT or a port, as in 8080")
        }
        if let advertise, Self.endpoint(advertise) == nil {
            throw ValidationError("--advertise \(advertise): give HOST:PORT, as in board:9092")
        }
        // It becomes part of a header: a word of one kind and no other.
        if let framedBy {
            let start = "http://127.0.0.1:"
            guard framedBy.hasPrefix(start), UInt16(framedBy.dropFirst(start.count)) != nil else {
                throw ValidationError("--framed-by \(framedBy): give \(start)PORT")
            }
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together")
        }
        for (name, value) in [
            ("connections", connections), ("connections-each", connectionsEach),
            ("produce-rate", produceRate), ("fetch-rate", fetchRate),
            ("request-rate", requestRate),
        ] where value.map({ $0 < 1 }) == true {
            throw ValidationError("--\(name): at least 1")
        }
        guard (48...1_048_576).contains(logSize) else {
            throw ValidationError("--log-size \(logSize): from 48 to 1048576 MB")
        }
        guard (1...1_000).contains(partitions) else {
            throw ValidationError("--partitions \(partitions): from 1 to 1000")
        }
    }

    /// HOST:PORT, with an IPv6 address in brackets.
    private static func endpoint(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : (String(host), Int(port))
    }

    private static func webEndpoint(_ text: String) -> (host: String, port: Int)? {
        UInt16(text).map { ("127.0.0.1", Int($0)) } ?? endpoint(text)
    }

    func run() throws {
        guard let (host, port) = Self.endpoint(listen) else { return }
        // The threads that are made from here on leave these to this one.
        var ends = sigset_t()
        unsafe sigemptyset(&ends)
        unsafe sigaddset(&ends, SIGTERM)
        unsafe sigaddset(&ends, SIGINT)
        unsafe sigaddset(&ends, SIGHUP)
        unsafe pthread_sigmask(SIG_BLOCK, &ends, nil)
        signal(SIGPIPE, SIG_IGN)
        // Batches and responses of a megabyte come and go.
        clinux_one_heap()
        // The controller's loop has the last processor for itself, where there are two.
        if !alone { _ = clinux_last_processor(0) }
        var settings = GatewaySettings(
            serviceLog: "\(stateDirectory)/service", livePage: "\(runDirectory)/service.live",
            host: host,
            port: port)
        settings.advertised = advertise.flatMap(Self.endpoint).map {
            ($0.host, Int32($0.port))
        }
        if !alone {
            settings.safetyLog = "\(controllerState)/log"
            settings.signalLog = "\(controllerRun)/signals"
            settings.inputSocket = "\(controllerRun)/input"
            settings.panel = PanelSettings(
                controllerState: controllerState, controllerRun: controllerRun)
            settings.panel?.looksLocally = localLook
            settings.panel?.notifyFile = "\(runDirectory)/notify.json"
            settings.panel?.framedBy = framedBy
        }
        settings.http = http.flatMap(Self.webEndpoint)
        settings.users = users
        if let tlsCertificate, let tlsKey {
            settings.tls = TLSFiles(certificate: tlsCertificate, key: tlsKey)
        }
        settings.isInsecure = insecure
        settings.connections = connections
        settings.connectionsEach = connectionsEach
        settings.quota = Quota(
            produced: produceRate, fetched: fetchRate, requests: requestRate)
        settings.makesTopics = !noCreateTopics
        settings.partitions = partitions
        settings.log = LogSettings(segmentBytes: 16 << 20, segments: logSize / 16)
        let gateway: Gateway
        do {
            if let streams { settings.streams = try StreamsStore.rules(path: streams) }
            if let recipients {
                settings.notify = try NotifySettings(
                    recipients: recipients, state: stateDirectory, run: runDirectory)
                settings.notify?.hurry(Int64(hurry))
            }
            gateway = try Gateway(settings)
        } catch let failure as Gateway.Failure {
            throw Complaint(text: "\(failure)")
        }
        print("standpipe-gateway: listening on \(host):\(gateway.port)")
        if let http = settings.http, let port = gateway.webPort {
            print("standpipe-gateway: HTTP on \(http.host):\(port)")
        }
        fflush(nil)
        var caught: Int32 = 0
        while unsafe sigwait(&ends, &caught) == 0, caught == SIGHUP {
            for line in gateway.reload() { print("standpipe-gateway: \(line)") }
            fflush(nil)
        }
        gateway.stop()
    }
}

/// One line for people.
struct Complaint: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}

GatewayCommand.main()
