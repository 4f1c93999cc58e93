// Unix SOCK_SEQPACKET sockets: made, connected and listened to. Used by both ends of the simulated
// GPIO lines and by the network senders. It moves no data.

import Glibc

package enum UnixSocket {
    private static func make() throws(SimulationError) -> Int32 {
        let descriptor = socket(
            AF_UNIX,
            Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SimulationError("socket") }
        return descriptor
    }

    /// Throws ENOENT or ECONNREFUSED when nobody listens at `path`.
    package static func connect(path: String) throws(SimulationError) -> Int32 {
        let descriptor = try make()
        let status = try withAddress(path) { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else {
            let error = SimulationError("connect to \(path)")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    package static func listen(path: String) throws(SimulationError) -> Int32 {
        let descriptor = try make()
        unlink(path)
        let status = try withAddress(path) { bind(descriptor, $0, $1) }
        guard status == 0, Glibc.listen(descriptor, 64) == 0 else {
            let error = SimulationError("listen at \(path)")
            close(descriptor)
            throw error
        }
        setNonBlocking(descriptor)
        return descriptor
    }

    package static func setNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(SimulationError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            throw SimulationError("socket path \(path)", errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }
}
