// The service manager's store of descriptors (systemd: FileDescriptorStoreMax=, sd_notify FDSTORE=1).
// What lies there outlives this process: a valve line stays driven while nobody runs. Called by
// `LibgpiodChips`. It never waits for the manager, except once at the start and only for what is removed
// there; what cannot be told now is told with a later tick.

import FireLogic
import Glibc

package final class DescriptorStore {
    private enum Task: Hashable {
        case keep(name: String, descriptor: Int32)
        case remove(name: String)
    }

    /// What is to be removed and cannot be told. Beyond that it stays in the store: nobody's line, for
    /// the next start to find.
    private static let mostRemovals = 1_024

    private let socket: ServiceSocket?
    /// In order. One for each line that is held at most, and the removals.
    private var waiting: [Task] = []
    private var count: UInt64 = 0
    private let start = BootClock.now

    package init(socket: ServiceSocket? = ServiceSocket()) {
        self.socket = socket
    }

    /// A name that no other descriptor has or had in this boot, so that it can be removed alone.
    func freshName(_ stem: String) -> String {
        count += 1
        return "\(stem).\(String(start.nanoseconds, radix: 36)).\(count)"
    }

    /// Puts a copy of `descriptor` into the store. FDPOLL=0: that the manager does not drop it by
    /// itself when its chip is gone, which is ours to find out and to say.
    func keep(_ descriptor: Int32, as name: String) {
        add(.keep(name: name, descriptor: descriptor))
    }

    /// Takes every descriptor of this name out of the store.
    func remove(_ name: String) {
        let before = waiting.count
        waiting.removeAll {
            if case .keep(name, _) = $0 { true } else { false }
        }
        guard waiting.count == before, before < Self.mostRemovals else { return }
        add(.remove(name: name))
    }

    /// `descriptor` is about to be closed: it is not handed over later, when its number is another's.
    func forget(_ descriptor: Int32) {
        waiting.removeAll {
            if case .keep(_, descriptor) = $0 { true } else { false }
        }
    }

    /// Tells what waits. Costs nothing when nothing does.
    package func tell() {
        guard !waiting.isEmpty, let socket else { return }
        var told = 0
        while told < waiting.count {
            let succeeded =
                switch waiting[told] {
                case .keep(let name, let descriptor):
                    socket.send("FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", handing: descriptor)
                case .remove(let name):
                    socket.send("FDSTOREREMOVE=1\nFDNAME=\(name)")
                }
            guard succeeded else { break }
            told += 1
        }
        waiting.removeFirst(told)
    }

    /// `tell`, and waits at most `milliseconds` until the manager has room for it.
    package func tell(within milliseconds: Int) {
        for _ in 0..<milliseconds {
            tell()
            guard isWaiting else { return }
            usleep(1_000)
        }
    }

    package var isWaiting: Bool { socket != nil && !waiting.isEmpty }

    /// Waits at most `milliseconds` until the manager has done all that it was told: BARRIER=1 hands it
    /// the end of a pipe, which it closes when it gets there.
    func settle(within milliseconds: Int32) {
        tell(within: Int(milliseconds))
        guard let socket else { return }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let isTold = socket.send("BARRIER=1", handing: ends[1])
        close(ends[1])
        if isTold {
            var closed = pollfd(fd: ends[0], events: 0, revents: 0)
            _ = poll(&closed, 1, milliseconds)
        }
        close(ends[0])
    }

    private func add(_ task: Task) {
        guard socket != nil else { return }
        waiting.append(task)
        tell()
    }
}
