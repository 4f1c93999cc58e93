// Record batches on their way to the log.

/// Appends batches to partitions. With `acks` 0 nothing answers it.
package struct ProduceRequest: WireRequest {
    package typealias Response = ProduceResponse
    package static var api: ApiKey { .produce }

    /// Nil where there is no transaction. Since version 3.
    package var transactionalId: String?
    /// 0: no answer, 1: the leader has it, -1: all replicas have it.
    package var acks: Int16 = 0
    /// Milliseconds that the broker may take.
    package var timeoutMs: Int32 = 0
    package var topicData: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 3 { try wire.string(&transactionalId) }
        try wire.number(&acks)
        try wire.number(&timeoutMs)
        try wire.array(&topicData)
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var partitionData: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&partitionData)
        }

        package struct Partition: WireStruct {
            package var index: Int32 = 0
            /// Version 2 batches since version 3, the old message sets before.
            package var records: WireBytes?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&index)
                try wire.records(&records)
            }
        }
    }
}

/// Where the batches are, or why they are not.
package struct ProduceResponse: WireMessage {
    package static var api: ApiKey { .produce }

    package var responses: [Topic] = []
    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&responses)
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var partitionResponses: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&partitionResponses)
        }

        package struct Partition: WireStruct {
            package var index: Int32 = 0
            package var errorCode = KafkaError.none
            /// The offset of the first record; -1 after an error.
            package var baseOffset: Int64 = 0
            /// Milliseconds since 1970 where the topic stamps the records itself, else -1. Since
            /// version 2.
            package var logAppendTimeMs: Int64 = -1
            /// -1 where it is not known. Since version 5.
            package var logStartOffset: Int64 = -1
            /// Which records made the broker refuse the batch. Since version 8.
            package var recordErrors: [RecordError] = []
            /// Since version 8.
            package var errorMessage: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&index)
                try wire.error(&errorCode)
                try wire.number(&baseOffset)
                if wire.version >= 2 { try wire.number(&logAppendTimeMs) }
                if wire.version >= 5 { try wire.number(&logStartOffset) }
                if wire.version >= 8 {
                    try wire.array(&recordErrors)
                    try wire.string(&errorMessage)
                }
            }

            package struct RecordError: WireStruct {
                /// The record's number in the batch.
                package var batchIndex: Int32 = 0
                package var batchIndexErrorMessage: String?

                package init() {}

                package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                    try wire.number(&batchIndex)
                    try wire.string(&batchIndexErrorMessage)
                }
            }
        }
    }
}
