// What is written is read again: every message in every version with random fields.

import KafkaWire
import TestSupport
import Testing

@Suite struct RoundTripTests {
    @Test("The tests know the messages of every API that is spoken")
    func complete() {
        #expect(Set(Sample.requests.map { $0.api }) == Set(ApiKey.allCases))
        #expect(Sample.requests.count == ApiKey.allCases.count)
    }

    @Test("Every message is the same after it was written and read, in every version")
    func everyMessage() throws {
        var random = SeededNumbers.new("round trips")
        for sample in Sample.all {
            for _ in 0..<8 {
                try roundTrip(sample.random(&random), sample)
            }
        }
    }

    private func roundTrip<Message: WireMessage>(_ message: Message, _ sample: Sample) throws {
        let bytes = try message.encode(version: sample.version)
        let read = try Message.decode(bytes[...], version: sample.version)
        #expect(read == message, "\(sample)")
        // From memory of somebody else, whose records are copied, it is the same.
        let copied = try bytes.withUnsafeBytes {
            try Message.decode($0, version: sample.version)
        }
        #expect(copied == message, "\(sample)")
    }

    @Test("A new message of every version can be written and is read as new")
    func defaults() throws {
        func check<Message: WireMessage>(_: Message.Type, _ version: Int16) throws {
            let bytes = try Message().encode(version: version)
            #expect(try Message.decode(bytes[...], version: version) == Message())
        }
        for sample in Sample.all { try check(sample.type, sample.version) }
    }

    @Test("Frames of requests and responses are read by their headers, in every version")
    func frames() throws {
        var random = SeededNumbers.new("frames")
        for sample in Sample.all {
            let body = try sample.random(&random).encode(version: sample.version)[...]
            let (api, version) = (sample.type.api, sample.version)
            let number = Int32(truncatingIfNeeded: random.next())
            let client = ["", "größe", nil].randomElement(using: &random) ?? nil
            if sample.type is any WireRequest.Type {
                let request = try KafkaRequest.decode(api, version: version, body)
                #expect(request.api == api)
                let frame = try OutgoingFrame(
                    request, version: version, correlationId: number, clientId: client)
                let read = try IncomingRequest(content(of: frame.bytes))
                #expect(read.header.correlationId == number && read.header.clientId == client)
                #expect(read.standing == .spoken(api))
                #expect(try read.request() == request)
            } else {
                let response = try KafkaResponse.decode(api, version: version, body)
                #expect(response.api == api)
                let frame = try OutgoingFrame(response, version: version, correlationId: number)
                let read = try IncomingResponse(
                    content(of: frame.bytes), api: api, version: version)
                #expect(read.correlationId == number)
                // One with error 35 is in version 0 whatever was asked.
                if case .apiVersions(let answer) = response,
                    answer.errorCode == .unsupportedVersion && version > 0
                {
                    continue
                }
                #expect(try read.response() == response)
            }
        }
    }
}

/// A frame without its length, which has to be right.
func content(of frame: [UInt8]) -> ArraySlice<UInt8> {
    let length = frame.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    #expect(length == frame.count - 4)
    return frame.dropFirst(4)
}
