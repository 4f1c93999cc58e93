// In which order servers are tried: that of the site file, but one that did not work is asked after the
// others for a while, so that a fire does not wait for a dead server's time-out each time. Time is an
// argument.

struct ServerOrder {
    /// How long a server that did not work is asked last.
    static let patience = Duration.seconds(60)

    private var badUntil: [ContinuousClock.Instant?]

    init(count: Int) {
        badUntil = Array(repeating: nil, count: count)
    }

    /// The servers' places in the site file, the first to be tried first. All of them, always.
    func order(at now: ContinuousClock.Instant) -> [Int] {
        let isBad = badUntil.map { $0.map { now < $0 } ?? false }
        return badUntil.indices.filter { !isBad[$0] } + badUntil.indices.filter { isBad[$0] }
    }

    mutating func failed(_ server: Int, at now: ContinuousClock.Instant) {
        badUntil[server] = now + Self.patience
    }

    mutating func worked(_ server: Int) {
        badUntil[server] = nil
    }
}
