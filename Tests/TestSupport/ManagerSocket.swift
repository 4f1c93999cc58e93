// A datagram socket in the service manager's place: what a service tells it, and the descriptors that come
// with that.

import Glibc

package final class ManagerSocket {
    package struct Message {
        package var text: String
        /// -1: none came with it.
        package var descriptor: Int32
    }

    /// For NOTIFY_SOCKET.
    package let path: String
    private let descriptor: Int32

    package init() {
        path = "/tmp/standpipe-manager-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        precondition(status == 0, "bind: \(errno)")
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next datagram; nil when none came in that time.
    package func take(within milliseconds: Int32 = 0) -> Message? {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, milliseconds) == 1 else { return nil }
        var text = [UInt8](repeating: 0, count: 512)
        var control = [UInt64](repeating: 0, count: 8)
        let (count, found) = text.withUnsafeMutableBytes { text in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: text.baseAddress, iov_len: text.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    let count = recvmsg(descriptor, &message, Int32(MSG_DONTWAIT))
                    // cmsghdr: length, level, type; then the descriptor.
                    let isThere = message.msg_controllen >= 20
                    return (count, isThere ? control.load(fromByteOffset: 16, as: Int32.self) : -1)
                }
            }
        }
        guard count >= 0 else { return nil }
        return Message(
            text: String(decoding: text.prefix(count), as: UTF8.self), descriptor: found)
    }

    /// All that wait.
    package func drain() -> [Message] {
        var all: [Message] = []
        while let message = take() { all.append(message) }
        return all
    }
}
