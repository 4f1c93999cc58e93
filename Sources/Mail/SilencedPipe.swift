// Keeps SIGPIPE from the process while libcurl writes: with NOSIGNAL it leaves that to its caller, and a
// server that vanishes must not end the gateway. For this thread alone, and nothing stays behind.

import Glibc

enum SilencedPipe {
    /// Runs `body` with SIGPIPE blocked in this thread; one that came meanwhile is taken away.
    static func during<Result>(_ body: () -> Result) -> Result {
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        var before = sigset_t()
        var waiting = sigset_t()
        sigpending(&waiting)
        let wasPending = sigismember(&waiting, SIGPIPE) == 1
        let isBlocked = pthread_sigmask(SIG_BLOCK, &pipe, &before) == 0
        defer {
            if isBlocked {
                if !wasPending {
                    var none = timespec()
                    while sigtimedwait(&pipe, nil, &none) == -1 && errno == EINTR {}
                }
                pthread_sigmask(SIG_SETMASK, &before, nil)
            }
        }
        return body()
    }
}
