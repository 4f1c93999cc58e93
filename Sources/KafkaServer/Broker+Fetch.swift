// Fetch: whole batches from the offset that is asked for, by the limits of request and partition; the
// first one comes even where it is larger. With too little to send it waits for more.

import EventLog
import KafkaWire

extension Broker {
    /// Fetches that wait this long for nothing, in milliseconds, are answered together with others: a
    /// hundred idle consumers then wake the gateway twenty times a second, not two hundred times.
    private static let longWait: Int64 = 400
    private static let answerEvery: Int64 = 50

    func fetch(_ request: FetchRequest, _ peer: Peer, _ reply: @escaping Reply) {
        let now = clock()
        let waits = min(max(0, Int64(request.maxWaitMs)), settings.maxWaitMilliseconds)
        let read = read(request)
        if waits == 0 || read.isFinal || read.bytes >= request.minBytes {
            return reply(.fetch(read.response))
        }
        var deadline = now + waits
        if waits >= Self.longWait {
            deadline += (Self.answerEvery - deadline % Self.answerEvery) % Self.answerEvery
        }
        waiters.add(
            FetchWaiters.Waiter(
                request: request, connection: peer.connection, deadline: deadline,
                places: places(of: request), reply: { reply(.fetch($0)) }))
    }

    private func places(of request: FetchRequest) -> [FetchWaiters.Place] {
        request.topics.flatMap { topic -> [FetchWaiters.Place] in
            guard let served = topics[topic.topic] else { return [] }
            return topic.partitions.compactMap { wanted in
                served.partition(wanted.partition).map {
                    FetchWaiters.Place(log: ObjectIdentifier(served.log), partition: $0)
                }
            }
        }
    }

    /// Answers those of the waiters who can be served now; whose time is over gets what there is.
    func serve(_ numbers: [UInt64], isLate: Bool = false) {
        for number in numbers {
            guard let waiter = waiters[number] else { continue }
            let read = read(waiter.request)
            guard isLate || read.isFinal || read.bytes >= waiter.request.minBytes else { continue }
            waiters.remove(number)
            waiter.reply(read.response)
        }
    }

    /// What one reading has brought. `isFinal`: an error that waiting does not cure.
    private struct Reading {
        var response = FetchResponse()
        var bytes = 0
        var isFinal = false
    }

    private func read(_ request: FetchRequest) -> Reading {
        var reading = Reading()
        let most = min(max(0, Int(request.maxBytes)), settings.maxFetchBytes)
        for topic in request.topics {
            let served = topics[topic.topic]
            var result = FetchResponse.Topic()
            result.topic = topic.topic
            for wanted in topic.partitions {
                let partition = read(
                    wanted, of: served, most - reading.bytes, isFirst: reading.bytes == 0,
                    isCommitted: request.isolationLevel == 1)
                reading.bytes += partition.records?.count ?? 0
                if partition.errorCode != .none { reading.isFinal = true }
                result.partitions.append(partition)
            }
            reading.response.responses.append(result)
        }
        return reading
    }

    private func read(
        _ wanted: FetchRequest.Topic.Partition, of topic: ServedTopic?, _ room: Int,
        isFirst: Bool, isCommitted: Bool
    ) -> FetchResponse.Topic.Partition {
        var result = FetchResponse.Topic.Partition()
        result.partitionIndex = wanted.partition
        result.highWatermark = -1
        result.records = WireBytes([])
        guard let topic, let id = topic.partition(wanted.partition), let reader = topic.log.reader,
            let state = topic.state(wanted.partition)
        else {
            result.errorCode = .unknownTopicOrPartition
            return result
        }
        if wanted.currentLeaderEpoch > Self.leaderEpoch {
            result.errorCode = .unknownLeaderEpoch
            return result
        }
        result.highWatermark = state.highWatermark
        let stable = topic.stableEnd(id, state, transactions)
        result.lastStableOffset = stable
        result.logStartOffset = state.logStart
        let limit = min(max(0, Int(wanted.partitionMaxBytes)), room)
        guard (state.logStart...state.highWatermark).contains(wanted.fetchOffset) else {
            result.errorCode = .offsetOutOfRange
            return result
        }
        // Whatever has been read before, one batch larger than the limit is only sent alone.
        let end = isCommitted ? stable : state.highWatermark
        if isCommitted { result.abortedTransactions = [] }
        guard wanted.fetchOffset < end, isFirst || limit > 0 else { return result }
        var bytes: [UInt8] = []
        do throws(ReadError) {
            _ = try reader.read(id, from: wanted.fetchOffset, maxBytes: limit, into: &bytes)
            guard isFirst || bytes.count <= limit else { return result }
            if isCommitted, topic.log === topics.service {
                let next = RecordBatch.cut(&bytes, at: end)
                result.abortedTransactions = transactions.aborted(
                    id, wanted.fetchOffset..<max(next, wanted.fetchOffset)
                )
                .map { part in
                    .init {
                        $0.producerId = part.producerID
                        $0.firstOffset = part.first
                    }
                }
            }
            result.records = WireBytes(bytes)
        } catch {
            switch error {
            case .outOfRange: result.errorCode = .offsetOutOfRange
            case .unknownPartition: result.errorCode = .unknownTopicOrPartition
            case .file, .noLog: result.errorCode = .kafkaStorageError
            }
        }
        return result
    }
}

extension RecordBatch {
    /// Takes away the batches that begin at `end` or behind it. What comes behind those that stay is
    /// returned.
    static func cut(_ batches: inout [UInt8], at end: Int64) -> Int64 {
        var place = 0
        var next: Int64 = 0
        unsafe batches.withUnsafeBytes { bytes in
            while place < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[place...])
                guard let header = unsafe BatchHeader(rest), header.baseOffset < end else { return }
                next = header.baseOffset + Int64(header.lastOffsetDelta) + 1
                place += header.batchLength
            }
        }
        batches.removeLast(batches.count - min(place, batches.count))
        return max(next, 0)
    }
}

extension ServedTopic {
    /// The end of what belongs to no open transaction. Only clients' topics have transactions.
    func stableEnd(
        _ partition: PartitionID, _ state: PartitionInfo, _ transactions: Transactions
    ) -> Int64 {
        writer == .clients
            ? transactions.stableEnd(partition, highWatermark: state.highWatermark)
            : state.highWatermark
    }
}
