// What the kernel can promise the control loop: locked memory and a real-time priority. Where it
// refuses, the controller runs without and says so as a fault.

import CLinux
import FireLogic
import Glibc

enum RealTime {
    /// Above the bus threads, below the kernel's own interrupt threads (50).
    static let loopPriority: Int32 = 40
    static let busPriority: Int32 = 39

    /// Keeps what has been touched from being paged out (mlockall); `Rehearsal` touches the rest
    /// that a release needs.
    static func lockMemory() -> Bool {
        clinux_lock_memory() == 0
    }

    /// One heap for all threads: a heap each would be locked memory that nobody uses.
    static func useOneHeap() {
        clinux_one_heap()
    }

    /// Gives back what only the start needed.
    static func trimHeap() {
        clinux_trim_heap()
    }

    /// sched_setscheduler(SCHED_FIFO) of the calling thread; threads that it starts inherit it.
    static func setPriority(_ priority: Int32) -> Bool {
        // Where the kernel refuses, sleeps at least end on time.
        clinux_timer_slack(1)
        var parameters = sched_param()
        parameters.sched_priority = priority
        return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0
    }

    /// The calling thread on the last processor, which the gateway leaves alone: a kernel that is not
    /// preemptible ends a long system call of another program first, whatever our priority. Interrupts
    /// usually come to the first one.
    static func takeLastProcessor() {
        _ = clinux_last_processor(1)
    }

    /// setrlimit(RLIMIT_NOFILE): libgpiod 1.6 holds a descriptor a line, more than the usual 1,024.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
