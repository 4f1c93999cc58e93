// Sleeps until a log that another process writes has grown, and tells the event loop. One thread a
// log; while the loop has not looked, nothing more is told.

import EventLog
import Glibc
import Synchronization

final class LogWatcher: Sendable {
    /// Microseconds between two looks for a log that is not there.
    private static let patience: UInt32 = 200_000
    /// Microseconds between two looks while the loop has not come round.
    private static let pause: UInt32 = 1_000

    private let isStopped = Atomic<Bool>(false)
    /// The loop was told and has not looked yet.
    private let isTold = Atomic<Bool>(false)

    /// Calls `notify` from its thread; what that is given is to be called when the log was looked at.
    init(_ directory: String, notify: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void)
    {
        let box = Box { [self] in
            let page = LivePageReader(directory: directory)
            var seen: DurableEnd?
            while !isStopped.load(ordering: .relaxed) {
                if page.log == nil {
                    usleep(Self.patience)
                } else {
                    _ = page.wait(past: seen, milliseconds: 1_000)
                }
                page.attach()
                if isTold.load(ordering: .acquiring) {
                    // The loop is busy with what it was told: one look will do for all.
                    usleep(Self.pause)
                } else if page.durable != seen {
                    seen = page.durable
                    isTold.store(true, ordering: .relaxed)
                    notify { self.isTold.store(false, ordering: .releasing) }
                }
            }
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(box)
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe context.map {
                    unsafe Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body()
                }
                return nil
            }, unsafe context.toOpaque())
        if code == 0 { pthread_detach(thread) } else { unsafe context.release() }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
