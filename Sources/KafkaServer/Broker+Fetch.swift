// Fetch: whole batches from the offset that is asked for, by the limits of request and partition; the
// first one comes even where it is larger. With too little to send it waits for more.

import EventLog
import KafkaWire

extension Broker {
    func fetch(_ request: FetchRequest, _ peer: Peer, _ reply: @escaping Reply) {
        let now = clock()
        let waits = min(max(0, Int64(request.maxWaitMs)), settings.maxWaitMilliseconds)
        let read = read(request)
        if waits == 0 || read.isFinal || read.bytes >= request.minBytes {
            return reply(.fetch(read.response))
        }
        waiters.add(
            FetchWaiters.Waiter(
                request: request, connection: peer.connection, deadline: now + waits,
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
                let partition = read(wanted, of: served, most - reading.bytes, reading.bytes == 0)
                reading.bytes += partition.records?.count ?? 0
                if partition.errorCode != .none { reading.isFinal = true }
                result.partitions.append(partition)
            }
            reading.response.responses.append(result)
        }
        return reading
    }

    private func read(
        _ wanted: FetchRequest.Topic.Partition, of topic: ServedTopic?, _ room: Int, _ isFirst: Bool
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
        result.lastStableOffset = state.highWatermark
        result.logStartOffset = state.logStart
        let limit = min(max(0, Int(wanted.partitionMaxBytes)), room)
        guard (state.logStart...state.highWatermark).contains(wanted.fetchOffset) else {
            result.errorCode = .offsetOutOfRange
            return result
        }
        // Whatever has been read before, one batch larger than the limit is only sent alone.
        guard wanted.fetchOffset < state.highWatermark, isFirst || limit > 0 else { return result }
        var bytes: [UInt8] = []
        do throws(ReadError) {
            _ = try reader.read(id, from: wanted.fetchOffset, maxBytes: limit, into: &bytes)
            if isFirst || bytes.count <= limit { result.records = WireBytes(bytes) }
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
