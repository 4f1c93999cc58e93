// What a topic lets in, and which of its entries can be set: rules that stock clients and librdkafka's
// own tests ask for.

import EventLog
import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct TopicRuleTests {
    private func alter(
        _ hall: BrokerHall, _ topic: String, _ changes: [(String, Int8, String?)], kind: Int8 = 2
    ) throws -> KafkaError {
        let answer = try hall.ask(
            .incrementalAlterConfigs(
                .init {
                    $0.resources = [
                        .init {
                            $0.resourceType = kind
                            $0.resourceName = topic
                            $0.configs = changes.map { change in
                                .init {
                                    $0.name = change.0
                                    $0.configOperation = change.1
                                    $0.value = change.2
                                }
                            }
                        }
                    ]
                }))
        guard case .incrementalAlterConfigs(let response)? = answer,
            let result = response.responses.first
        else { throw BrokerHall.Unexpected(answer) }
        return result.errorCode
    }

    private func shown(_ hall: BrokerHall, _ topic: String, _ name: String) throws -> String? {
        let answer = try hall.ask(
            .describeConfigs(
                .init {
                    $0.resources = [
                        .init {
                            $0.resourceType = 2
                            $0.resourceName = topic
                            $0.configurationKeys = [name]
                        }
                    ]
                }))
        guard case .describeConfigs(let response)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return response.results.first?.configs.first?.value
    }

    private func batch(_ keys: [String?]) -> [UInt8] {
        RecordBatch.encode(
            keys.map { LogRecord(key: $0.map { Array($0.utf8) }, value: [1], timestamp: 1) })
    }

    @Test("In a topic that asks for keys a batch is refused, and the records without one are named")
    func keysNeeded() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        #expect(try alter(hall, "t", [("cleanup.policy", 2, "compact")]) == .none)
        #expect(try shown(hall, "t", "cleanup.policy") == "delete,compact")

        let refused = try hall.produce("t", batch(["a", nil, "b", nil]))
        #expect(refused.errorCode == .invalidRecord)
        #expect(refused.recordErrors.map(\.batchIndex) == [1, 3])
        #expect(refused.baseOffset == -1)
        #expect(try hall.produce("t", batch(["a", "b", ""])).errorCode == .none)

        #expect(try alter(hall, "t", [("cleanup.policy", 3, "compact")]) == .none)
        #expect(try shown(hall, "t", "cleanup.policy") == "delete")
        #expect(try hall.produce("t", batch([nil])).errorCode == .none)
    }

    @Test("A batch is as large as its topic allows, and no larger than the broker does")
    func largestBatch() throws {
        let hall = try BrokerHall { $0.maxMessageBytes = 5_000 }
        try hall.make("t")
        let batch = batch(["key"])
        #expect(try alter(hall, "t", [("max.message.bytes", 0, "\(batch.count)")]) == .none)
        #expect(try hall.produce("t", batch).errorCode == .none)
        #expect(try shown(hall, "t", "max.message.bytes") == "\(batch.count)")
        #expect(try alter(hall, "t", [("max.message.bytes", 0, "\(batch.count - 1)")]) == .none)
        #expect(try hall.produce("t", batch).errorCode == .messageTooLarge)
        #expect(try alter(hall, "t", [("max.message.bytes", 0, "5001")]) == .invalidConfig)
        #expect(try alter(hall, "t", [("max.message.bytes", 1, nil)]) == .none)
        #expect(try shown(hall, "t", "max.message.bytes") == "5000")
    }

    @Test("Hints of how a broker works are taken and change nothing; what is not so is refused")
    func hints() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let hints = [
            ("compression.type", "gzip"), ("flush.ms", "12345678"), ("delete.retention.ms", "900"),
            ("max.compaction.lag.ms", "3600000"), ("message.format.version", "0.10.0.0"),
        ]
        #expect(try alter(hall, "t", hints.map { ($0.0, 0, $0.1) }) == .none)
        #expect(try shown(hall, "t", "compression.type") == "producer")
        for (name, value) in [
            ("compression.type", "rar"), ("flush.ms", "-1"), ("cleanup.policy", "compact"),
            ("cleanup.policy", ""), ("min.insync.replicas", "2"), ("dummy.doesntexist", "1"),
            ("message.timestamp.type", "LogAppendTime"),
        ] {
            #expect(try alter(hall, "t", [(name, 0, value)]) == .invalidConfig, "\(name)")
        }
        #expect(try alter(hall, "t", [("retention.ms", 2, "5")]) == .invalidConfig)
        #expect(try alter(hall, "t", [("retention.ms", 4, "5")]) == .invalidRequest)
    }

    @Test("The broker's own entries stand in the site file, but for those that are nothing here")
    func brokerEntries() throws {
        let hall = try BrokerHall()
        let kerberos = "sasl.kerberos.min.time.before.relogin"
        #expect(try alter(hall, "1", [(kerberos, 0, "58000")], kind: 4) == .none)
        #expect(
            try alter(hall, "1", [(kerberos, 0, "58000"), ("num.partitions", 0, "2")], kind: 4)
                == .invalidRequest)
        #expect(
            try alter(hall, "g", [("consumer.session.timeout.ms", 0, "1")], kind: 32)
                == .invalidRequest)
    }
}
