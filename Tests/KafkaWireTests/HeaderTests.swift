// Headers, the ApiVersions exceptions, gaps, and what cannot be written: byte by byte.

import KafkaWire
import Testing

@Suite struct HeaderTests {
    /// kcat's ApiVersions question in version 3, without its length.
    private let question: [UInt8] =
        [0, 18, 0, 3, 0, 0, 0, 1, 0, 7] + Array("rdkafka".utf8)
        + [0, 11] + Array("librdkafka".utf8) + [6] + Array("2.0.2".utf8) + [0]

    @Test("The question of a librdkafka is read")
    func librdkafka() throws {
        let incoming = try IncomingRequest(question[...])
        #expect(incoming.standing == .spoken(.apiVersions))
        #expect(incoming.header.correlationId == 1)
        #expect(incoming.header.clientId == "rdkafka")
        let expected = ApiVersionsRequest {
            $0.clientSoftwareName = "librdkafka"
            $0.clientSoftwareVersion = "2.0.2"
        }
        #expect(try incoming.request() == .apiVersions(expected))
        let frame = try OutgoingFrame(
            .apiVersions(expected), version: 3, correlationId: 1, clientId: "rdkafka")
        #expect(Array(frame.bytes.dropFirst(4)) == question)
    }

    @Test("The answer to ApiVersions has a header without tagged fields in every version")
    func apiVersionsHeader() throws {
        let answer = ApiVersionsResponse.speaking([.apiVersions])
        for version in ApiKey.apiVersions.versions {
            let frame = try OutgoingFrame(
                .apiVersions(answer), version: version, correlationId: 7)
            // Length, correlation id, error: a tag count would lie between the last two.
            #expect(Array(frame.bytes[4..<10]) == [0, 0, 0, 7, 0, 0])
        }
        let other = try OutgoingFrame(.heartbeat(.init()), version: 4, correlationId: 7)
        #expect(other.bytes == [0, 0, 0, 12, 0, 0, 0, 7, 0] + [0, 0, 0, 0, 0, 0, 0])
    }

    @Test("ApiVersions in a version that is too new is answered in version 0 with error 35")
    func tooNew() throws {
        // What comes behind the header is of a form that nobody knows yet.
        let newer: [UInt8] = [0, 18, 0, 5, 0, 0, 0, 9, 0xFF, 0xFF, 0, 1, 2, 3]
        let incoming = try IncomingRequest(newer[...])
        #expect(incoming.standing == .tooNew)
        #expect(throws: WireError.version(5, of: .apiVersions)) { try incoming.request() }
        let frame = try OutgoingFrame(
            .apiVersions(.unsupported), version: 0, correlationId: 9)
        let bytes: [UInt8] =
            [0, 0, 0, 16] + [0, 0, 0, 9] + [0, 35] + [0, 0, 0, 1] + [0, 18, 0, 0, 0, 4]
        #expect(frame.bytes == bytes)
        // Who asked in version 4 reads it all the same.
        let read = try IncomingResponse(bytes[4...], api: .apiVersions, version: 4)
        #expect(try read.response() == .apiVersions(.unsupported))
    }

    @Test("An API or a version that is not spoken is told from the header alone")
    func notSpoken() throws {
        for (key, version, standing) in [
            (68, 0, .unknown), (-1, 0, .unknown), (0, 10, .version(.produce)),
            (1, 3, .version(.fetch)), (0, 0, .spoken(.produce)), (3, -1, .version(.metadata)),
        ] as [(Int16, Int16, IncomingRequest.Standing)] {
            var frame: [UInt8] = []
            for number in [key, version] {
                frame += [
                    UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
                ]
            }
            frame += [0, 0, 0, 1, 0xFF, 0xFF, 0]
            #expect(try IncomingRequest(frame[...]).standing == standing)
        }
    }

    @Test("The advertised versions are those that are spoken")
    func advertised() {
        let answer = ApiVersionsResponse.speaking(ApiKey.allCases)
        #expect(answer.errorCode == .none)
        #expect(answer.apiKeys.map(\.apiKey) == ApiKey.allCases.map(\.rawValue).sorted())
        for entry in answer.apiKeys {
            let versions = ApiKey(rawValue: entry.apiKey)?.versions
            #expect(versions == entry.minVersion...entry.maxVersion)
        }
    }

