// The thread around a log's single writer, for callers that want to know: every append is answered
// when it is on the disk, or refused. All that waits goes out with one flush. The gateway's service
// log is written through it; the controller, whose loop may not take a lock, has a thread of its own
// (`SafetyLog`). It never answers before the disk did, and never answers twice.

import CLinux
import Glibc

/// Takes appends from any thread and answers each when it is durable.
package final class LogWriter<Files: LogFiles>: @unchecked Sendable {
    package typealias Answer = @Sendable (Result<[AppendResult], AppendError>) -> Void

    private struct Request {
        var steps: [AppendStep]
        var bytes: Int
        var answer: Answer
    }

    /// Milliseconds until a flush that failed is tried again.
    private static var retry: Int64 { 1_000 }
    /// Milliseconds between two looks at what is older than its topic keeps it.
    private static var retention: Int64 { 60_000 }
    /// Milliseconds without an append after which the log is put to rest.
    private static var patienceOfRest: Int64 { 1_000 }
    /// Nanoseconds without another append after which a group goes out.
    private static var patience: Int64 { 20_000 }

    private let log: EventLog<Files>
    private let backlogBytes: Int
    private let clock: @Sendable () -> Int64
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var thread = pthread_t()

    // Under the mutex.
    private var waiting: [Request] = []
    private var waitingBytes = 0
    private var isStopping = false
    private var tally = LogCounters()
    private var failure: FileError?

    // The thread's own.
    private var taken: [Request] = []
    private var lastGroup = 0
    private var retainAt: Int64 = 0
    private var restedAt: DurableEnd?
    private var staged: [(answer: Answer, results: [AppendResult])] = []

    /// Starts the thread. Appends of together more than `backlogBytes` that wait are refused.
    /// `clock` gives milliseconds since 1970.
    package init(
        _ log: sending EventLog<Files>, backlogBytes: Int = 8 << 20,
        clock: @escaping @Sendable () -> Int64 = wallMilliseconds
    ) throws(FileError) {
        self.log = log
        self.backlogBytes = backlogBytes
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
    /// `stop`.
    package func append(_ steps: [AppendStep], answer: @escaping Answer) {
        let bytes = Self.bytes(of: steps)
        pthread_mutex_lock(mutex)
        let refusal: AppendError? =
            isStopping ? .full : waitingBytes + bytes > backlogBytes ? .backlogged : nil
        if refusal == nil {
            waiting.append(Request(steps: steps, bytes: bytes, answer: answer))
            waitingBytes += bytes
            if waiting.count == 1 { pthread_cond_signal(wake) }
        }
        pthread_mutex_unlock(mutex)
        if let refusal { answer(.failure(refusal)) }
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

    fileprivate func run() {
        while take() {
            let now = clock()
            if isRetentionDue {
                retainAt = now + Self.retention
                log.retain(wallMilliseconds: now)
            }
            for request in taken { stage(request, now) }
            taken.removeAll(keepingCapacity: true)
            flush()
        }
        do throws(FileError) { try log.close(wallMilliseconds: clock()) } catch { note(error) }
    }

    private var isRetentionDue: Bool {
        let now = clock()
        return now >= retainAt || now < retainAt - Self.retention
    }

    /// Waits for appends or until retention is due; false: there are none left and the thread is to
    /// end. While there is nothing to do, the next spare is made.
    private func take() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if isStopping { return false }
            pthread_mutex_unlock(mutex)
            let isMore = prepare()
            pthread_mutex_lock(mutex)
            if !waiting.isEmpty || isStopping || isMore { continue }
            if isRetentionDue { return true }
            guard isExposed else {
                sleep(milliseconds: Self.retention)
                continue
            }
            sleep(milliseconds: Self.patienceOfRest)
            if waiting.isEmpty, !isStopping {
                pthread_mutex_unlock(mutex)
                rest()
                pthread_mutex_lock(mutex)
            }
        }
        gather()
        swap(&waiting, &taken)
        waitingBytes = 0
        lastGroup = taken.count
        return true
    }

    /// Appenders that were answered together append again one after another: taking the first alone
    /// would give it a flush of its own while all others wait for the next. So, as long as they keep
    /// coming, half of the last group is waited for; the other half comes while that one is written,
    /// and the disk is never idle. Called and left with the mutex.
    private func gather() {
        var seen = waiting.count
        var since = Self.nanoseconds
        while seen < lastGroup / 2, !isStopping {
            pthread_mutex_unlock(mutex)
            sched_yield()
            pthread_mutex_lock(mutex)
            let now = Self.nanoseconds
            if waiting.count > seen {
                seen = waiting.count
                since = now
            } else if now - since > Self.patience {
                return
            }
        }
    }

    private static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Whether there is something to put to rest; not tried again where there was no room.
    private var isExposed: Bool { log.isExposed && restedAt != log.durableEnd }

    private func rest() {
        do throws(FileError) { try log.rest(wallMilliseconds: clock()) } catch { note(error) }
        restedAt = log.durableEnd
    }

    private func prepare() -> Bool {
        do throws(FileError) { return try log.prepare(wallMilliseconds: clock()) } catch {
            note(error)
            return false
        }
    }

    private func stage(_ request: Request, _ now: Int64) {
        do throws(AppendError) {
            staged.append((request.answer, try log.stage(request.steps, wallMilliseconds: now)))
        } catch .backlogged where log.hasStaged {
            flush()
            do throws(AppendError) {
                let results = try log.stage(request.steps, wallMilliseconds: clock())
                staged.append((request.answer, results))
            } catch {
                request.answer(.failure(error))
            }
        } catch {
            request.answer(.failure(error))
        }
    }

    /// Makes durable what is staged, and answers it. A disk that fails is tried again until it
    /// works or the thread is to end.
    private func flush() {
        guard log.hasStaged || !staged.isEmpty else { return }
        while true {
            do throws(FileError) {
                try log.flush(wallMilliseconds: clock())
                break
            } catch {
                note(error)
                if !pause() { return giveUp() }
            }
        }
        pthread_mutex_lock(mutex)
        tally = log.counters
        failure = log.lastFailure
        pthread_mutex_unlock(mutex)
        for request in staged { request.answer(.success(request.results)) }
        staged.removeAll(keepingCapacity: true)
    }

    private func giveUp() {
        for request in staged { request.answer(.failure(.full)) }
        staged.removeAll()
    }

    /// Waits before the next try; false: the thread is to end.
    private func pause() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isStopping { return false }
        sleep(milliseconds: Self.retry)
        return true
    }

    /// With the mutex, until it is woken or the time is over. By the clock that nobody sets.
    private func sleep(milliseconds: Int64) {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_sec += Int(milliseconds / 1_000)
        pthread_cond_timedwait(wake, mutex, &end)
    }

    private func note(_ error: FileError) {
        pthread_mutex_lock(mutex)
        failure = error
        tally = log.counters
        pthread_mutex_unlock(mutex)
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

/// A generic class cannot be told from a C pointer; what its thread needs of it can.
private protocol LogWriterThread: AnyObject {
    func run()
}

extension LogWriter: LogWriterThread {}

private func logWriterThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    clinux_name_thread("log writer")
    (Unmanaged<AnyObject>.fromOpaque(context).takeRetainedValue() as? any LogWriterThread)?.run()
    return nil
}
