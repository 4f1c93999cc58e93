// Who looks at the panel live, and what goes to them. Everything is made once and handed to all; whoever
// is too slow for it is skipped to a new state, and whoever takes nothing for a while loses its seat:
// nothing is kept for anybody without bound, and nobody is waited for.

import NIOConcurrencyHelpers
import NIOCore
import Panel

final class LiveFeed: Sendable {
    /// Readers at a time.
    static let mostReaders = 256
    /// What waits for one reader at most, in frames and in bytes.
    private static let mostFrames = 16
    private static let mostBytes = 256 << 10
    /// Milliseconds for which a reader may take nothing of what there is before it is thrown out.
    private static let patience: Int64 = 30_000

    private struct Seat {
        var frames: [ByteBuffer] = []
        var bytes = 0
        /// It has to begin anew, with a whole state.
        var needsState = true
        /// Since when there is something that it has not taken; nil: there is nothing.
        var untakenSince: Int64?
        var waiter: CheckedContinuation<Void, Never>?
        let throwOut: @Sendable () -> Void
    }

    private struct Own {
        var seats: [Int: Seat] = [:]
        var last = 0
        var isEnded = false
        /// What was published last, and its frame once somebody needed it.
        var published: (state: PanelState, clock: PanelClock)?
        var stateFrame: ByteBuffer?
        /// Readers that were skipped, since the start.
        var skips = 0
    }

    private let own = NIOLockedValueBox(Own())
    /// True: there are readers, or it is to end.
    private let bell = ConditionLock(value: false)

    /// How many look now, and how often one was too slow.
    var figures: (readers: Int, skips: Int) { own.withLockedValue { ($0.seats.count, $0.skips) } }

    /// A seat; nil: all are taken. `throwOut` ends the reader's connection.
    func open(throwOut: @escaping @Sendable () -> Void) -> Int? {
        let seat: Int? = own.withLockedValue { own in
            guard !own.isEnded, own.seats.count < Self.mostReaders else { return nil }
            if own.seats.isEmpty {
                // What was published is of when somebody looked last.
                own.published = nil
                own.stateFrame = nil
            }
            own.last += 1
            own.seats[own.last] = Seat(throwOut: throwOut)
            return own.last
        }
        if seat != nil { ring() }
        return seat
    }

    func close(_ seat: Int) {
        let waiter = own.withLockedValue { $0.seats.removeValue(forKey: seat)?.waiter }
        waiter?.resume()
    }

    /// Nothing more comes.
    func end() {
        let seats = own.withLockedValue { own in
            own.isEnded = true
            defer { own.seats = [:] }
            return own.seats
        }
        for seat in seats.values { seat.waiter?.resume() }
        ring()
    }

    private func ring() {
        bell.lock()
        bell.unlock(withValue: true)
    }

    /// Sleeps until somebody looks; false: it has ended.
    func awaitReaders() -> Bool {
        bell.lock(whenValue: true)
        let (isEnded, isEmpty) = own.withLockedValue { ($0.isEnded, $0.seats.isEmpty) }
        // Who comes meanwhile rings again.
        bell.unlock(withValue: isEnded || !isEmpty)
        return !isEnded
    }

    /// Whether there is anybody to publish for.
    var hasReaders: Bool { own.withLockedValue { !$0.seats.isEmpty } }

    /// What readers have seen, if anything; a change is a difference from it.
    var published: PanelState? { own.withLockedValue { $0.published?.state } }

    /// `state` is what there is to see from now on. `frame` brings it to those who have seen what was
    /// published before; nil: they need the whole of it.
    func publish(_ state: PanelState, at clock: PanelClock, frame: ByteBuffer?) {
        send { own in
            own.published = (state, clock)
            own.stateFrame = nil
            return frame
        }
    }

    /// The same state, seen later: its clocks are newer.
    func refresh(_ state: PanelState, at clock: PanelClock) {
        own.withLockedValue { own in
            own.published = (state, clock)
            own.stateFrame = nil
        }
    }

    /// Something that changes no state.
    func publish(_ frame: ByteBuffer) { send { _ in frame } }

    private func send(_ prepare: (inout Own) -> ByteBuffer?) {
        var waiters: [CheckedContinuation<Void, Never>] = []
        var thrownOut: [@Sendable () -> Void] = []
        let now = Door.now
        own.withLockedValue { own in
            let frame = prepare(&own)
            for number in own.seats.keys {
                guard var seat = own.seats[number] else { continue }
                let since = seat.untakenSince ?? now
                seat.untakenSince = since
                if let frame, !seat.needsState, seat.frames.count < Self.mostFrames,
                    seat.bytes + frame.readableBytes <= Self.mostBytes
                {
                    seat.frames.append(frame)
                    seat.bytes += frame.readableBytes
                } else if !seat.needsState {
                    if frame != nil { own.skips += 1 }
                    seat.needsState = true
                    seat.frames = []
                    seat.bytes = 0
                }
                if now - since >= Self.patience {
                    thrownOut.append(seat.throwOut)
                    seat.untakenSince = now
                }
                if let waiter = seat.waiter {
                    waiters.append(waiter)
                    seat.waiter = nil
                }
                own.seats[number] = seat
            }
        }
        for waiter in waiters { waiter.resume() }
        for throwOut in thrownOut { throwOut() }
    }

    /// What a reader is to be sent next; waits for it. nil: nothing more comes.
    func next(_ seat: Int) async -> [ByteBuffer]? {
        while true {
            let taken: [ByteBuffer]? = own.withLockedValue { Self.take(seat, &$0) }
            guard let taken else { return nil }
            if !taken.isEmpty { return taken }
            await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
                let mustWait = own.withLockedValue { own in
                    guard let mine = own.seats[seat], mine.frames.isEmpty,
                        !mine.needsState || own.published == nil
                    else { return false }
                    own.seats[seat]?.waiter = waiter
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        }
    }

    private static func take(_ number: Int, _ own: inout Own) -> [ByteBuffer]? {
        guard var seat = own.seats[number] else { return nil }
        var frames = seat.frames
        if seat.needsState {
            guard let published = own.published else { return [] }
            let frame =
                own.stateFrame
                ?? LiveFrame.frame("state", published.state.json(at: published.clock))
            own.stateFrame = frame
            frames = [frame]
            seat.needsState = false
        }
        seat.frames = []
        seat.bytes = 0
        seat.untakenSince = nil
        own.seats[number] = seat
        return frames
    }
}

/// Server-sent events (WHATWG HTML, section 9.2).
enum LiveFrame {
    /// `json` has no line ends.
    static func frame(_ event: String, _ json: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(json.count + 24)
        buffer.writeString("event: \(event)\ndata: ")
        buffer.writeBytes(json)
        buffer.writeString("\n\n")
        return buffer
    }
}
