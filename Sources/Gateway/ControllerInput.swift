// The way of a client's signal to the controller: packets on its input socket, each answered when the
// controller has taken it or says why not. A few are under way at a time, fewer than the socket holds;
// the rest waits in turns (`SignalQueue`), so that a flood of one client delays no other's fire. The
// controller is never waited for: what it does not answer in time is answered for it.
//
// On the same way the gateway reports every second that it lives, and what fails. The report comes from
// the event loop itself: a loop that hangs falls silent, and the controller lights its fault lamp.

import FireLogic
import Glibc
import KafkaServer
import NIOCore
import StatusFeed

/// A connection to the controller's input socket. Belongs to one event loop.
final class ControllerInput: SignalInput {
    /// Signals under way: as many as the controller takes at a time, and about half of what its socket
    /// holds, so that the gateway's report always finds room.
    private static let mostUnderWay = 128
    /// People's requests under way.
    private static let mostWishes = 16
    private static let patience = TimeAmount.seconds(2)
    /// Between two tries to connect.
    private static let pause = TimeAmount.milliseconds(200)
    /// Half of what the controller asks for at least.
    private static let reportEvery = TimeAmount.seconds(1)

    private struct Signal {
        var detector: UInt32
        var isAlarm: Bool
        var deadline: NIODeadline
        var answer: (SignalOutcome) -> Void
    }

    /// A person's.
    private struct Wish {
        var deadline: NIODeadline
        var answer: (InputAnswer.Outcome?) -> Void
    }

    private let path: String
    private let loop: any EventLoop
    private var descriptor: Int32 = -1
    private var retryAt = NIODeadline.uptimeNanoseconds(0)
    private var queue = SignalQueue<Signal>()
    /// Sent and not answered, by number.
    private var underWay: [UInt32: Signal] = [:]
    /// People's requests that were sent and not answered, by number.
    private var wishes: [UInt32: Wish] = [:]
    /// The one whose turn came when the socket was full.
    private var held: Signal?
    private var lastNumber: UInt32 = 0
    private var isSending = false
    private var isSweeping = false
    private var reporting: RepeatedTask?
    /// What fails now; asked on the event loop each time, so it must not wait.
    var troubles: () -> GatewayReport = { [] }

    init(path: String, loop: any EventLoop) {
        self.path = path
        self.loop = loop
    }

