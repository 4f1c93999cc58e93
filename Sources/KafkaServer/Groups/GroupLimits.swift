// What the group coordinator keeps at most, and its times. Named after Kafka's own settings where it
// has them.

package struct GroupLimits: Hashable, Sendable {
    /// Groups, Empty ones included.
    package var groups = 1_000
    /// Members of a group (group.max.size). While a group rebalances there may be as many again,
    /// until those that do not rejoin in time are out. As many ids may be given out and not used.
    package var members = 250
    /// Everything that is kept of all groups: ids, metadata, assignments.
    package var bytes = 16 << 20
    /// Metadata of one member, of all its protocols, with their names. Clients send the topics of
    /// their subscription and what they own: some hundred bytes.
    package var metadataBytes = 256 << 10
    /// Assignors that one member offers; clients have up to four.
    package var protocols = 16
    /// A group's name, a group instance id, a client's id and address, a protocol type: each.
    package var nameBytes = 1_024
    /// Of the client's id in a member id.
    package var memberNameCharacters = 64

    /// Session timeouts that are accepted (group.min/max.session.timeout.ms). Kafka's minimum is 6 s,
    /// for the sake of networks between data centres; on a board 1 s is no risk, and a takeover
    /// takes as long as the session timeout.
    package var sessionTimeouts: ClosedRange<Milliseconds> = 1_000...1_800_000
    /// How long the first members of an Empty group wait for more (group.initial.rebalance.delay.ms).
    /// Kafka waits 3 s, as hundreds of members may start together, and each late one costs everybody
    /// a rebalance. A board has a few clients, started by one system manager within some ten
    /// milliseconds or long apart; waiting 3 s would only delay every lone `kcat -G`.
    package var initialRebalanceDelay: Milliseconds = 100
    /// A first JoinGroup is answered at the latest after this, with UNKNOWN_MEMBER_ID: the client asks
    /// again if it is still there. Kafka's own figure.
    package var newMemberJoin: Milliseconds = 300_000

    package init() {}
}
