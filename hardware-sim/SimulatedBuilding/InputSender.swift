// Sends network detectors' signals and operators' requests to the controller's input socket, as
// the gateway does. Connects again when the controller comes back; what cannot be sent meanwhile
// is lost, as a message is when its receiver is down. Never waits for the controller.

import FireLogic
import Glibc
import StatusFeed

package final class InputSender {
    static let retryEvery = Interval.milliseconds(100)

    private let loop: SimLoop
    private let path: String
    private var connection: Int32 = -1
    private var nextTry = Instant.zero
    private var nextNumber: UInt32 = 0
    /// Called with each answer to a request of `request(_:)`.
    package var answered: (InputAnswer.Outcome) -> Void = { _ in }
    private var awaited: Set<UInt32> = []

    package init(loop: SimLoop, path: String) {
        self.loop = loop
        self.path = path
    }

    package func close() {
        guard connection >= 0 else { return }
        loop.unwatch(connection)
        Glibc.close(connection)
        connection = -1
        awaited = []
    }

    package func signal(_ detector: DetectorID, alarm: Bool) {
        send(.signal(detector, alarm ? .alarm : .normal))
    }

    /// As the gateway's own report.
    package func report(_ report: GatewayReport) { send(.gateway(report)) }

    package func request(_ operation: OperatorRequest.Operation, who: OperatorName) {
        if let number = send(.request(OperatorRequest(operation, who: who, origin: .remote))) {
            awaited.insert(number)
        }
    }

    @discardableResult
    private func send(_ content: InputMessage.Content) -> UInt32? {
        connect()
        nextNumber &+= 1
        let message = InputMessage(number: nextNumber, content)
        guard connection >= 0, let bytes = message.bytes else { return nil }
        let count = Glibc.send(
            connection, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        guard count == bytes.count else {
            if errno != EAGAIN { close() }
            return nil
        }
        return nextNumber
    }

    private func connect() {
        guard connection < 0, SimLoop.now() >= nextTry else { return }
        do {
            connection = try UnixSocket.connect(path: path)
            UnixSocket.setNonBlocking(connection)
            loop.watch(connection) { [unowned self] in receive() }
        } catch {
            nextTry = SimLoop.now() + Self.retryEvery
        }
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while connection >= 0 {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            guard count > 0 else { return close() }
            let answer = buffer.withUnsafeBytes {
                InputAnswer(UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            guard let answer, awaited.remove(answer.number) != nil else { continue }
            answered(answer.outcome)
        }
    }
}
