// Transactions: what a producer writes to several partitions, and the offsets that a consumer commits
// with it, count together or not at all. The rules are those of Kafka's TransactionCoordinator; the
// log makes them short: the end of a transaction, its markers in all partitions and its offsets are
// one append, so there is nothing in between that would have to be taken up again after a crash.
//
// Requests about one transactional id are done one after the other (TransactionWork), each when the
// one before is on the disk. They are refused to all but the user who began with the id.

import EventLog
import KafkaWire
import Users

extension Broker {
    /// Kafka's transaction.max.timeout.ms.
    private static let longestTransaction: Int32 = 900_000
    /// How long one whose end could not be written waits for the next attempt.
    static let transactionRetryMilliseconds: Int64 = 1_000

    /// The first request of a producer: it gets the next epoch, and whoever had the one before is
    /// shut out. What was open is ended without being committed.
    func initTransactions(
        _ id: String, _ request: InitProducerIdRequest, _ version: Int16, _ peer: Peer,
        _ answer: @escaping (Transaction?, KafkaError?) -> Void
    ) {
        guard !id.isEmpty else { return answer(nil, .invalidRequest) }
        guard (1...Self.longestTransaction).contains(request.transactionTimeoutMs) else {
            return answer(nil, .invalidTransactionTimeout)
        }
        serially(id) { done in
            let finish = { (transaction: Transaction?, error: KafkaError?) in
                answer(error == nil ? transaction : nil, error)
                done()
            }
            guard let known = self.transactions[id] else {
                guard self.transactions.hasRoom else { return finish(nil, .policyViolation) }
                var new = Transaction()
                new.owner = peer.user
                new.timeoutMilliseconds = request.transactionTimeoutMs
                return self.renew(new) { new, error in
                    guard let new else { return finish(nil, error) }
                    self.write(id, new) { finish(new, $0) }
                }
            }
            guard known.owner == peer.user || peer.rights.isAdmin else {
                return finish(nil, .transactionalIdAuthorizationFailed)
            }
            var next = known.after(0)
            next.timeoutMilliseconds = request.transactionTimeoutMs
            next.askedEpoch = -1
            if request.producerId >= 0 {
                // KIP-360: the producer itself goes on after an error.
                let isKnown = request.producerId == known.producerID
                if isKnown, known.askedEpoch >= 0, request.producerEpoch == known.askedEpoch {
                    // It has not heard the answer.
                    return finish(known, nil)
                }
                guard isKnown, request.producerEpoch == known.epoch else {
                    return finish(nil, Self.fenced(version, since: 4))
                }
                next.askedEpoch = known.epoch
            }
            if known.epoch < .max - 1 {
                next.epoch = known.epoch + 1
                return self.write(id, next, ending: known) { finish(next, $0) }
            }
            self.renew(next) { next, error in
                guard let next else { return finish(nil, error) }
                self.write(id, next, ending: known) { finish(next, $0) }
            }
        }
    }

    /// The same with a producer id that nobody has had.
    private func renew(
        _ transaction: Transaction, _ then: @escaping (Transaction?, KafkaError?) -> Void
    ) {
        withProducerID { producer, error in
            if let error { return then(nil, error) }
            var next = transaction
            next.producerID = producer
            next.epoch = 0
            next.askedEpoch = -1
            then(next, nil)
        }
    }

    /// An older epoch speaks.
    private static func fenced(_ version: Int16, since: Int16) -> KafkaError {
        version >= since ? .producerFenced : .invalidProducerEpoch
    }

    /// The transaction, if it is this one who may go on with it.
    func transaction(
        _ id: String, _ producer: Int64, _ epoch: Int16, _ version: Int16, _ peer: Peer
    ) throws(KafkaError) -> Transaction {
        guard let known = transactions[id], known.producerID == producer else {
            throw .invalidProducerIdMapping
        }
        guard known.owner == peer.user || peer.rights.isAdmin else {
            throw .transactionalIdAuthorizationFailed
        }
        guard known.epoch == epoch else { throw Self.fenced(version, since: 2) }
        return known
    }

