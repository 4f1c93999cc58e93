// What the log's thread does, and who leads in its place: takes what waits, makes it durable, answers it;
// and in between the log's own house-keeping. Only who has set `isWorking` touches the log.

import CLinux
import Glibc

extension LogWriter {
    func run() {
        while take() {
            let now = clock()
            if isRetentionDue {
                retainAt = now + Self.retention
                log.retain(wallMilliseconds: now)
            }
            stageTaken()
            flush()
        }
        do throws(FileError) { try log.close(wallMilliseconds: clock()) } catch { note(error) }
    }

    var isRetentionDue: Bool {
        let now = clock()
        return now >= retainAt || now < retainAt - Self.retention
    }

    /// Waits for appends or until retention is due; false: there are none left and the thread is to
    /// end. While there is nothing to do, the next spare is made.
    func take() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isWorking = false
        while true {
            if isWorking {
                // Somebody leads; he signals when something is left.
                isNapping = true
                sleep(milliseconds: Self.retention)
                continue
            }
            isWorking = true
            if !waiting.isEmpty || !staged.isEmpty { break }
            if isStopping { return false }
            let isExposed = alone { () -> Bool? in prepare() ? nil : self.isExposed }
            guard let isExposed, waiting.isEmpty, !isStopping else {
                isWorking = false
                continue
            }
            if isRetentionDue { return true }
            isWorking = false
            isNapping = !isExposed
            let flushes = tally.flushes
            sleep(milliseconds: isExposed ? Self.patienceOfRest : Self.retention)
            guard isExposed, waiting.isEmpty, !isStopping, !isWorking, tally.flushes == flushes
            else { continue }
            isWorking = true
            alone { rest() }
            isWorking = false
        }
        gather()
        takeWaiting()
        return true
    }

    /// Runs `body` without the mutex.
    func alone<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_unlock(mutex)
        defer { pthread_mutex_lock(mutex) }
        return body()
    }

    /// What waits is now the caller's to write. With the mutex.
    func takeWaiting() {
        isWorking = true
        swap(&waiting, &taken)
        waitingBytes = 0
        lastGroup = taken.count
    }

    /// Appenders that were answered together append again one after another: taking the first alone
    /// would give it a flush of its own while all others wait for the next. So, as long as they keep
    /// coming, half of the last group is waited for; the other half comes while that one is written,
    /// and the disk is never idle. Called and left with the mutex.
    func gather() {
        var seen = waiting.count
        var since = Self.nanoseconds
        while seen < lastGroup / 2, !isStopping {
            alone { _ = sched_yield() }
            let now = Self.nanoseconds
            if waiting.count > seen {
                seen = waiting.count
                since = now
            } else if now - since > Self.patience {
                return
            }
        }
    }

    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Whether there is something to put to rest; not tried again where there was no room.
    var isExposed: Bool { log.isExposed && restedAt != log.durableEnd }

    func rest() {
        do throws(FileError) { try log.rest(wallMilliseconds: clock()) } catch { note(error) }
        restedAt = log.durableEnd
    }

    func prepare() -> Bool {
        do throws(FileError) { return try log.prepare(wallMilliseconds: clock()) } catch {
            note(error)
            return false
        }
    }

    func stageTaken() {
        let now = clock()
        for request in taken { stage(request, now) }
        taken.removeAll(keepingCapacity: true)
    }

    func stage(_ request: Request, _ now: Int64) {
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
    func flush() {
        while !tryFlush() {
            if !pause() { return giveUp() }
        }
    }

    /// One try; false: the disk failed, and all stays staged.
    func tryFlush() -> Bool {
        guard log.hasStaged || !staged.isEmpty else { return true }
        do throws(FileError) { try log.flush(wallMilliseconds: clock()) } catch {
            note(error)
            return false
        }
        pthread_mutex_lock(mutex)
        tally = log.counters
        failure = log.lastFailure
        pthread_mutex_unlock(mutex)
        for request in staged { request.answer(.success(request.results)) }
        staged.removeAll(keepingCapacity: true)
        return true
    }

    func giveUp() {
        for request in staged { request.answer(.failure(.full)) }
        staged.removeAll()
    }

    /// Waits before the next try; false: the thread is to end.
    func pause() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isStopping { return false }
        sleep(milliseconds: Self.retry)
        return true
    }

    /// With the mutex, until it is woken or the time is over. By the clock that nobody sets.
    func sleep(milliseconds: Int64) {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_sec += Int(milliseconds / 1_000)
        pthread_cond_timedwait(wake, mutex, &end)
    }

    func note(_ error: FileError) {
        pthread_mutex_lock(mutex)
        failure = error
        tally = log.counters
        pthread_mutex_unlock(mutex)
    }
}

/// A generic class cannot be told from a C pointer; what its thread needs of it can.
private protocol LogWriterThread: AnyObject {
    func run()
}

extension LogWriter: LogWriterThread {}

func logWriterThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    clinux_name_thread("log writer")
    (Unmanaged<AnyObject>.fromOpaque(context).takeRetainedValue() as? any LogWriterThread)?.run()
    return nil
}
