// Every message in every version against kafka-python, which was written by others from the same
// definitions: field by field by its name, and byte for byte.

import Foundation
import KafkaWire
import TestSupport
import Testing

/// A value as both sides write it down.
enum Field: Codable, Equatable {
    case null
    case bool(Bool)
    case number(Int64)
    case text(String)
    case array([Field])
    case structure([String: Field])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let array = try? value.decode([Field].self) {
            self = .array(array)
        } else {
            self = .structure(try value.decode([String: Field].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        fatalError("only read")
    }

    /// A value of a message, by the names of its properties.
    init(of value: Any) {
        let isBytes = type(of: value) == [UInt8].self
        switch value {
        case let value as KafkaError: self = .number(Int64(value.rawValue))
        case let value as Bool: self = .bool(value)
        case let value as any BinaryInteger: self = .number(Int64(truncatingIfNeeded: value))
        case let value as String: self = .text(value)
        // An empty array of anything else would pass for one of bytes.
        case let value as [UInt8] where isBytes:
            self = .text(Data(value).base64EncodedString())
        case let value as WireBytes: self = .text(Data(value.bytes).base64EncodedString())
        case let value as WireUUID:
            let digits = [value.high, value.low].map { String($0, radix: 16) }
            self = .text(
                digits.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined())
        default:
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .optional:
                self = mirror.children.first.map { Field(of: $0.value) } ?? .null
            case .collection:
                self = .array(mirror.children.map { Field(of: $0.value) })
            default:
                self = .structure(
                    Dictionary(
                        uniqueKeysWithValues: mirror.children.map {
                            ($0.label ?? "", Field(of: $0.value))
                        }))
            }
        }
    }

    /// Whether these fields of ours are `theirs`: a structure of ours also has the fields of other
    /// versions.
    func holds(_ theirs: Field) -> Bool {
        switch (self, theirs) {
        case (.array(let ours), .array(let theirs)):
            ours.count == theirs.count && zip(ours, theirs).allSatisfy { $0.holds($1) }
        case (.structure(let ours), .structure(let theirs)):
            theirs.allSatisfy { name, value in ours[name]?.holds(value) ?? false }
        default: self == theirs
        }
    }
}

/// A line of Tests/peers/kafka-messages.
private struct PeerMessage: Decodable {
    var name: String
    var version: Int16
    var correlation: Int32
    var client: String?
    var frame: Data
    var fields: Field

    static func output(_ arguments: [String], _ input: String) throws -> [PeerMessage] {
        try PythonPeer.output(
            of: PythonPeer.python(), [PythonPeer.path("kafka-messages")] + arguments,
            input: Array(input.utf8)
        ).split(separator: "\n").map {
            try JSONDecoder().decode(PeerMessage.self, from: Data($0.utf8))
        }
    }
}

@Suite struct PeerTests {
    @Test("kafka-python's frames are read field by field and written again byte for byte")
    func theirs() throws {
        let seed = SeededNumbers.printed("kafka-python's messages").1
        let apis = Sample.requests.map { request in
            let versions = request.api.versions
            return "{\"name\": \"\("\(request)".dropLast("Request".count))\", "
                + "\"min\": \(versions.lowerBound), \"max\": \(versions.upperBound)}"
        }
        let codes = KafkaError.allCases.map { "\($0.rawValue)" }
        let messages = try PeerMessage.output(
            ["build", "\(seed)"],
            "{\"apis\": [\(apis.joined(separator: ","))], "
                + "\"errors\": [\(codes.joined(separator: ","))]}\n")
        #expect(messages.count == Sample.all.count * 4)
        for message in messages {
            let sample = try #require(Sample.named(message.name, message.version))
            let frame = Array(message.frame)
            let ours: (fields: Field, frame: [UInt8])
            if sample.type is any WireRequest.Type {
                let incoming = try IncomingRequest(content(of: frame))
                #expect(incoming.header.correlationId == message.correlation)
                #expect(incoming.header.clientId == message.client)
                ours = (
                    Field(of: try sample.decode(Array(incoming.body))),
                    try OutgoingFrame(
                        try incoming.request(), version: message.version,
                        correlationId: message.correlation, clientId: message.client
                    ).bytes
                )
            } else {
                let incoming = try IncomingResponse(
                    content(of: frame), api: sample.type.api, version: message.version)
                #expect(incoming.correlationId == message.correlation)
                ours = (
                    Field(of: try sample.decode(Array(incoming.body))),
                    try OutgoingFrame(
                        try incoming.response(), version: message.version,
                        correlationId: message.correlation
                    ).bytes
                )
            }
            #expect(ours.fields.holds(message.fields), "\(sample)")
            #expect(ours.frame == frame, "\(sample)")
        }
    }

    @Test("kafka-python reads our frames field by field and writes them again byte for byte")
    func ours() throws {
        var random = SeededNumbers.new("messages for kafka-python")
        var written: [(sample: Sample, fields: Field, frame: [UInt8])] = []
        for sample in Sample.all {
            for _ in 0..<3 {
                let message = try sample.random(&random)
                let number = Int32.random(in: 0 ... .max, using: &random)
                let body = try message.encode(version: sample.version)[...]
                let (api, version) = (sample.type.api, sample.version)
                let frame: OutgoingFrame
                if sample.type is any WireRequest.Type {
                    frame = try OutgoingFrame(
                        try KafkaRequest.decode(api, version: version, body), version: version,
                        correlationId: number, clientId: "größe")
                } else {
                    let response = try KafkaResponse.decode(api, version: version, body)
                    // kafka-python reads every answer with an error in version 0.
                    if case .apiVersions(let answer) = response,
                        answer.errorCode != .none && version > 0
                    {
                        continue
                    }
                    frame = try OutgoingFrame(response, version: version, correlationId: number)
                }
                written.append((sample, Field(of: message), frame.bytes))
            }
        }
        let lines = written.map {
            "{\"name\": \"\($0.sample.name)\", \"version\": \($0.sample.version), "
                + "\"frame\": \"\(Data($0.frame).base64EncodedString())\"}\n"
        }
        let read = try PeerMessage.output(["read"], lines.joined())
        try #require(read.count == written.count)
        for (theirs, ours) in zip(read, written) {
            #expect(ours.fields.holds(theirs.fields), "\(ours.sample)")
            #expect(Array(theirs.frame) == ours.frame, "\(ours.sample)")
        }
    }
}
