// Produce: a batch is checked as far as it says something to this broker, appended as it is, and
// acknowledged when it is on the disk, whatever `acks` says (0 is not answered). Signals of
// detectors go to the controller instead.

import EventLog
import KafkaWire
import Users

extension Broker {
    /// One produce request until all its partitions have an outcome.
    private final class Production {
        var response = ProduceResponse()
        var open = 1
        let reply: (ProduceResponse) -> Void

        init(_ reply: @escaping (ProduceResponse) -> Void) {
            self.reply = reply
        }

        /// Written in place: a key path with these indices would be made anew for every batch, which
        /// took a quarter of the event loop's time.
        func set(_ place: Int, _ slot: Int, _ outcome: ProduceOutcome, logStart: Int64) {
            outcome.put(
                into: &response.responses[place].partitionResponses[slot], logStart: logStart)
        }

        func finish() {
            open -= 1
            if open == 0 { reply(response) }
        }
    }

    func produce(
        _ request: ProduceRequest, _ version: Int16, _ peer: Peer, _ reply: @escaping Reply
    ) {
        let production = Production { reply(request.acks == 0 ? nil : .produce($0)) }
        for (place, topic) in request.topicData.enumerated() {
            production.response.responses.append(.init { $0.name = topic.name })
            let served = topics[topic.name]
            for (slot, partition) in topic.partitionData.enumerated() {
                production.response.responses[place].partitionResponses.append(
                    .init {
                        $0.index = partition.index
                        $0.baseOffset = -1
                    })
                production.open += 1
                let answer = { (outcome: ProduceOutcome) in
                    let logStart = served.flatMap { served in
                        served.partition(partition.index).flatMap {
                            served.log.reader?.logStart($0)
                        }
                    }
                    production.set(place, slot, outcome, logStart: logStart ?? -1)
                    production.finish()
                }
                if version < 3 {
                    answer(.refused(.unsupportedForMessageFormat, "message format v2 is needed"))
                } else if !(-1...1).contains(request.acks) {
                    answer(.refused(.invalidRequiredAcks, "acks is -1, 0 or 1"))
                } else {
                    produce(partition, of: served, request.transactionalId, peer, answer)
                }
            }
        }
        production.finish()
    }

    /// What became of one partition's batch.
    private enum ProduceOutcome {
        case written(base: Int64)
        case refused(KafkaError, String?)
        /// The batch is refused for these of its records; the numbers count from 0.
        case badRecords([Int32], String)

        func put(into result: inout ProduceResponse.Topic.Partition, logStart: Int64) {
            switch self {
            case .written(let base):
                result.baseOffset = base
                result.logStartOffset = logStart
            case .refused(let error, let message):
                result.errorCode = error
                result.errorMessage = message
            case .badRecords(let numbers, let message):
                result.errorCode = .invalidRecord
                result.errorMessage = message
                result.recordErrors = numbers.map { number in .init { $0.batchIndex = number } }
            }
        }
    }

    private func produce(
        _ partition: ProduceRequest.Topic.Partition, of topic: ServedTopic?,
        _ transaction: String?, _ peer: Peer, _ answer: @escaping (ProduceOutcome) -> Void
    ) {
        guard let topic, let id = topic.partition(partition.index) else {
            return answer(.refused(.unknownTopicOrPartition, nil))
        }
        guard let bytes = partition.records?.bytes, !bytes.isEmpty else {
            return answer(.refused(.invalidRecord, "there is no record batch"))
        }
        let rules = topic.info.settings
        let most = min(rules.largestBatch ?? .max, Int64(settings.maxMessageBytes))
        guard bytes.count <= most else {
            return answer(
                .refused(
                    .messageTooLarge, "the batch has \(bytes.count) bytes, the limit is \(most)"))
        }
        let header = unsafe bytes.withUnsafeBytes { unsafe BatchHeader($0) }
        guard let header else {
            return answer(.refused(.corruptMessage, "not one record batch of format v2"))
        }
        guard !header.isControl else {
            return answer(.refused(.invalidRecord, "control batches are the broker's"))
        }
        if let transaction {
            if let error = transactions.refusal(of: header, in: transaction, id) {
                return answer(.refused(error, nil))
            }
        } else if header.isTransactional {
            return answer(.refused(.invalidTxnState, "the request names no transactional id"))
        }
        if rules.needsKeys, let refusal = Self.refusalWithoutKeys(bytes) { return answer(refusal) }
        switch topic.writer {
        case .clients:
            append([.batch(id, Array(bytes))], isProduced: true) { outcome in
                switch outcome {
                case .success(let results):
                    guard case .offsets(let base, _, _)? = results.first else {
                        return answer(.refused(.unknownServerError, nil))
                    }
                    answer(.written(base: base))
                case .failure(let error): answer(.refused(error.kafka, nil))
                }
            }
        case .controllerTakesSignals: send(bytes, peer, answer)
        case .controller, .gateway:
            answer(
                .refused(
                    .topicAuthorizationFailed,
                    "only the \(topic.writer) writes to \(topic.name)"))
        }
    }