    @Test("Records that lie apart leave gaps: filled, the frame is the one with the records in it")
    func gaps() throws {
        func answer(_ records: [WireBytes?]) -> KafkaResponse {
            .fetch(
                .init { response in
                    response.responses = [
                        .init { topic in
                            topic.topic = "alarms"
                            topic.partitions = records.map { records in
                                .init { $0.records = records }
                            }
                        }
                    ]
                })
        }
        let batches: [[UInt8]?] = [
            [1, 2, 3], nil, [], [UInt8](repeating: 9, count: 70_000),
            [UInt8](repeating: 8, count: 200),
        ]
        for version in ApiKey.fetch.versions {
            let whole = try OutgoingFrame(
                answer(batches.map { $0.map { WireBytes($0) } }), version: version, correlationId: 3
            )
            let apart = try OutgoingFrame(
                answer(batches.map { $0.map { .apart($0.count) } }), version: version,
                correlationId: 3)
            #expect(apart.apart == 70_203)
            #expect(apart.count == whole.count - apart.apart)
            let (bytes, gaps) = apart.pieces()
            #expect(gaps.map(\.count) == [3, 0, 70_000, 200])
            var filled: [UInt8] = []
            var done = 0
            for (gap, batch) in zip(gaps, batches.compactMap { $0 }) {
                filled += bytes[done..<gap.position] + batch
                done = gap.position
            }
            #expect(filled + bytes[done...] == whole.bytes)
        }
    }

    @Test("Records that were read share the memory of their frame")
    func shared() throws {
        let request = ProduceRequest {
            $0.topicData = [
                .init { topic in
                    topic.name = "t"
                    topic.partitionData = [.init { $0.records = WireBytes([1, 2, 3, 4]) }]
                }
            ]
        }
        let frame = try request.encode(version: 9)
        let read = try ProduceRequest.decode(frame[...], version: 9)
        let records = try #require(read.topicData.first?.partitionData.first?.records?.bytes)
        #expect(records == [1, 2, 3, 4])
        let distance = try frame.withUnsafeBytes { frame in
            try records.withUnsafeBytes { records in
                try #require(records.baseAddress) - (try #require(frame.baseAddress))
            }
        }
        #expect((0..<frame.count).contains(distance))
    }

    @Test("What a version has no form for is an error of the writer")
    func notWritten() {
        let long = String(repeating: "x", count: WireLimits.string + 1)
        #expect(throws: WireError.tooLong(WireLimits.string + 1)) {
            try HeartbeatRequest { $0.groupId = long }.encode(version: 4)
        }
        #expect(throws: WireError.null(at: -1)) {
            try MetadataRequest { $0.topics = nil }.encode(version: 0)
        }
        #expect(throws: WireError.null(at: -1)) {
            try JoinGroupResponse { $0.protocolName = nil }.encode(version: 6)
        }
        #expect(throws: WireError.tooLong(5)) {
            try FetchResponse {
                $0.responses = [.init { $0.partitions = [.init { $0.records = .apart(5) }] }]
            }.encode(version: 12)
        }
        #expect(throws: WireError.version(13, of: .fetch)) {
            try FetchRequest().encode(version: 13)
        }
        // Length, header and body around the records.
        #expect(throws: WireError.tooLong(4 + 10 + 24 + Int(Int32.max) - 1)) {
            try OutgoingFrame(
                .produce(
                    .init {
                        $0.topicData = [
                            .init {
                                $0.partitionData = [
                                    .init { $0.records = .apart(Int(Int32.max) - 1) }
                                ]
                            }
                        ]
                    }), version: 2, correlationId: 0, clientId: nil)
        }
    }

    @Test("Null, text that is not UTF-8, and tags of a wrong length are refused where they are")
    func refused() {
        // A heartbeat: group, generation, member, and since version 3 the instance.
        #expect(throws: WireError.null(at: 0)) {
            try HeartbeatRequest.decode([0xFF, 0xFF, 0, 0, 0, 0, 0, 0], version: 0)
        }
        #expect(throws: WireError.length(-2, at: 0)) {
            try HeartbeatRequest.decode([0xFF, 0xFE, 0, 0, 0, 0, 0, 0], version: 0)
        }
        #expect(throws: WireError.notText(at: 2)) {
            try HeartbeatRequest.decode([0, 1, 0xE9, 0, 0, 0, 0, 0, 0], version: 0)
        }
        #expect(throws: WireError.varint(at: 0)) {
            try HeartbeatRequest.decode([0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0, 0, 0, 0], version: 4)
        }
        // An unknown tag is skipped, a known one has to fit.
        let answer: ArraySlice<UInt8> = [0, 0, 1, 0, 0, 0, 0]
        #expect(throws: Never.self) {
            let read = try ApiVersionsResponse.decode(answer + [1, 99, 2, 1, 2], version: 3)
            #expect(read == ApiVersionsResponse())
        }
        #expect(throws: WireError.tag(3, at: 10)) {
            try ApiVersionsResponse.decode(answer + [1, 3, 2, 1, 1], version: 3)
        }
        #expect(throws: WireError.cut(at: 10)) {
            try ApiVersionsResponse.decode(answer + [1, 1, 2, 1, 1], version: 3)
        }
    }

    @Test("An error code that is not known reads as an error, not as none")
    func unknownError() throws {
        let read = try HeartbeatResponse.decode([0x7F, 0], version: 0)
        #expect(read.errorCode == .unknownServerError)
    }
}
