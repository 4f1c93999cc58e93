// Signals as data: the demo ends in order on SIGINT, SIGTERM and SIGHUP, and when nobody reads what
// it prints (SIGPIPE); it draws anew on SIGWINCH. To be made before any thread is started, so that none of them takes the signals.

import CLinux
import Glibc
import SimulatedBuilding

final class DemoSignals {
    private let descriptor: Int32

    init() throws(SimulationError) {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGWINCH] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        descriptor = signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        guard descriptor >= 0 else { throw SimulationError("signalfd") }
    }

    deinit { close(descriptor) }

    func watch(on loop: SimLoop, handler: @escaping (Int32) -> Void) {
        loop.watch(descriptor) { [descriptor] in
            var information = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            while read(descriptor, &information, size) == size {
                handler(Int32(information.ssi_signo))
            }
        }
    }
}