    deinit {
        if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    func send(
        detector: UInt32, isAlarm: Bool, from connection: UInt64,
        answer: @escaping (SignalOutcome) -> Void
    ) {
        let signal = Signal(
            detector: detector, isAlarm: isAlarm, deadline: .now() + Self.patience, answer: answer)
        guard queue.add(signal, isAlarm: isAlarm, from: connection) else { return answer(.busy) }
        sendOn()
        sweepLater()
    }

    /// Sends what has its turn, as far as there is room.
    private func sendOn() {
        // An answer may bring the client's next signal at once, and so come back here.
        if isSending { return }
        isSending = true
        defer { isSending = false }
        while underWay.count < Self.mostUnderWay, let signal = held ?? queue.next() {
            held = nil
            if descriptor < 0 { connect() }
            lastNumber &+= 1
            let message = InputMessage(
                number: lastNumber,
                .signal(
                    DetectorID(rawValue: signal.detector), signal.isAlarm ? .alarm : .normal))
            guard descriptor >= 0, let bytes = message.bytes else {
                signal.answer(.unreachable)
                continue
            }
            let count = unsafe Glibc.send(
                descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if count == bytes.count {
                underWay[lastNumber] = signal
            } else if errno == EAGAIN {
                held = signal
                return
            } else {
                lose()
                signal.answer(.unreachable)
            }
        }
    }

    /// Hands a person's wish over, past all signals that wait: there are few, and people do not wait
    /// behind a flood. nil: the controller does not answer, and may have done it or not.
    func send(
        _ request: OperatorRequest, answer: @escaping (InputAnswer.Outcome?) -> Void
    ) {
        guard wishes.count < Self.mostWishes else { return answer(.tooMany) }
        if descriptor < 0 { connect() }
        lastNumber &+= 1
        let message = InputMessage(number: lastNumber, .request(request))
        guard descriptor >= 0, let bytes = message.bytes else { return answer(nil) }
        let count = unsafe Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        guard count == bytes.count else {
            if errno == EAGAIN { return answer(.tooMany) }
            lose()
            return answer(nil)
        }
        wishes[lastNumber] = Wish(deadline: .now() + Self.patience, answer: answer)
        sweepLater()
    }

    /// Reports from now on, for as long as the loop turns.
    func beginReports() {
        guard reporting == nil else { return }
        let here = NIOLoopBound(self, eventLoop: loop)
        reporting = loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.reportEvery) { _ in
            here.value.report(here.value.troubles())
        }
    }

    func endReports() {
        reporting?.cancel()
        reporting = nil
    }

    /// Tells the controller once. What it cannot be told now is told the next time; nobody waits for
    /// the answer.
    func report(_ troubles: GatewayReport) {
        if descriptor < 0 { connect() }
        lastNumber &+= 1
        let message = InputMessage(number: lastNumber, .gateway(troubles))
        guard descriptor >= 0, let bytes = message.bytes else { return }
        let count = unsafe Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        if count != bytes.count && errno != EAGAIN { lose() }
    }

    private func connect() {
        guard NIODeadline.now() >= retryAt else { return }
        retryAt = .now() + Self.pause
        let made = socket(
            AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            close(made)
            return
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            close(made)
            return
        }
        descriptor = made
        let here = NIOLoopBound(self, eventLoop: loop)
        let loop = loop
        AnswerReader.start(made) { answers in
            loop.execute { here.value.take(answers, of: made) }
        }
    }

    /// `answers` nil: the connection is gone, and its descriptor closed.
    private func take(_ answers: [InputAnswer]?, of connection: Int32) {
        guard let answers else {
            if connection == descriptor { lose() }
            close(connection)
            return
        }
        for answer in answers {
            if let wish = wishes.removeValue(forKey: answer.number) {
                wish.answer(answer.outcome)
                continue
            }
            guard let one = underWay.removeValue(forKey: answer.number) else { continue }
            switch answer.outcome {
            case .decided(.done): one.answer(.taken)
            case .decided, .malformed: one.answer(.refused)
            case .unknownDetector: one.answer(.unknownDetector)
            case .notNetworkDetector: one.answer(.notNetworkDetector)
            case .tooMany: one.answer(.busy)
            }
        }
        sendOn()
    }

    /// The controller is gone: whoever it has heard and not answered learns of it.
    private func lose() {
        if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
        descriptor = -1
        let gone = underWay
        underWay = [:]
        let wishesGone = wishes
        wishes = [:]
        for one in gone.values { one.answer(.unreachable) }
        for one in wishesGone.values { one.answer(nil) }
    }

    private func sweepLater() {
        if isSweeping { return }
        isSweeping = true
        let here = NIOLoopBound(self, eventLoop: loop)
        _ = loop.scheduleTask(in: .milliseconds(250)) { here.value.sweep() }
    }

    private func sweep() {
        isSweeping = false
        let now = NIODeadline.now()
        for (number, one) in underWay where one.deadline <= now {
            underWay[number] = nil
            one.answer(.unreachable)
        }
        for (number, one) in wishes where one.deadline <= now {
            wishes[number] = nil
            one.answer(nil)
        }
        if let one = held, one.deadline <= now {
            held = nil
            one.answer(.busy)
        }
        for one in queue.removeFirst(while: { $0.deadline <= now }) { one.answer(.busy) }
        sendOn()
        if !underWay.isEmpty || !wishes.isEmpty || held != nil || !queue.isEmpty { sweepLater() }
    }
}

/// The thread that sleeps on the socket.
private enum AnswerReader {
    private static let most = 256

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// `take` gets answers as they come, and nil at the end.
    static func start(
        _ descriptor: Int32, _ take: @escaping @Sendable ([InputAnswer]?) -> Void
    ) {
        let box = Box {
            while let answers = read(descriptor) { take(answers) }
            take(nil)
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(box)
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe context.map {
                    unsafe Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body()
                }
                return nil
            }, unsafe context.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            unsafe context.release()
            take(nil)
        }
    }

    /// All that has come; nil at the end.
    private static func read(_ descriptor: Int32) -> [InputAnswer]? {
        var answers: [InputAnswer] = []
        var packet = [UInt8](repeating: 0, count: InputAnswer.byteCount + 1)
        while answers.count < most {
            let flags = answers.isEmpty ? 0 : Int32(MSG_DONTWAIT)
            let count = unsafe recv(descriptor, &packet, packet.count, flags)
            if count < 0, errno == EINTR { continue }
            if count < 0, !answers.isEmpty { return answers }
            guard count > 0 else { return answers.isEmpty ? nil : answers }
            let answer = unsafe packet.withUnsafeBytes {
                unsafe InputAnswer(UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            if let answer { answers.append(answer) }
        }
        return answers
    }
}
