// Where messages of the gateway's side come in: a Unix socket of packets, bounded in connections,
// in messages a tick and in messages a second. Its peers are not trusted: what is no message is
// answered as such, who sends too much is left waiting, who does not read answers is dropped. A
// valve cannot be reached from here (promise APART). The gateway's reports end here: see GatewayWatch.

import CLinux
import ControlLoop
import FireLogic
import Glibc
import PlanFile
import StatusFeed

package struct InputSocket {
    package static let connections = 16
    package static let messagesPerTick = 128
    /// A second's worth of messages that one connection may send at once, and no connection after
    /// it in the same slot.
    package static let messagesPerSecond = 20_000
    /// A connection that has used up its messages waits this long.
    private static let pause: Interval = .milliseconds(20)

    private struct Connection {
        var descriptor: Int32 = -1
        /// Tells the answers of a former connection in this slot apart.
        var generation: UInt16 = 0
        var credit = 0
        /// `never` while it may send.
        var pausedUntil: Instant = .never
    }

    private let plan: SitePlan
    private let lookup: DetectorLookup
    private let poller: Poller
    private var listener: Int32 = -1
    private var slots: [Connection]
    private var creditAt: Instant
    private var watch: GatewayWatch

    /// Listens at `path`; a socket that an earlier run left there is replaced. Without a listener
    /// `isListening` is false and everything else works.
    package init(path: String, plan: SitePlan, poller: Poller, at now: Instant) {
        self.plan = plan
        lookup = DetectorLookup(plan: plan)
        self.poller = poller
        slots = Array(
            repeating: Connection(credit: Self.messagesPerSecond), count: Self.connections)
        creditAt = now
        watch = GatewayWatch(isExpected: plan.expectsGateway, at: now)
        listener = Self.listen(at: path)
        if listener >= 0 { _ = poller.watch(listener, as: .listener) }
    }

    package var isListening: Bool { listener >= 0 }

    package var nextDeadline: Instant {
        var next = watch.deadline
        for slot in slots { next = min(next, slot.pausedUntil) }
        return next
    }

    package func closeAll() {
        for slot in slots where slot.descriptor >= 0 { close(slot.descriptor) }
        if listener >= 0 { close(listener) }
    }

    /// Someone wants to connect. Beyond the bound it is turned away at once.
    package mutating func accept() {
        let descriptor = clinux_accept(listener)
        guard descriptor >= 0 else { return }
        guard let slot = slots.firstIndex(where: { $0.descriptor < 0 }),
            poller.watch(descriptor, as: .connection(slot: slot))
        else {
            close(descriptor)
            return
        }
        slots[slot].descriptor = descriptor
        slots[slot].generation &+= 1
        // Its credit stays that of the slot: who connects anew has no more than before.
        slots[slot].pausedUntil = .never
    }

    /// Gives credit as time passes, wakes connections whose pause is over, and says what the gateway's
    /// reports and its silence mean.
    package mutating func advance(to now: Instant, into inputs: inout [Input]) {
        watch.advance(to: now, into: &inputs)
        let perMessage = 1_000_000_000 / Int64(Self.messagesPerSecond)
        let grown = (now - creditAt).nanoseconds / perMessage
        if grown > 0 {
            // What is left of a message's time counts for the next.
            creditAt = creditAt + Interval(nanoseconds: grown * perMessage)
            for slot in slots.indices {
                slots[slot].credit = Int(
                    min(Int64(slots[slot].credit) + grown, Int64(Self.messagesPerSecond)))
            }
        }
        for slot in slots.indices where now >= slots[slot].pausedUntil {
            slots[slot].pausedUntil = .never
            if !poller.watch(slots[slot].descriptor, as: .connection(slot: slot)) { drop(slot) }
        }
    }

    /// Takes what a connection has sent, up to the bounds.
    package mutating func read(_ slot: Int, at now: Instant, into inputs: inout [Input]) {
        var packet: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        for _ in 0..<Self.messagesPerTick {
            guard slots[slot].descriptor >= 0 else { return }
            guard slots[slot].credit > 0 else {
                poller.unwatch(slots[slot].descriptor)
                slots[slot].pausedUntil = now + Self.pause
                return
            }
            // One byte more than a message, so that a longer packet is seen as such.
            let count = withUnsafeMutableBytes(of: &packet) {
                recv(slots[slot].descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return }
            guard count > 0 else {
                drop(slot)
                return
            }
            slots[slot].credit -= 1
            withUnsafeBytes(of: &packet) {
                take(
                    UnsafeRawBufferPointer(rebasing: $0[..<count]), slot, at: now, into: &inputs)
            }
        }
    }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ slot: Int, at now: Instant,
        into inputs: inout [Input]
    ) {
        let message: InputMessage
        do {
            message = try InputMessage(bytes)
        } catch {
            send(InputAnswer(number: 0, .malformed), to: slot)
            return
        }
        let ticket = Ticket(
            connection: Int32(slots[slot].generation) << 8 | Int32(slot), message: message.number)
        switch message.content {
        case .request(let request):
            inputs.append(.request(request, ticket: ticket))
        case .gateway(let report):
            watch.hear(report, at: now)
            send(InputAnswer(number: message.number, .decided(.done)), to: slot)
        case .signal(let id, let reading):
            guard let index = lookup.position(of: id) else {
                send(InputAnswer(number: message.number, .unknownDetector), to: slot)
                return
            }
            guard plan.detectors[index].source == .network else {
                send(InputAnswer(number: message.number, .notNetworkDetector), to: slot)
                return
            }
            inputs.append(.signal(detector: index, reading, ticket: ticket))
        }
    }

    package mutating func answer(_ ticket: Ticket, _ outcome: RequestOutcome) {
        let slot = Int(ticket.connection & 0xFF)
        guard slots.indices.contains(slot),
            Int32(slots[slot].generation) == ticket.connection >> 8
        else { return }
        send(InputAnswer(number: ticket.message, .decided(outcome)), to: slot)
    }

    private mutating func send(_ answer: InputAnswer, to slot: Int) {
        guard slots[slot].descriptor >= 0 else { return }
        var word = answer.word
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        let count = Glibc.send(
            slots[slot].descriptor, &word, InputAnswer.byteCount, flags)
        if count != InputAnswer.byteCount { drop(slot) }
    }

    private mutating func drop(_ slot: Int) {
        if slots[slot].descriptor >= 0 { close(slots[slot].descriptor) }
        slots[slot].descriptor = -1
        slots[slot].pausedUntil = .never
    }

    private static func listen(at path: String) -> Int32 {
        let descriptor = socket(
            AF_UNIX,
            Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            close(descriptor)
            return -1
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        unlink(path)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0, chmod(path, 0o660) == 0,
            Glibc.listen(descriptor, Int32(connections)) == 0
        else {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
