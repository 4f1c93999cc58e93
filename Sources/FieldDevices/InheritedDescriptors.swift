// What the service manager kept for this process since an earlier one: descriptors from 3 on, counted by
// LISTEN_FDS, named by LISTEN_FDNAMES, meant for the process LISTEN_PID (sd_listen_fds(3)). Taken before
// anything else opens a descriptor. It judges none of them: `KeptValves` does.

import Glibc

package struct InheritedDescriptor: Hashable, Sendable {
    package var descriptor: Int32
    /// What it was stored as; empty when nobody says.
    package var name: String

    package init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }
}

package enum InheritedDescriptors {
    /// More than this is no store of ours: a valve has one line.
    static let most = 1_024
    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// Takes the descriptors of this process and the variables that told of them. All are
    /// close-on-exec from now on; numbers behind which nothing is open are left out.
    package static func take() -> [InheritedDescriptor] {
        let found = read(first: 3) { getenv($0).map { String(cString: $0) } }
        for name in variables { unsetenv(name) }
        return found
    }

    /// `take` with other variables and another first descriptor.
    static func read(first: Int32, _ variable: (String) -> String?) -> [InheritedDescriptor] {
        guard let pid = variable("LISTEN_PID"), pid_t(pid) == getpid(),
            let text = variable("LISTEN_FDS"), let count = Int(text), (1...most).contains(count)
        else { return [] }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(
            separator: ":", maxSplits: most, omittingEmptySubsequences: false)
        var found: [InheritedDescriptor] = []
        for place in 0..<count {
            let descriptor = first + Int32(place)
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { continue }
            found.append(
                InheritedDescriptor(
                    descriptor: descriptor,
                    name: place < names.count ? String(names[place]) : ""))
        }
        return found
    }
}
