// Every message of the codec, and every version of it.

import KafkaWire
import TestSupport

/// One message in one version.
struct Sample: CustomStringConvertible {
    let type: any WireMessage.Type
    let version: Int16

    var name: String { "\(type)" }
    var description: String { "\(name) \(version)" }
    var isFlexible: Bool { type.api.isFlexible(version) }

    static let requests: [any WireRequest.Type] = [
        ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
        OffsetCommitRequest.self, OffsetFetchRequest.self, FindCoordinatorRequest.self,
        JoinGroupRequest.self, HeartbeatRequest.self, LeaveGroupRequest.self,
        SyncGroupRequest.self, DescribeGroupsRequest.self, ListGroupsRequest.self,
        SaslHandshakeRequest.self, ApiVersionsRequest.self, CreateTopicsRequest.self,
        DeleteTopicsRequest.self, DeleteRecordsRequest.self, InitProducerIdRequest.self,
        OffsetForLeaderEpochRequest.self, DescribeConfigsRequest.self, AlterConfigsRequest.self,
        SaslAuthenticateRequest.self, CreatePartitionsRequest.self, DeleteGroupsRequest.self,
        IncrementalAlterConfigsRequest.self, OffsetDeleteRequest.self,
        DescribeClusterRequest.self, AddPartitionsToTxnRequest.self, AddOffsetsToTxnRequest.self,
        EndTxnRequest.self, TxnOffsetCommitRequest.self, DescribeAclsRequest.self,
        CreateAclsRequest.self, DeleteAclsRequest.self,
    ]

    /// Both messages of every API in every version.
    static let all: [Sample] = requests.flatMap { request in
        request.api.versions.flatMap { version in
            [
                Sample(type: request, version: version),
                Sample(type: response(of: request), version: version),
            ]
        }
    }

    private static func response<Request: WireRequest>(
        of request: Request.Type
    ) -> any WireMessage.Type {
        Request.Response.self
    }

    static func named(_ name: String, _ version: Int16) -> Sample? {
        all.first { $0.name == name && $0.version == version }
    }

    // What the tests do with a message of any type

    /// A message with a random value in every field that the version has.
    func random(_ random: inout SeededNumbers) throws -> any WireMessage {
        let type = type
        return try fill(type, &random)
    }

    private func fill<Message: WireMessage>(
        _: Message.Type, _ random: inout SeededNumbers
    ) throws -> any WireMessage {
        var wire = RandomWire(random, version: version, isFlexible: isFlexible)
        var message = Message()
        try wire.structure(&message)
        random = wire.random
        return message
    }

    func decode(_ body: [UInt8]) throws(WireError) -> any WireMessage {
        try type.decode(body[...], version: version)
    }

    /// The bytes of a value that a fuzzer made; nil where they are no message.
    func again(_ body: [UInt8]) throws(WireError) -> [UInt8] {
        try decode(body).encode(version: version)
    }
}

/// Puts random values into fields.
struct RandomWire: Wire {
    var random: SeededNumbers
    let version: Int16
    var isFlexible: Bool
    static var makesValues: Bool { true }

    init(_ random: SeededNumbers, version: Int16, isFlexible: Bool) {
        self.random = random
        self.version = version
        self.isFlexible = isFlexible
    }

    private static let longest = String(repeating: "x", count: WireLimits.string)

    private mutating func one<Value>(of values: [Value], else other: Value) -> Value {
        values.randomElement(using: &random) ?? other
    }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: inout Number
    ) throws(WireError) {
        value = one(
            of: [0, 1, .max, .min, Number(truncatingIfNeeded: random.next())], else: 0)
    }

    mutating func bool(_ value: inout Bool) throws(WireError) {
        value = random.next() % 2 == 0
    }

    mutating func error(_ value: inout KafkaError) throws(WireError) {
        value = one(of: KafkaError.allCases, else: .none)
    }

    mutating func string(_ value: inout String?, nullable: Bool) throws(WireError) {
        let long = String(repeating: "é", count: Int.random(in: 60...70, using: &random))
        value = one(
            of: ["", "a", "größe", long, long, random.next() % 64 == 0 ? Self.longest : "topic"],
            else: "")
        if nullable && random.next() % 4 == 0 { value = nil }
    }

    mutating func bytes(_ value: inout [UInt8]) throws(WireError) {
        value = random.bytes(one(of: [0, 1, 126, 127, 128, 1_000], else: 0))
    }

    mutating func records(_ value: inout WireBytes?) throws(WireError) {
        var bytes: [UInt8] = []
        try self.bytes(&bytes)
        value = random.next() % 4 == 0 ? nil : WireBytes(bytes)
    }

    mutating func count(
        _ value: inout Int?, nullable: Bool, least: Int
    ) throws(WireError) {
        value = nullable && random.next() % 4 == 0 ? nil : one(of: [0, 1, 2, 3], else: 0)
    }

    mutating func tags<Structure: WireStruct>(
        of value: inout Structure
    ) throws(WireError) {
        for tag in 0..<Structure.knownTags where random.next() % 2 == 0 {
            try value.walkTag(tag, &self)
        }
    }
}
