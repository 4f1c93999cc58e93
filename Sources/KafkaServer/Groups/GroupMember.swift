// One member of a consumer group: what it said of itself, what waits for it, and when it is given up.

struct GroupMember: Sendable {
    /// A JoinGroup or SyncGroup of a member.
    enum Wait: Hashable, Sendable {
        case none
        case open(RequestToken)
        /// The connection is gone, but what was asked counts.
        case cut

        var isWaiting: Bool { self != .none }

        var token: RequestToken? {
            if case .open(let token) = self { return token }
            return nil
        }
    }

    private(set) var id: String
    let instanceID: String?
    private(set) var clientID: String
    private(set) var clientHost: String
    private(set) var sessionTimeout: Milliseconds
    private(set) var rebalanceTimeout: Milliseconds
    private(set) var protocols: [GroupRequest.Offer]
    var assignment: [UInt8] = []
    var join: Wait
    var sync = Wait.none
    /// False from the start of a generation until its SyncGroup.
    var hasSynced = true
    /// No generation had it yet.
    var isNew = true
    /// The client has seen `id`.
    let knowsItsID: Bool
    /// When it is given up; nil while it waits for us.
    var expires: Milliseconds?

    init(
        _ join: GroupRequest.Join, id: String, knowsItsID: Bool, limits: GroupLimits,
        at now: Milliseconds
    ) {
        self.id = id
        instanceID = join.instanceID
        clientID = join.clientID
        clientHost = join.clientHost
        sessionTimeout = Milliseconds(join.sessionTimeout)
        rebalanceTimeout = Self.rebalanceTimeout(of: join, limits)
        protocols = join.protocols
        self.join = .open(join.token)
        self.knowsItsID = knowsItsID
        expires = now + limits.newMemberJoin
    }

    /// A rebalance that takes no time would throw out everybody.
    private static func rebalanceTimeout(
        of join: GroupRequest.Join, _ limits: GroupLimits
    ) -> Milliseconds {
        let asked =
            join.version == 0 || join.rebalanceTimeout < 0
            ? join.sessionTimeout : join.rebalanceTimeout
        return max(Milliseconds(asked), limits.sessionTimeouts.lowerBound)
    }

    /// Takes over what a member says of itself when it joins again.
    mutating func update(_ join: GroupRequest.Join, _ limits: GroupLimits) {
        clientID = join.clientID
        clientHost = join.clientHost
        sessionTimeout = Milliseconds(join.sessionTimeout)
        rebalanceTimeout = Self.rebalanceTimeout(of: join, limits)
        protocols = join.protocols
    }

    /// A static member comes back under a new id.
    mutating func rename(_ id: String) { self.id = id }

    /// It was heard of.
    mutating func touch(at now: Milliseconds) { expires = now + sessionTimeout }

    /// It says the same as before, byte for byte.
    func matches(_ join: GroupRequest.Join) -> Bool { protocols == join.protocols }

    func metadata(of protocolName: String?) -> [UInt8] {
        protocols.first { $0.name == protocolName }?.metadata ?? []
    }

    func offers(_ protocolName: String) -> Bool { protocols.contains { $0.name == protocolName } }

    /// A client that waits for an answer of ours sends no heartbeats. One whose first JoinGroup waits
    /// has its own, long, time.
    var rests: Bool { !isNew && (join.token != nil || sync.token != nil) }

    /// What it costs to keep.
    var bytes: Int {
        Self.overhead + id.utf8.count + (instanceID?.utf8.count ?? 0) + clientID.utf8.count
            + clientHost.utf8.count + Self.bytes(of: protocols) + assignment.count
    }

    static func bytes(of protocols: [GroupRequest.Offer]) -> Int {
        protocols.reduce(0) { $0 + $1.name.utf8.count + $1.metadata.count + 64 }
    }

    /// The member itself and its arrays' heads.
    static let overhead = 512
}
