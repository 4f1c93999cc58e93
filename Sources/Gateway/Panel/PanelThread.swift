// The thread of the live feed. While somebody looks it watches the controller's page, and publishes what
// has changed: once for all readers, at most every 50 ms. While nobody looks it sleeps.

import FireLogic
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import Panel

final class PanelThread: Sendable {
    /// Between two looks whether the controller has written.
    private static let pause: UInt32 = 10_000
    /// Between two changes, in milliseconds.
    private static let changeEvery: Int64 = 50
    /// Also without a write of the controller something can be new: that it has fallen silent, an event.
    private static let lookEvery: Int64 = 200
    private static let tickEvery: Int64 = 1_000
    /// New events of one change.
    private static let mostEvents = 200

    private let eye: PanelEye
    let feed = LiveFeed()
    /// True: the thread runs no more.
    private let ended = ConditionLock(value: false)

    init(_ eye: PanelEye) {
        self.eye = eye
        let isStarted = startThread { [self] in
            while feed.awaitReaders() { serve() }
            end()
        }
        if !isStarted { end() }
    }

    /// Ends all readers, and waits for the thread.
    func stop() {
        feed.end()
        ended.lock(whenValue: true)
        ended.unlock()
    }

    private func end() {
        ended.lock()
        ended.unlock(withValue: true)
    }

    private static var now: Int64 { Door.now }

    /// Until nobody looks any more.
    private func serve() {
        var seen: UInt64?
        var looked = Int64.min
        var ticked = Self.now
        var nextEvent: Int64?
        while feed.hasReaders {
            let now = Self.now
            let sequence = eye.sequence
            let before = feed.published
            let isDue = looked == .min || now - looked >= Self.changeEvery
            if before == nil || isDue && (sequence != seen || now - looked >= Self.lookEvery) {
                looked = now
                seen = sequence
                let view = eye.look(atMost: .zero)
                let state = view.state
                let events = news(view, &nextEvent)
                if let before, before.fits(state) {
                    if let change = state.change(since: before, events: events, at: view.clock) {
                        feed.publish(
                            state, at: view.clock, frame: LiveFrame.frame("change", change))
                    } else {
                        feed.refresh(state, at: view.clock)
                    }
                } else {
                    feed.publish(state, at: view.clock, frame: nil)
                }
            }
            if now - ticked >= Self.tickEvery, let state = feed.published {
                ticked = now
                feed.publish(LiveFrame.frame("tick", state.tick(at: PanelEye.clock)))
            }
            usleep(Self.pause)
        }
    }

    /// The events since the last look, as JSON; of many the newest.
    private func news(_ view: PanelEye.View, _ next: inout Int64?) -> [[UInt8]] {
        let end = view.extras.nextEvent
        defer { next = end }
        guard let first = next, first < end else { return [] }
        return eye.events(
            from: max(first, end - Int64(Self.mostEvents)), most: Self.mostEvents
        ).map(\.json)
    }
}