    func addPartitions(
        _ request: AddPartitionsToTxnRequest, _ version: Int16, _ peer: Peer,
        _ reply: @escaping (AddPartitionsToTxnResponse) -> Void
    ) {
        let id = request.v3AndBelowTransactionalId
        serially(id) { done in
            let answer = { (error: (String, Int32) -> KafkaError) in
                let results = request.v3AndBelowTopics.map { topic in
                    AddPartitionsToTxnResponse.Topic { result in
                        result.name = topic.name
                        result.resultsByPartition = topic.partitions.map { number in
                            .init {
                                $0.partitionIndex = number
                                $0.partitionErrorCode = error(topic.name, number)
                            }
                        }
                    }
                }
                reply(.init { $0.resultsByTopicV3AndBelow = results })
                done()
            }
            do throws(KafkaError) {
                var next = try self.transaction(
                    id, request.v3AndBelowProducerId, request.v3AndBelowProducerEpoch, version,
                    peer)
                let known = next
                if self.transactions.isFull, !known.isOpen { throw .coordinatorNotAvailable }
                next.isOpen = true
                var isFlawed = false
                for topic in request.v3AndBelowTopics {
                    for number in topic.partitions {
                        do throws(KafkaError) {
                            let part = try self.part(topic.name, number, peer)
                            if !next.parts.contains(where: { $0.partition == part.partition }) {
                                next.parts.append(part)
                            }
                        } catch {
                            isFlawed = true
                        }
                    }
                }
                if isFlawed {
                    return answer { name, number in
                        do throws(KafkaError) {
                            _ = try self.part(name, number, peer)
                            return .operationNotAttempted
                        } catch {
                            return error
                        }
                    }
                }
                if next == known { return answer { _, _ in .none } }
                self.write(id, next) { error in answer { _, _ in error ?? .none } }
            } catch let flaw {
                answer { _, _ in flaw }
            }
        }
    }

    private func part(
        _ name: String, _ number: Int32, _ peer: Peer
    ) throws(KafkaError) -> Transaction.Part {
        guard peer.rights.mayWrite(name) else { throw .topicAuthorizationFailed }
        guard let topic = topics[name], let partition = topic.partition(number),
            let state = topic.state(number)
        else { throw .unknownTopicOrPartition }
        guard topic.writer == .clients else { throw .topicAuthorizationFailed }
        return .init {
            $0.partition = partition.rawValue
            $0.first = state.highWatermark
        }
    }

    func addOffsets(
        _ request: AddOffsetsToTxnRequest, _ version: Int16, _ peer: Peer,
        _ reply: @escaping (AddOffsetsToTxnResponse) -> Void
    ) {
        let id = request.transactionalId
        serially(id) { done in
            let finish = { (error: KafkaError?) in
                reply(.init { $0.errorCode = error ?? .none })
                done()
            }
            do throws(KafkaError) {
                var next = try self.transaction(
                    id, request.producerId, request.producerEpoch, version, peer)
                guard peer.rights.mayUse(group: request.groupId) else {
                    throw .groupAuthorizationFailed
                }
                if next.isOpen { return finish(nil) }
                next.isOpen = true
                self.write(id, next) { finish($0) }
            } catch {
                finish(error)
            }
        }
    }

    func endTransaction(
        _ request: EndTxnRequest, _ version: Int16, _ peer: Peer,
        _ reply: @escaping (EndTxnResponse) -> Void
    ) {
        let id = request.transactionalId
        serially(id) { done in
            let finish = { (error: KafkaError?) in
                reply(.init { $0.errorCode = error ?? .none })
                done()
            }
            do throws(KafkaError) {
                let known = try self.transaction(
                    id, request.producerId, request.producerEpoch, version, peer)
                let way = request.committed ? Transaction.committed : Transaction.aborted
                guard known.isOpen else {
                    // Asked again, as the answer was lost; or there was nothing to end.
                    return finish(known.ended == way ? nil : .invalidTxnState)
                }
                self.write(id, known.after(way), ending: known, isCommit: request.committed) {
                    finish($0)
                }
            } catch {
                finish(error)
            }
        }
    }

    /// Ends those whose time is over, and shuts out their producers.
    func giveUpTransactions() {
        for id in transactions.due(at: clock()) {
            transactions.beginEnd(id)
            serially(id) { done in
                guard let open = self.transactions[id], open.isOpen else { return done() }
                self.transactions.beginEnd(id)
                var next = open.after(Transaction.aborted)
                // A producer that only was too slow may ask for its next epoch with this one.
                next.askedEpoch = open.epoch
                if next.epoch < .max { next.epoch += 1 }
                self.write(id, next, ending: open) { _ in done() }
            }
        }
    }
}
