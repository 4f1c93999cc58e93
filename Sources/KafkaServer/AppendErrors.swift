// What a client is told when the log refuses an append.

import EventLog
import KafkaWire

extension AppendError {
    /// What a client is told.
    var kafka: KafkaError {
        switch self {
        case .badBatch: .corruptMessage
        case .unknownPartition, .unknownTopic: .unknownTopicOrPartition
        case .topicExists: .topicAlreadyExists
        case .badName: .invalidTopicException
        case .tooLarge: .messageTooLarge
        case .tooMany: .policyViolation
        case .full: .kafkaStorageError
        case .outOfOrderSequence: .outOfOrderSequenceNumber
        case .staleProducerEpoch: .invalidProducerEpoch
        case .offsetOutOfRange: .offsetOutOfRange
        case .backlogged: .notEnoughReplicas
        }
    }
}
