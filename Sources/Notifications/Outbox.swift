// The queues of one channel, and the way that they share: which message goes out next. It decides and
// keeps; what is appended to the log is the engine's (NotifyEngine+Outbox).
//
// At most one message is under way to a recipient, the fire lane's before the other's. While the way is
// closed one message at a time probes it, each time another recipient's, so that one bad address does
// not keep the way closed for all.

import EventLog

struct Outbox {
    /// What a worker does now.
    struct Underway {
        /// nil: the way itself is tried.
        var lane: Int?
        var offset: Int64
    }

    let channel: Channel
    var lanes: [OutboxLane] = []
    var path = PathState()
    private(set) var underway: [UInt64: Underway] = [:]
    /// Whose turn it was last.
    private var turn = 0
    /// The recipients of `lanes`, in order; nil: no longer one.
    var recipients: [Recipient?] = []

    init(_ channel: Channel) { self.channel = channel }

    func lane(_ recipient: String, _ lane: Lane) -> Int? {
        lanes.firstIndex { $0.recipient == recipient && $0.lane == lane }
    }

    var isIdle: Bool { underway.isEmpty }

    /// Whether the lane's recipient gets something just now, or what he got is being written down.
    func isBusy(_ lane: Int) -> Bool {
        let name = lanes[lane].recipient
        return lanes.contains { $0.recipient == name && $0.isAppending }
            || underway.values.contains { one in
                one.lane.map { lanes[$0].recipient == name } ?? false
            }
    }

    /// The first message of a lane that may go out now.
    private func head(_ lane: Int, _ time: NotifyTime) -> OutboxLane.Pending? {
        guard recipients[lane] != nil, lanes[lane].isReady, let first = lanes[lane].pending.first,
            first.due <= time.boot, !first.isHeld(time), !isBusy(lane)
        else { return nil }
        return first
    }

    /// Takes the message that goes out next, under `token`; nil: none now.
    mutating func next(
        _ token: UInt64, _ time: NotifyTime, _ limits: NotifyLimits
    ) -> (recipient: Recipient, pending: OutboxLane.Pending)? {
        guard underway.count < limits.underway(channel),
            path.isOpen(time, underway: underway.count)
        else { return nil }
        for kind in Lane.allCases {
            for step in 1...max(1, lanes.count) where !lanes.isEmpty {
                let number = (turn + step) % lanes.count
                guard lanes[number].lane == kind, let first = head(number, time),
                    let recipient = recipients[number]
                else { continue }
                turn = number
                underway[token] = Underway(lane: number, offset: first.offset)
                return (recipient, first)
            }
        }
        return nil
    }

    /// Whether the way has to be tried; then it is under way with `token`.
    mutating func wantsCheck(
        _ token: UInt64, _ time: NotifyTime, _ limits: NotifyLimits
    ) -> Bool {
        guard underway.isEmpty, !lanes.isEmpty, path.wantsCheck(time, limits) else { return false }
        underway[token] = Underway(lane: nil, offset: 0)
        return true
    }

    /// A worker has come back.
    mutating func end(_ token: UInt64) -> Underway? { underway.removeValue(forKey: token) }
}
