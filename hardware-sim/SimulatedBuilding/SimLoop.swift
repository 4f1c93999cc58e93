// The one thread of the simulated building: waits for descriptors and timers and calls whoever
// asked. The building, the slaves, the scenario player and the terminal view all live on it, so
// none of them needs a lock. It never calls anyone from another thread and never blocks for
// longer than the next timer.

import CLinux
import FireLogic
import Glibc

/// Something that the simulation needs of the machine and did not get.
package struct SimulationError: Error, CustomStringConvertible, Sendable {
    package var what: String
    package var errno: Int32

    package init(_ what: String, errno: Int32 = Glibc.errno) {
        self.what = what
        self.errno = errno
    }

    package var description: String {
        errno == 0 ? what : "\(what): \(String(cString: strerror(errno)))"
    }
}

package final class SimLoop {
    /// Names a timer, to cancel it.
    package struct TimerID: Hashable, Sendable {
        fileprivate var sequence: UInt64
    }

    private struct Timer {
        var due: Instant
        var sequence: UInt64
        var action: () -> Void

        /// Ties break by the order in which timers were set.
        func isBefore(_ other: Timer) -> Bool {
            due == other.due ? sequence < other.sequence : due < other.due
        }
    }

    private let epoll: Int32
    private let alarm: Int32
    private var handlers: [Int32: () -> Void] = [:]
    /// A binary heap: the next timer is first.
    private var timers: [Timer] = []
    private var cancelled: Set<UInt64> = []
    private var nextSequence: UInt64 = 0
    private var stopped = false

    package init() throws(SimulationError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SimulationError("epoll_create1") }
        alarm = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        guard alarm >= 0 else { throw SimulationError("timerfd_create") }
        watch(alarm) { [alarm] in
            var expirations: UInt64 = 0
            _ = read(alarm, &expirations, 8)
        }
    }

    deinit {
        close(alarm)
        close(epoll)
    }

    /// The boot clock, as the controller reads it.
    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    // MARK: Descriptors

    /// Calls `handler` whenever `descriptor` can be read or is hung up.
    package func watch(_ descriptor: Int32, handler: @escaping () -> Void) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = descriptor
        if handlers.updateValue(handler, forKey: descriptor) == nil {
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
        }
    }

    /// To be called before `descriptor` is closed.
    package func unwatch(_ descriptor: Int32) {
        guard handlers.removeValue(forKey: descriptor) != nil else { return }
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
    }

    // MARK: Timers

    @discardableResult
    package func at(_ due: Instant, _ action: @escaping () -> Void) -> TimerID {
        nextSequence += 1
        timers.append(Timer(due: due, sequence: nextSequence, action: action))
        siftUp(timers.count - 1)
        return TimerID(sequence: nextSequence)
    }

    @discardableResult
    package func after(_ delay: Interval, _ action: @escaping () -> Void) -> TimerID {
        at(Self.now() + delay, action)
    }

    /// Calls `action` every `period`, the first time after `first`, until it returns false.
    /// A time that was missed is not made up for.
    package func every(
        _ period: Interval, first: Interval? = nil, _ action: @escaping () -> Bool
    ) {
        let due = Self.now() + (first ?? period)
        at(due) { [unowned self] in repeatTimer(due: due, period: period, action) }
    }

    private func repeatTimer(due: Instant, period: Interval, _ action: @escaping () -> Bool) {
        guard action() else { return }
        let now = Self.now()
        let next = due + period > now ? due + period : now + period
        at(next) { [unowned self] in repeatTimer(due: next, period: period, action) }
    }

    /// A timer that has gone off already is not there any more: nothing happens.
    package func cancel(_ timer: TimerID) {
        guard timers.contains(where: { $0.sequence == timer.sequence }) else { return }
        cancelled.insert(timer.sequence)
    }

    // MARK: Running

    /// Looks again and again instead of sleeping. For measurements: a slave on copper is not late
    /// because a processor had to wake up first.
    package var neverSleeps = false

    /// Runs until `stop()`.
    package func run() {
        stopped = false
        while !stopped { turn(atMost: .seconds(3600)) }
    }

    /// Runs until `condition` holds, looked at after every turn, or `limit` is over. Returns
    /// whether it holds.
    package func run(atMost limit: Interval, until condition: () -> Bool) -> Bool {
        let end = Self.now() + limit
        while !condition() {
            let now = Self.now()
            if now >= end { return false }
            turn(atMost: min(end - now, .milliseconds(20)))
        }
        return true
    }

    package func run(for span: Interval) {
        _ = run(atMost: span) { false }
    }

    package func stop() { stopped = true }

    /// Waits for the next timer or descriptor, at most `limit`, and calls who is due.
    private func turn(atMost limit: Interval) {
        let now = Self.now()
        let wake = min(timers.first?.due ?? .never, now + limit)
        arm(max(wake, Instant(nanoseconds: 1)))
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            // Glibc 2.41 takes no nil here, an older one has no opinion.
            guard let first = events.baseAddress else { return }
            let count = epoll_wait(epoll, first, 64, neverSleeps ? 0 : -1)
            guard count > 0 else { return }
            for position in 0..<Int(count) {
                handlers[events[position].data.fd]?()
            }
        }
        let due = Self.now()
        while let first = timers.first, first.due <= due, !stopped {
            removeFirst()
            if cancelled.remove(first.sequence) == nil { first.action() }
        }
    }

    private func arm(_ due: Instant) {
        var setting = itimerspec()
        setting.it_value.tv_sec = Int(due.nanoseconds / 1_000_000_000)
        setting.it_value.tv_nsec = Int(due.nanoseconds % 1_000_000_000)
        timerfd_settime(alarm, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }

    private func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard timers[child].isBefore(timers[parent]) else { return }
            timers.swapAt(child, parent)
            child = parent
        }
    }

    private func removeFirst() {
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < timers.count && timers[child].isBefore(timers[smallest]) {
                smallest = child
            }
            if smallest == parent { return }
            timers.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