    /// What is said of a batch in which records have no key. One that a codec has packed is not
    /// looked into.
    private static func refusalWithoutKeys(_ batch: ArraySlice<UInt8>) -> ProduceOutcome? {
        var number: Int32 = 0
        var without: [Int32] = []
        do {
            try unsafe batch.withUnsafeBytes { batch in
                _ = try unsafe BatchHeader.checked(batch)
                try unsafe RecordBatch.forEachRecord(batch) { record in
                    if record.key == nil { without.append(number) }
                    number += 1
                }
            }
        } catch BatchError.compressed {
            return nil
        } catch {
            return .refused(.corruptMessage, nil)
        }
        return without.isEmpty
            ? nil : .badRecords(without, "in this topic every record has to have a key")
    }

    /// Hands the signals of a batch to the controller, one after the other; the first that is
    /// refused ends it. What came before it has been taken.
    private func send(
        _ batch: ArraySlice<UInt8>, _ peer: Peer, _ answer: @escaping (ProduceOutcome) -> Void
    ) {
        guard let signals else {
            return answer(.refused(.topicAuthorizationFailed, "there is no controller here"))
        }
        var readings: [(detector: UInt32, isAlarm: Bool)] = []
        do {
            try unsafe batch.withUnsafeBytes { batch in
                _ = try unsafe BatchHeader.checked(batch)
                try unsafe RecordBatch.forEachRecord(batch) { record in
                    guard let key = record.key, key.count == 4, let value = record.value,
                        value.count == 1, value[0] <= 1
                    else { throw NoSignal() }
                    let detector = key.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                    readings.append((detector, value[0] == 1))
                }
            }
        } catch BatchError.compressed {
            return answer(
                .refused(.unsupportedCompressionType, "signals are sent without compression"))
        } catch is NoSignal {
            return answer(
                .refused(
                    .invalidRecord,
                    "a signal's key is the detector's id, 4 bytes big-endian; its value 1 byte, 0 or 1"
                ))
        } catch {
            return answer(.refused(.corruptMessage, nil))
        }
        if let other = readings.first(where: { !peer.rights.maySignal(for: $0.detector) }) {
            return answer(
                .refused(
                    .topicAuthorizationFailed,
                    "the user may not signal for detector \(other.detector)"))
        }
        send(readings[...], of: peer.connection, to: signals, answer)
    }

    private func send(
        _ readings: ArraySlice<(detector: UInt32, isAlarm: Bool)>, of connection: UInt64,
        to signals: any SignalInput, _ answer: @escaping (ProduceOutcome) -> Void
    ) {
        guard let first = readings.first else { return answer(.written(base: -1)) }
        signals.send(detector: first.detector, isAlarm: first.isAlarm, from: connection) {
            outcome in
            let id = first.detector
            switch outcome {
            case .taken: self.send(readings.dropFirst(), of: connection, to: signals, answer)
            case .unknownDetector:
                answer(.refused(.invalidRecord, "the site has no detector \(id)"))
            case .refused:
                answer(.refused(.invalidRecord, "the controller refused the signal of \(id)"))
            case .notNetworkDetector:
                answer(
                    .refused(
                        .invalidRecord,
                        "detector \(id) signals by wire or bus, not over the network"))
            case .busy: answer(.refused(.throttlingQuotaExceeded, "too many signals wait"))
            case .unreachable:
                answer(.refused(.brokerNotAvailable, "the controller does not answer"))
            }
        }
    }
}

private struct NoSignal: Error {}
