// Offsets by time and by epoch. There is one leader and it never changes, so the leader epoch is
// constant: what was acknowledged is never cut.

import EventLog
import KafkaWire

extension Broker {
    static let leaderEpoch: Int32 = 0

    /// The times that mean a place and not a time (ListOffsetsRequest in Kafka's protocol).
    private enum Special {
        static let latest: Int64 = -1
        static let earliest: Int64 = -2
        static let maxTimestamp: Int64 = -3
    }

    func listOffsets(_ request: ListOffsetsRequest) -> ListOffsetsResponse {
        .init { response in
            response.topics = request.topics.map { topic in
                let served = topics[topic.name]
                return .init { result in
                    result.name = topic.name
                    result.partitions = topic.partitions.map {
                        offset($0, of: served, isCommitted: request.isolationLevel == 1)
                    }
                }
            }
        }
    }

    private func offset(
        _ wanted: ListOffsetsRequest.Topic.Partition, of topic: ServedTopic?, isCommitted: Bool
    ) -> ListOffsetsResponse.Topic.Partition {
        var result = ListOffsetsResponse.Topic.Partition()
        result.partitionIndex = wanted.partitionIndex
        guard let topic, let id = topic.partition(wanted.partitionIndex),
            let reader = topic.log.reader, let state = topic.state(wanted.partitionIndex)
        else {
            result.errorCode = .unknownTopicOrPartition
            return result
        }
        result.leaderEpoch = Self.leaderEpoch
        let end = isCommitted ? topic.stableEnd(id, state, transactions) : state.highWatermark
        switch wanted.timestamp {
        case Special.latest: result.offset = end
        case Special.earliest: result.offset = state.logStart
        default:
            let isMax = wanted.timestamp == Special.maxTimestamp
            let time = isMax ? state.maxTimestamp : wanted.timestamp
            if isMax, state.records == 0 { return result }
            do throws(ReadError) {
                guard let found = try reader.record(id, atOrAfter: time), found.offset < end else {
                    return result
                }
                result.offset = found.offset
                result.timestamp = found.timestamp
            } catch {
                result.errorCode = .kafkaStorageError
            }
        }
        return result
    }

    func epochEnds(_ request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
        .init { response in
            response.topics = request.topics.map { topic in
                let served = topics[topic.topic]
                return .init { result in
                    result.topic = topic.topic
                    result.partitions = topic.partitions.map { wanted in
                        .init { end in
                            end.partition = wanted.partition
                            guard let state = served?.state(wanted.partition) else {
                                end.errorCode = .unknownTopicOrPartition
                                return
                            }
                            if wanted.currentLeaderEpoch > Self.leaderEpoch {
                                end.errorCode = .unknownLeaderEpoch
                            } else if wanted.leaderEpoch == Self.leaderEpoch {
                                end.leaderEpoch = Self.leaderEpoch
                                end.endOffset = state.highWatermark
                            }
                        }
                    }
                }
            }
        }
    }
}
