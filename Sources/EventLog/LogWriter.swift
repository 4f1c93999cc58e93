// The thread around a log's single writer, for callers that want to know: every append is answered
// when it is on the disk, or refused. All that waits goes out with one flush. The gateway's service
// log is written through it; the controller, whose loop may not take a lock, has a thread of its own
// (`SafetyLog`). A caller may also lead: write a small group on his own thread. It never answers before
// the disk did, and never answers twice.

import CLinux
import Glibc

/// Takes appends from any thread and answers each when it is durable.
package final class LogWriter<Files: LogFiles>: @unchecked Sendable {
    package typealias Answer = @Sendable (Result<[AppendResult], AppendError>) -> Void

    struct Request {
        var steps: [AppendStep]
        var bytes: Int
        var answer: Answer
    }

    /// Milliseconds until a flush that failed is tried again.
    static var retry: Int64 { 1_000 }
    /// Milliseconds between two looks at what is older than its topic keeps it.
    static var retention: Int64 { 60_000 }
    /// Milliseconds without an append after which the log is put to rest.
    static var patienceOfRest: Int64 { 1_000 }
    /// Nanoseconds without another append after which a group goes out.
    static var patience: Int64 { 20_000 }
    /// What a leader makes durable himself: so many appends, of so many bytes.
    static var mostLed: Int { 256 }
    static var mostBytesLed: Int { 256 << 10 }
    /// Nanoseconds that the thread has the log alone, at most, after a leader found the disk slow.
    static var longestPause: Int64 { 10_000_000_000 }

    let log: EventLog<Files>
    let backlogBytes: Int
    let slowFlush: Int64
    let pauseFactor: Int64
    let clock: @Sendable () -> Int64
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    var thread = pthread_t()

    // Under the mutex.
    var waiting: [Request] = []
    var waitingBytes = 0
    var isStopping = false
    var tally = LogCounters()
    var failure: FileError?
    /// The thread, or who leads, is at the log and at what is said below to be theirs. The thread is
    /// from the beginning, until it first waits.
    var isWorking = true
    /// The thread sleeps for long: there was nothing to put to rest.
    var isNapping = false
    /// Nobody leads before, by `nanoseconds`.
    var leadFrom: Int64 = 0

    // Theirs.
    var taken: [Request] = []
    var lastGroup = 0
    var retainAt: Int64 = 0
    var restedAt: DurableEnd?
    var staged: [(answer: Answer, results: [AppendResult])] = []

    /// Starts the thread. Appends of together more than `backlogBytes` that wait are refused.
    /// `clock` gives milliseconds since 1970. A leader's flush of more than `slowFlush` nanoseconds
    /// leaves the log to the thread for `pauseFactor` times as long, and 10 s at most: of a disk that is
    /// slow for once little is lost, and one that always is holds a leader up for a fiftieth of his time.
    package init(
        _ log: sending EventLog<Files>, backlogBytes: Int = 8 << 20, slowFlush: Int64 = 1_000_000,
        pauseFactor: Int64 = 50,
        clock: @escaping @Sendable () -> Int64 = wallMilliseconds
    ) throws(FileError) {
        self.log = log
        self.backlogBytes = backlogBytes
        self.slowFlush = slowFlush
        self.pauseFactor = pauseFactor
        self.clock = clock
        mutex.initialize(to: pthread_mutex_t())
        wake.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(wake, &attributes)
        pthread_condattr_destroy(&attributes)
        let context = Unmanaged.passRetained(self as AnyObject)
        let code = pthread_create(&thread, nil, logWriterThread, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw FileError(call: "pthread_create", path: "log writer", errno: code)
        }
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(wake)
        mutex.deallocate()
        wake.deallocate()
    }

    /// Hands an append over. `answer` is called once, on the writer's thread, and must not block;
    /// `backlogged` at once and on the caller's thread when too much waits already, `full` after
    /// `stop`. With `isLed` the caller says that he will call `lead`: the thread is woken only for
    /// more than he does himself.
    package func append(
        _ steps: [AppendStep], isLed: Bool = false, answer: @escaping Answer
    ) {
        let bytes = Self.bytes(of: steps)
        pthread_mutex_lock(mutex)
        let refusal: AppendError? =
            isStopping ? .full : waitingBytes + bytes > backlogBytes ? .backlogged : nil
        if refusal == nil {
            waiting.append(Request(steps: steps, bytes: bytes, answer: answer))
            waitingBytes += bytes
            if waiting.count == (isLed ? Self.mostLed + 1 : 1) { pthread_cond_signal(wake) }
        }
        pthread_mutex_unlock(mutex)
        if let refusal { answer(.failure(refusal)) }
    }

    /// Makes durable on the caller's thread what waits, and answers it there, if that is little,
    /// nobody is at it already and the disk is quick: an append alone then costs no change of
    /// threads, which takes as long as a quick disk's flush. Otherwise the thread does it.
    package func lead() {
        pthread_mutex_lock(mutex)
        guard !waiting.isEmpty, !isWorking, !isStopping else {
            // Whoever is at it looks again when he is done.
            pthread_mutex_unlock(mutex)
            return
        }
        let begun = Self.nanoseconds
        guard waiting.count <= Self.mostLed, waitingBytes <= Self.mostBytesLed,
            begun >= leadFrom, staged.isEmpty
        else {
            pthread_cond_signal(wake)
            pthread_mutex_unlock(mutex)
            return
        }
        takeWaiting()
        pthread_mutex_unlock(mutex)
        stageTaken()
        // A disk that fails is the thread's business.
        _ = tryFlush()
        pthread_mutex_lock(mutex)
        isWorking = false
        let end = Self.nanoseconds
        let flush = end - begun
        if flush > slowFlush {
            let pause = flush.multipliedReportingOverflow(by: pauseFactor)
            leadFrom =
                end
                + (pause.overflow ? Self.longestPause : min(pause.partialValue, Self.longestPause))
        }
        if !waiting.isEmpty || !staged.isEmpty || isStopping || isNapping {
            isNapping = false
            pthread_cond_signal(wake)
        }
        pthread_mutex_unlock(mutex)
    }

    /// What the log has counted up to its last flush.
    package var counters: LogCounters {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return tally
    }

    /// The file call that failed last, until a flush succeeds again.
    package var lastFailure: FileError? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return failure
    }

    /// Writes what waits, closes the log and ends the thread. What cannot be written any more is
    /// answered with `full`.
    package func stop() {
        pthread_mutex_lock(mutex)
        let isFirst = !isStopping
        isStopping = true
        pthread_cond_signal(wake)
        pthread_mutex_unlock(mutex)
        if isFirst { pthread_join(thread, nil) }
    }

    /// What an append counts for in `backlogBytes`.
    package static func bytes(of steps: [AppendStep]) -> Int {
        steps.reduce(0) { sum, step in
            if case .batch(_, let bytes) = step { sum + bytes.count } else { sum + 64 }
        }
    }
}

/// clock_gettime(CLOCK_REALTIME), milliseconds since 1970; may jump.
@Sendable package func wallMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
