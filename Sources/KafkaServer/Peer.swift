// Who sends a request, as far as the broker has to know.

package import Users

/// The other end of a connection.
package struct Peer: Hashable, Sendable {
    /// Tells connections apart, for `Broker.closed`.
    package var connection: UInt64
    /// What the client says it is called, and where it comes from; for people.
    package var clientID: String
    package var address: String
    /// The address at which the client reached this broker: what it is told to come back to.
    package var host: String
    package var port: Int32
    /// Who is logged in; empty where there are no users.
    package var user: String
    package var rights: Rights

    package init(
        connection: UInt64, clientID: String, address: String, host: String, port: Int32,
        user: String = "", rights: Rights = .everything
    ) {
        self.connection = connection
        self.clientID = clientID
        self.address = address
        self.host = host
        self.port = port
        self.user = user
        self.rights = rights
    }
}

/// Where a client's signals go: to the controller, which decides what they mean.
package protocol SignalInput: AnyObject {
    /// Hands one signal of a connection over. `answer` is called once on the broker's thread, with what
    /// became of it.
    func send(
        detector: UInt32, isAlarm: Bool, from connection: UInt64,
        answer: @escaping (SignalOutcome) -> Void)
}

/// What became of a client's signal.
package enum SignalOutcome: Hashable, Sendable {
    case taken
    case unknownDetector
    /// The controller does not take it for a signal.
    case refused
    /// The detector exists but its signal comes by wire or bus.
    case notNetworkDetector
    /// Too many messages wait; the controller has not seen it.
    case busy
    /// The controller does not answer.
    case unreachable
}
