// A thread of the log: does what its work says is to be done, sleeps, and ends when it is told to and
// nothing waits any more. The control loop's thread makes it and never waits for it.

import CLinux
import EventLog
import Glibc
import Handover
import Synchronization

/// What a log's thread does. All calls come from that thread.
protocol JournalWork: AnyObject, Sendable {
    /// One round: takes what waits, writes it. Says what to do then.
    func turn(isStopping: Bool) -> JournalThread.Next
    /// The last call.
    func end()
}

final class JournalThread: @unchecked Sendable {
    enum Next: Hashable, Sendable {
        /// At once.
        case again
        /// When the bell rings, or after so many milliseconds (-1: never).
        case wait(Int32)
        /// Nothing can be done any more, or nothing is left.
        case done
    }

    private static let stackBytes = 256 << 10

    private let work: any JournalWork
    private let bell: Doorbell
    private let name: String
    private let stopping = Atomic<Bool>(false)
    private var thread = pthread_t()

    /// - Throws: the system has no thread left.
    init(_ name: String, _ work: any JournalWork, bell: Doorbell) throws(FileError) {
        self.name = name
        self.work = work
        self.bell = bell
        let context = Unmanaged.passRetained(self).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        // Locked memory counts whole stacks: a small one is enough here.
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        // Not the caller's real-time priority: whoever waits for a disk must not hold up others.
        var parameters = sched_param()
        pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
        pthread_attr_setschedpolicy(&attributes, SCHED_OTHER)
        pthread_attr_setschedparam(&attributes, &parameters)
        let result = pthread_create(&thread, &attributes, journalMain, context)
        guard result == 0 else {
            Unmanaged<JournalThread>.fromOpaque(context).release()
            throw FileError(call: "pthread_create", path: name, errno: result)
        }
    }

    /// Writes what waits and ends the thread. A disk that hangs keeps this waiting.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
        pthread_join(thread, nil)
    }

    fileprivate func run() {
        clinux_name_thread(name)
        running: while true {
            let isStopping = stopping.load(ordering: .acquiring)
            switch work.turn(isStopping: isStopping) {
            case .again: continue
            case .done: break running
            case .wait(let milliseconds): bell.wait(milliseconds: milliseconds)
            }
        }
        work.end()
    }
}

private func journalMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<JournalThread>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
