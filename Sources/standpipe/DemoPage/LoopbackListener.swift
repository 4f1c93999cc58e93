// A listening TCP socket of this machine alone, on the demo's own loop, as its page and its mailbox need
// one. It takes no more connections than there is room for.

import Glibc
import SimulatedBuilding

final class LoopbackListener {
    let port: UInt16
    private let loop: SimLoop
    private let descriptor: Int32

    /// `port` 0 takes a free one.
    init(loop: SimLoop, port wanted: UInt16) throws(SimulationError) {
        self.loop = loop
        (descriptor, port) = try Self.make(port: wanted)
    }

    /// From now on each connection is `taken`, not blocking, or closed where there is no room.
    func open(hasRoom: @escaping () -> Bool, taken: @escaping (Int32) -> Void) {
        loop.watch(descriptor) { [descriptor] in
            while true {
                let connection = Glibc.accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                guard hasRoom() else {
                    Glibc.close(connection)
                    continue
                }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                UnixSocket.setNonBlocking(connection)
                taken(connection)
            }
        }
    }

    func close() {
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
    }

    /// Listens on 127.0.0.1. `port` 0 takes a free one. The descriptor does not block.
    private static func make(port wanted: UInt16) throws(SimulationError)
        -> (descriptor: Int32, port: UInt16)
    {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SimulationError("socket") }
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place -> Int32 in
                guard bind(descriptor, place, size) == 0, listen(descriptor, 64) == 0 else {
                    return -1
                }
                return getsockname(descriptor, place, &size)
            }
        }
        guard status == 0 else {
            let error = SimulationError("listen on 127.0.0.1:\(wanted)")
            Glibc.close(descriptor)
            throw error
        }
        UnixSocket.setNonBlocking(descriptor)
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
