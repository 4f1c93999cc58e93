// What the service manager is told: datagrams to the socket that NOTIFY_SOCKET names (sd_notify(3)).
// Called by the watchdog and by the store of descriptors. It never waits; without a service manager
// there is no such socket.

import CLinux
import Glibc

package final class ServiceSocket {
    private let descriptor: Int32
    private var address = sockaddr_un()
    private let length: socklen_t

    /// Nil without NOTIFY_SOCKET, or when it makes no sense.
    package convenience init?() {
        guard let name = getenv("NOTIFY_SOCKET") else { return nil }
        self.init(name: String(cString: name))
    }

    /// - Parameter name: a path, or `@` and an abstract name.
    package init?(name: String) {
        var path = Array(name.utf8)
        guard let first = path.first, path.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        // An abstract socket begins with a zero byte, written as @.
        if first == UInt8(ascii: "@") { path[0] = 0 }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        guard descriptor >= 0 else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// One datagram, with a copy of `handing` if there is one. False: nobody took it, now.
    package func send(_ message: String, handing: Int32 = -1) -> Bool {
        let bytes = Array(message.utf8)
        return withUnsafePointer(to: &address) {
            clinux_send_to(descriptor, $0, length, bytes, bytes.count, handing)
        } == 0
    }
}
