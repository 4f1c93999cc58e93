// SIGPIPE while libcurl works: it must not end the process, and nothing of it may stay behind.

import Glibc
import Testing

@testable import Mail

@Suite("Silenced pipe")
struct SilencedPipeTests {
    @Test("Writing to who has left ends no process, and leaves no signal behind")
    func survives() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        // A thread of the tests may have it blocked already; then nothing would be shown.
        var only = sigset_t()
        sigemptyset(&only)
        sigaddset(&only, SIGPIPE)
        var before = sigset_t()
        pthread_sigmask(SIG_UNBLOCK, &only, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let error = SilencedPipe.during { write(ends[1], "x", 1) == -1 ? errno : 0 }
        #expect(error == EPIPE)
        var after = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &after)
        #expect(sigismember(&after, SIGPIPE) == 0)
        var pending = sigset_t()
        sigpending(&pending)
        #expect(sigismember(&pending, SIGPIPE) == 0)
    }
}
