// The broker: what each request of a Kafka client means over the logs on this device. It has no
// socket and no thread. Whoever has them (the gateway's event loop, or a test) hands requests in, is
// given responses through `reply`, calls `drain` when the inbox asks for it, `logsMoved` when a log
// has grown and `tick` at `nextDeadline`. All of it on one thread.
//
//   request ─► permit ─► read: the logs' readers, at once
//                     ├► wait: FetchWaiters, the group coordinator
//                     └► write: the log's thread ─► Inbox ─► drain ─► reply
//
// Requests are in extensions: +Produce, +Fetch, +Offsets, +Metadata, +Topics, +Configs, +Commits,
// +Groups, +Producers, +Transactions, +Acls. What a user may do is
// asked in +Permit.

package import EventLog
package import KafkaWire
import Users

/// One Kafka broker over the logs of this device.
package final class Broker {
    /// Called once with the response; nil where the request wants none.
    package typealias Reply = (KafkaResponse?) -> Void
    typealias AppendOutcome = Result<[AppendResult], AppendError>

    package let settings: BrokerSettings
    let topics: ServedTopics
    let writer: LogWriter<DirectoryFiles>
    let inbox: Inbox
    let signals: (any SignalInput)?
    let clock: () -> Int64
    var coordinator: GroupCoordinator
    var groupReplies: [RequestToken: GroupReply] = [:]
    var waiters = FetchWaiters()
    /// Called when a log may have grown, for those who read it on another thread.
    package var hasMoved: (() -> Void)?
    var producerIDs: Range<Int64> = 0..<0
    var auditRate = AuditRate()
    /// Batches that wait for the topic of the audit to be made.
    var auditWaiting: [[UInt8]] = []
    var denialRate = DenialRate()
    /// Parts of requests that were refused for their sender's rights (+Permit).
    var denials: UInt64 = 0
    /// Who waits for the block of producer ids that is being reserved.
    var waitingForIDs: [(KafkaError?) -> Void] = []
    package internal(set) var transactions = Transactions()
    var transactionWork = TransactionWork()
    var acls = AclList()
    var aclCache = AclCache()
    var aclChanges: [() -> Void] = []
    private var appends: [UInt64: Append] = [:]
    private var queue = AppendQueue()
    /// Whoever drives the broker calls `lead` when he has handed in what he had. A small group of
    /// appends is then written on his thread (`LogWriter.lead`).
    package var isLed = false
    /// Something waits for `lead`.
    package private(set) var wantsLead = false
    private var lastToken: UInt64 = 0
    /// Rounds of answers, and bytes of appends, since the service log's index was brought up to date.
    private var unread: (rounds: Int, bytes: Int) = (0, 0)
    /// As much at most: what is left for whoever reads next stays small.
    private static let mostUnread = (rounds: 32, bytes: 1 << 20)
    var lastGroupToken: UInt64 = 0

    /// What waits for the log's thread.
    private struct Append {
        /// The partitions that grow by it.
        var partitions: [PartitionID]
        /// Whether it takes something away that a fetch may be waiting for.
        var removes: Bool
        /// Whether it is records of a client that nobody looks for in the log when it is answered.
        var isProduced: Bool
        /// What it takes of `queue`'s limit.
        var bytes: Int
        var then: (AppendOutcome) -> Void
    }

    /// `clock` gives milliseconds that never go back.
    package init(
        _ settings: BrokerSettings, topics: ServedTopics, writer: LogWriter<DirectoryFiles>,
        inbox: Inbox, signals: (any SignalInput)?, clock: @escaping () -> Int64
    ) {
        self.settings = settings
        self.topics = topics
        self.writer = writer
        self.inbox = inbox
        self.signals = signals
        self.clock = clock
        // Not even after a restart is a member id given twice.
        let start = String(UInt64.random(in: .min ... .max), radix: 36)
        var made = 0
        coordinator = GroupCoordinator { name in
            made += 1
            return "\(name)-\(start)-\(made)"
        }
        makeCommitTopics()
        restoreTransactions()
        restoreAcls()
    }

    /// The APIs that this broker speaks.
    package static let apis: [ApiKey] = ApiKey.allCases.filter {
        $0 != .saslHandshake && $0 != .saslAuthenticate
    }

    /// Does what a request asks. `reply` is called before this returns, or later.
    package func handle(
        _ request: KafkaRequest, version: Int16, from peer: Peer, reply: @escaping Reply
    ) {
        if case .produce = request {} else { catchUp() }
        // Answers go out in the order of the requests: a fetch that waits would keep this one's, of
        // a client that wants to know at once where a topic is now.
        if !waiters.isEmpty { serve(waiters.waiting(on: peer.connection), isLate: true) }
        var peer = peer
        peer.rights = aclCache.rights(peer, acls, closed: topics.closed)
        if isForStream(request) { peer.rights = Rights() }
        let denials = denials
        let permitted = permit(request, version, peer, reply)
        if self.denials != denials { auditDenial(request.api, peer) }
        guard let permitted else { return }
        let reply = permitted.reply
        switch permitted.request {
        case .apiVersions: reply(.apiVersions(.speaking(Self.apis)))
        case .metadata(let request): metadata(request, version, peer, reply)
        case .describeCluster(let request):
            reply(.describeCluster(cluster(request, peer)))
        case .produce(let request): produce(request, version, peer, reply)
        case .fetch(let request): fetch(request, peer, reply)
        case .listOffsets(let request): reply(.listOffsets(listOffsets(request)))
        case .offsetForLeaderEpoch(let request): reply(.offsetForLeaderEpoch(epochEnds(request)))
        case .initProducerId(let request): initProducerID(request, version, peer, reply)
        case .addPartitionsToTxn(let request):
            addPartitions(request, version, peer) { reply(.addPartitionsToTxn($0)) }
        case .addOffsetsToTxn(let request):
            addOffsets(request, version, peer) { reply(.addOffsetsToTxn($0)) }
        case .txnOffsetCommit(let request):
            commitInTransaction(request, version, peer) { reply(.txnOffsetCommit($0)) }
        case .endTxn(let request): endTransaction(request, version, peer) { reply(.endTxn($0)) }
        case .createTopics(let request): createTopics(request, reply)
        case .deleteTopics(let request): deleteTopics(request, version, reply)
        case .createPartitions(let request): createPartitions(request, reply)
        case .deleteRecords(let request): deleteRecords(request, reply)
        case .describeConfigs(let request): reply(.describeConfigs(describeConfigs(request)))
        case .alterConfigs(let request): alterConfigs(request, reply)
        case .incrementalAlterConfigs(let request): alterConfigs(request, reply)
        case .findCoordinator(let request):
            reply(.findCoordinator(findCoordinator(request, version, peer)))
        case .offsetCommit(let request): commit(request, reply)
        case .offsetFetch(let request): reply(.offsetFetch(committed(request)))
        case .offsetDelete(let request): deleteOffsets(request, reply)
        case .joinGroup(let request): join(request, version, peer, reply)
        case .syncGroup(let request): sync(request, peer, reply)
        case .heartbeat(let request): heartbeat(request, peer, reply)
        case .leaveGroup(let request): leave(request, version, peer, reply)
        case .describeGroups(let request):
            reply(.describeGroups(describeGroups(request, peer.rights)))
        case .listGroups(let request): reply(.listGroups(listGroups(request)))
        case .deleteGroups(let request): deleteGroups(request, reply)
        case .describeAcls(let request): reply(.describeAcls(describeAcls(request)))
        case .createAcls(let request): createAcls(request, reply)
        case .deleteAcls(let request): deleteAcls(request, reply)
        case .saslHandshake:
            // The listener logs clients in before they come here: there is nobody to log in now.
            reply(.saslHandshake(.init { $0.errorCode = .illegalSaslState }))
        case .saslAuthenticate:
            reply(.saslAuthenticate(.init { $0.errorCode = .illegalSaslState }))
        }
    }

    /// Hands an append to the log's thread; `then` is called by `drain`. `isProduced`: it is records
    /// of a client, and `then` does not look into the log.
    func append(
        _ steps: [AppendStep], isProduced: Bool = false,
        then: @escaping (AppendOutcome) -> Void
    ) {
        lastToken += 1
        let token = lastToken
        var partitions: [PartitionID] = []
        for case .batch(let id, _) in steps where partitions.last != id { partitions.append(id) }
        let removes = steps.contains { step in
            switch step {
            case .deleteTopic, .setLogStart: true
            case .batch, .commit, .createTopic, .addPartitions, .alterTopic, .deleteGroup,
                .deleteCommit, .reserveProducerIDs, .reserveVolatile:
                false
            }
        }
        let bytes = LogWriter<DirectoryFiles>.bytes(of: steps)
        let isPut = queue.put(AppendQueue.Append(token: token, steps: steps, bytes: bytes))
        appends[token] = Append(
            partitions: partitions, removes: removes, isProduced: isProduced,
            bytes: isPut ? bytes : 0, then: then)
        guard isPut else { return inbox.put(token, .failure(.backlogged)) }
        handOver()
    }

    private func handOver() {
        while let append = queue.next() {
            let token = append.token
            writer.append(append.steps, isLed: isLed) { [inbox] in inbox.put(token, $0) }
            wantsLead = isLed
        }
    }

    /// Has written what waits, where that is little, and answers it.
    package func lead() {
        wantsLead = false
        writer.lead()
        drain()
    }

    /// Takes what the log's thread has answered.
    package func drain() {
        let answers = inbox.take()
        if answers.isEmpty { return }
        // Reading what was just written takes as long as writing it: a producer is not kept waiting
        // for that if nobody wants to read.
        unread.rounds += 1
        var isProduced = true
        for answer in answers {
            guard let append = appends[answer.token] else { continue }
            unread.bytes += append.bytes
            isProduced = isProduced && append.isProduced
        }
        if !isProduced || !waiters.isEmpty || unread.rounds >= Self.mostUnread.rounds
            || unread.bytes >= Self.mostUnread.bytes
        {
            catchUp()
        }
        var grown: Set<FetchWaiters.Place> = []
        var isLess = false
        let log = ObjectIdentifier(topics.service)
        for answer in answers {
            guard let append = appends.removeValue(forKey: answer.token) else { continue }
            queue.answered(bytes: append.bytes)
            append.then(answer.result)
            isLess = isLess || append.removes
            if waiters.isEmpty { continue }
            for partition in append.partitions {
                grown.insert(FetchWaiters.Place(log: log, partition: partition))
            }
        }
        handOver()
        if isLess {
            // Who waits for what is gone is told, and not left to wait.
            serve(waiters.waiting(for: log))
        } else if !grown.isEmpty {
            serve(waiters.waiting(for: grown))
        }
        hasMoved?()
    }

    /// Takes into the service log's index what was left of it.
    private func catchUp() {
        if unread.rounds == 0 { return }
        unread = (0, 0)
        topics.service.refresh()
    }

    /// A log has grown, or another one stands in its place.
    package func logsMoved() {
        unread = (0, 0)
        topics.refresh()
        makeCommitTopics()
        for log in [topics.safety, topics.volatile] {
            if let log { serve(waiters.waiting(for: ObjectIdentifier(log))) }
        }
        hasMoved?()
    }

    /// When `tick` wants to be called next, by `clock`; nil: not before something else happens.
    package var nextDeadline: Int64? {
        [waiters.nextDeadline, coordinator.nextDeadline, transactions.nextDeadline]
            .compactMap { $0 }.min()
    }

    /// Does what is due.
    package func tick() {
        catchUp()
        serve(waiters.due(at: clock()), isLate: true)
        tickGroups()
        giveUpTransactions()
    }

    /// A connection is gone: nothing is answered to it any more.
    package func closed(_ connection: UInt64) {
        waiters.removeAll(of: connection)
        dropGroupReplies(of: connection)
    }

    private func makeCommitTopics() {
        let steps = topics.missingCommitTopics
        // Who commits before they are there is told to try again.
        if !steps.isEmpty { append(steps) { _ in } }
    }
}
