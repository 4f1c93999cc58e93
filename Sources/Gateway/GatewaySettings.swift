// Where the gateway finds its logs and where it listens.

package import EventLog
package import Streams
package import Users

/// Settings of a gateway, as its command line has them.
package struct GatewaySettings: Sendable {
    /// The directory of the service log; made if it is not there.
    package var serviceLog: String
    /// The service log's page of shared memory, in a RAM-backed directory.
    package var livePage: String
    /// The controller's logs; nil: a broker of users' own topics alone.
    package var safetyLog: String?
    package var signalLog: String?
    /// The controller's input socket.
    package var inputSocket: String?
    package var host: String
    package var port: Int
    /// Where the log is served over HTTP; nil: nowhere.
    package var http: (host: String, port: Int)?
    /// What the panel shows; nil: there is no panel.
    package var panel: PanelSettings?
    /// What clients are told to come back to; nil: the address at which they came.
    package var advertised: (host: String, port: Int32)?
    /// The users file; nil: whoever reaches the gateway may do everything.
    package var users: String?
    package var tls: TLSFiles?
    /// Listens on a network without users and TLS.
    package var isInsecure = false
    /// Connections at most, in all and from one address.
    package var connections = 400
    package var connectionsEach = 200
    /// Of each connection.
    package var quota = Quota()
    package var makesTopics = true
    package var partitions: Int32 = 1
    /// Topics that are derived from others.
    package var streams: [StreamRule] = []
    /// Who is told what; nil: nobody.
    package var notify: NotifySettings?
    package var log = LogSettings(segments: 64)

    package init(serviceLog: String, livePage: String, host: String, port: Int) {
        self.serviceLog = serviceLog
        self.livePage = livePage
        self.host = host
        self.port = port
    }

    /// Whether only this machine reaches the addresses.
    var isLocal: Bool { Self.isLocal(host) && isWebLocal }

    var isWebLocal: Bool { http.map { Self.isLocal($0.host) } ?? true }

    private static func isLocal(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
