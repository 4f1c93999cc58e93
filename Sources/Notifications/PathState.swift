// Whether a way to people is open: the mail servers, or the modem. While it is not, messages wait and
// are not charged for it; one at a time probes the way.

/// One path's state.
struct PathState {
    enum State: Hashable {
        /// Nothing has gone over it yet.
        case unknown
        case up
        case down(Trouble)
    }

    struct Trouble: Hashable {
        var failures: Int
        /// By the boot clock.
        var since: Int64
        var nextProbe: Int64
        /// One sentence for people.
        var text: String
        /// A human has to change something.
        var isConfiguration: Bool
    }

    private(set) var state = State.unknown
    /// Of a way that carries, but not as it should: one of several servers is down.
    private(set) var warning: String?
    private var warnings = 0
    /// When it last carried something, by the boot clock.
    private(set) var lastContact: Int64?

    /// People are to be told: one failure that is over at the next try is none.
    var isFault: Bool {
        switch state {
        case .unknown, .up: warnings > 1
        case .down(let trouble): trouble.isConfiguration || trouble.failures > 1
        }
    }

    var trouble: Trouble? {
        switch state {
        case .unknown, .up: nil
        case .down(let trouble): trouble
        }
    }

    mutating func carried(_ time: NotifyTime) {
        state = .up
        lastContact = time.boot
    }

    /// All of it was tried, and is well.
    mutating func isSound() {
        warning = nil
        warnings = 0
    }

    mutating func limps(_ text: String) {
        warning = text
        warnings = min(warnings + 1, 1_000)
    }

    mutating func failed(
        _ text: String, isConfiguration: Bool, _ time: NotifyTime, _ limits: NotifyLimits,
        _ jitter: inout Jitter
    ) {
        let failures = min((trouble?.failures ?? 0) + 1, 1_000)
        let most = isConfiguration ? limits.longestConfigurationProbe : limits.longestProbe
        let pause = jitter.pause(limits.firstProbe, doublings: failures - 1, most: most)
        state = .down(
            Trouble(
                failures: failures, since: trouble?.since ?? time.boot,
                nextProbe: time.boot + pause, text: text, isConfiguration: isConfiguration))
    }

    /// Whether something may go over it now; `underway` is what does already.
    func isOpen(_ time: NotifyTime, underway: Int) -> Bool {
        switch state {
        case .unknown, .up: true
        case .down(let trouble): underway == 0 && time.boot >= trouble.nextProbe
        }
    }

    /// Whether it has to be tried although there is nothing to send.
    func wantsCheck(_ time: NotifyTime, _ limits: NotifyLimits) -> Bool {
        switch state {
        case .unknown: true
        case .up: time.boot - (lastContact ?? 0) >= limits.supervision
        case .down(let trouble): time.boot >= trouble.nextProbe
        }
    }
}

/// Pauses that grow, each a little other than the one before: whoever failed together does not come
/// back together. The numbers follow from the seed (splitmix64).
struct Jitter {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// `first`, doubled so often, at most `most`, and of that 80 to 120 parts in a hundred.
    mutating func pause(_ first: Int64, doublings: Int, most: Int64) -> Int64 {
        var pause = max(1, first)
        for _ in 0..<min(doublings, 40) where pause < most { pause *= 2 }
        pause = min(pause, most)
        return max(1, pause * 8 / 10 + Int64(next() % 1_000) * pause * 4 / 10_000)
    }
}
