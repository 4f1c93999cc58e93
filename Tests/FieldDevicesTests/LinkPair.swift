// A Modbus TCP link whose other end the test plays itself, on the same thread.

import CLinux
import FireLogic
import Glibc
import PlanFile
import Testing

@testable import FieldDevices

/// What a link brought back, for comparisons.
enum Seen: Equatable {
    /// The job and its first register.
    case values(Int, UInt16)
    case refusal(Int)
    case silent(Int)
    case garbled(Int)
    case lost
}

/// An open link and the other end of its connection. Job n asks unit n + 1 for register 0.
final class LinkPair {
    let link: ModbusTcpLink
    private let stopper = eventfd(0, Int32(EFD_NONBLOCK))
    private let listener: Int32
    private var stream: Int32 = -1
    private let polls: [PollRequest]
    /// Segments with data that came from the link (TCP_INFO: tcpi_data_segs_in, at byte 152).
    var segments: Int {
        var info = [UInt8](repeating: 0, count: 256)
        var size = socklen_t(info.count)
        getsockopt(stream, Int32(IPPROTO_TCP), TCP_INFO, &info, &size)
        return info[152..<156].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isListening)
        let port = UInt16(bigEndian: address.sin_port)
        link = try ModbusTcpLink(host: "127.0.0.1", port: port, stop: stopper)
        let site = TestSite.site(
            .tcp(host: "127.0.0.1", port: port), (1...16).map { (TestSite.point($0), nil) })
        polls = PollPlan(plan: site, bus: 0).requests
        try #require(link.open() == 0)
        stream = accept(listener, nil, nil)
        var one: Int32 = 1
        setsockopt(stream, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    deinit {
        hangUp()
        close(listener)
        close(stopper)
    }

    func ask(_ jobs: some Sequence<Int>, timeout: Interval = .seconds(5)) {
        for job in jobs { link.ask(job, polls[job], timeout: timeout, at: ModbusClock.now) }
    }

    func wait(milliseconds: Int = 5_000) -> Bool {
        link.wait(until: ModbusClock.now + .milliseconds(milliseconds))
    }

    func events() -> [Seen] {
        var seen: [Seen] = []
        while let event = link.next(at: ModbusClock.now) {
            switch event {
            case .lost: return seen + [.lost]
            case .ended(let end):
                switch end.outcome {
                case .values(let data):
                    let value = ModbusFrame.value(data, offset: 0, table: .holdingRegister)
                    seen.append(.values(end.job, value))
                case .refusal: seen.append(.refusal(end.job))
                case .silent: seen.append(.silent(end.job))
                case .garbled: seen.append(.garbled(end.job))
                }
            }
        }
        return seen
    }

    /// Lets the link send, and takes `count` requests on the other side.
    func requests(_ count: Int) -> [SlaveRequest] {
        _ = link.wait(until: .zero)
        var bytes = [UInt8](repeating: 0, count: 1_024)
        var have = 0
        while have < 12 * count {
            let room = bytes.count - have
            let got = bytes.withUnsafeMutableBytes {
                recv(stream, $0.baseAddress?.advanced(by: have), room, 0)
            }
            if got <= 0 { return [] }
            have += got
        }
        return (0..<count).map { number in
            let frame = bytes[12 * number..<12 * number + 12].map { Int($0) }
            return SlaveRequest(
                transaction: UInt16(frame[0] << 8 | frame[1]), unit: UInt8(frame[6]),
                function: UInt8(frame[7]), address: frame[8] << 8 | frame[9],
                count: frame[10] << 8 | frame[11])
        }
    }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(stream, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    func hangUp() {
        if stream >= 0 { close(stream) }
        stream = -1
    }

    func stop() {
        var one: UInt64 = 1
        _ = write(stopper, &one, MemoryLayout<UInt64>.size)
    }
}
