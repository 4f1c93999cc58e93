// The pseudo-terminal of a simulated modem, and the link that names it.

import Glibc

package struct ModemTerminalError: Error, CustomStringConvertible {
    package let description: String
    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

struct ModemTerminal {
    let master: Int32
    /// Held open, so that the line is not hung up while nobody else has it.
    private let far: Int32
    private let link: String

    init(link: String) throws(ModemTerminalError) {
        var mode = termios()
        // Raw from the start: a terminal that echoes would tell the modem its own words.
        cfmakeraw(&mode)
        mode.c_cflag |= tcflag_t(CREAD | CLOCAL)
        cfsetspeed(&mode, speed_t(B115200))
        var (master, far): (Int32, Int32) = (-1, -1)
        guard openpty(&master, &far, nil, &mode, nil) == 0 else {
            throw ModemTerminalError("openpty")
        }
        for descriptor in [master, far] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
        var name = [CChar](repeating: 0, count: 128)
        unlink(link)
        guard ttyname_r(far, &name, name.count) == 0, symlink(name, link) == 0 else {
            let error = ModemTerminalError("link \(link)")
            Glibc.close(master)
            Glibc.close(far)
            throw error
        }
        (self.master, self.far, self.link) = (master, far, link)
    }

    func close() {
        unlink(link)
        Glibc.close(master)
        Glibc.close(far)
    }

    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(master, &bytes, bytes.count)
        return count > 0 ? Array(bytes.prefix(count)) : []
    }

    /// What does not fit is lost, as on a line without flow control.
    func write(_ bytes: [UInt8]) { _ = Glibc.write(master, bytes, bytes.count) }
}
