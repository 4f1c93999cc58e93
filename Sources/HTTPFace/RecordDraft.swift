// Records that come as JSON, in the body of a POST: one, a list, or a list under `records`. What is not
// understood is refused by name: a key that is spelt wrong would otherwise be a record without a value.

package import EventLog
import FoundationEssentials
import Users

/// Reading of records that come as JSON.
package enum RecordDraft {
    /// Records of one POST at most.
    package static let most = 10_000

    /// The records of a body; those without a time get `now`.
    /// - Throws: `HTTPFault` 400 or 413, with the place of what is wrong.
    package static func records(
        _ body: [UInt8], now: Int64
    ) throws(HTTPFault) -> [LogRecord] {
        let drafts: [Draft]
        do {
            drafts = try JSONDecoder().decode(Drafts.self, from: Data(body)).all
        } catch let fault as HTTPFault {
            throw fault
        } catch let error as DecodingError {
            throw HTTPFault(.badRequest, Self.reason(error))
        } catch {
            throw HTTPFault(.badRequest, "the body is not JSON, or a number in it does not fit")
        }
        guard !drafts.isEmpty else { throw HTTPFault(.badRequest, "there are no records") }
        guard drafts.count <= most else {
            throw HTTPFault(.tooLarge, "\(drafts.count) records; at most \(most) at a time")
        }
        var records: [LogRecord] = []
        for (place, draft) in drafts.enumerated() {
            records.append(try draft.record(place, now))
        }
        return records
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context), .dataCorrupted(let context):
            // A number that does not fit is corrupt too, and has a place.
            if case .dataCorrupted = error, context.codingPath.isEmpty { break }
            let path = context.codingPath.map { key in
                key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
            }.joined()
            return "\(path.isEmpty ? "the body" : path) is not of the right kind"
        @unknown default: break
        }
        return "the body is not JSON, or a number in it does not fit"
    }

    /// Any key, to see all there are.
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int?
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    private struct Drafts: Decodable {
        var all: [Draft]

        init(from decoder: any Decoder) throws {
            if let list = try? decoder.unkeyedContainer(), list.count != nil {
                all = try [Draft](from: decoder)
                return
            }
            let keys = try decoder.container(keyedBy: AnyKey.self)
            guard let key = keys.allKeys.first(where: { $0.stringValue == "records" }) else {
                all = [try Draft(from: decoder)]
                return
            }
            guard keys.allKeys.count == 1 else {
                throw HTTPFault(.badRequest, "nothing else stands beside \"records\"")
            }
            all = try keys.decode([Draft].self, forKey: key)
        }
    }

    private struct Piece {
        /// nil: nothing was said.
        var bytes: [UInt8]??

        /// `name` is text or null, `name64` base64.
        init(_ name: String, _ fields: KeyedDecodingContainer<AnyKey>) throws {
            guard let plain = AnyKey(stringValue: name),
                let coded = AnyKey(stringValue: name + "64")
            else { return }
            if fields.contains(plain), fields.contains(coded) {
                throw HTTPFault(.badRequest, "\"\(name)\" and \"\(name)64\" are both there")
            }
            if fields.contains(plain) {
                bytes = .some(try fields.decode(String?.self, forKey: plain).map { Array($0.utf8) })
            } else if fields.contains(coded) {
                guard let decoded = Base64.bytes(try fields.decode(String.self, forKey: coded))
                else { throw HTTPFault(.badRequest, "\"\(name)64\" is not base64") }
                bytes = .some(decoded)
            }
        }
    }

    private struct Header: Decodable {
        var header: LogRecord.Header

        init(from decoder: any Decoder) throws {
            let fields = try checked(decoder, ["name", "name64", "value", "value64"])
            guard let name = try Piece("name", fields).bytes ?? nil else {
                throw HTTPFault(.badRequest, "a header has no \"name\"")
            }
            header = LogRecord.Header(key: name, value: try Piece("value", fields).bytes ?? nil)
        }
    }

    private struct Draft: Decodable {
        private var key: [UInt8]??
        private var value: [UInt8]??
        private var headers: [Header]
        private var timestamp: Int64?
        private var detector: UInt32?
        private var isFire: Bool?

        init(from decoder: any Decoder) throws {
            let fields = try checked(
                decoder,
                [
                    "key", "key64", "value", "value64", "headers", "timestamp", "detector", "fire",
                ])
            func one<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value? {
                guard let key = AnyKey(stringValue: name) else { return nil }
                return try fields.decodeIfPresent(type, forKey: key)
            }
            key = try Piece("key", fields).bytes
            value = try Piece("value", fields).bytes
            headers = try one("headers", [Header].self) ?? []
            timestamp = try one("timestamp", Int64.self)
            detector = try one("detector", UInt32.self)
            isFire = try one("fire", Bool.self)
        }

        func record(_ place: Int, _ now: Int64) throws(HTTPFault) -> LogRecord {
            var record = LogRecord(
                key: key ?? nil, value: value ?? nil, headers: headers.map(\.header),
                timestamp: timestamp ?? now)
            switch (detector, isFire) {
            case (nil, nil):
                guard key != nil || value != nil else {
                    throw HTTPFault(
                        .badRequest, "record \(place) has neither \"key\" nor \"value\"")
                }
            case (let detector?, let isFire?):
                guard key == nil, value == nil else {
                    throw HTTPFault(
                        .badRequest,
                        "record \(place): \"detector\" and \"fire\" are key and value; leave the"
                            + " others out")
                }
                let bytes = DetectorTopics.bytes(detector, isFire: isFire)
                record.key = bytes.key
                record.value = bytes.value
            case (nil, _?), (_?, nil):
                throw HTTPFault(
                    .badRequest, "record \(place): \"detector\" and \"fire\" go together")
            }
            return record
        }
    }

    /// The fields of an object that has these names alone.
    private static func checked(
        _ decoder: any Decoder, _ names: Set<String>
    ) throws -> KeyedDecodingContainer<AnyKey> {
        let fields = try decoder.container(keyedBy: AnyKey.self)
        for key in fields.allKeys where !names.contains(key.stringValue) {
            throw HTTPFault(
                .badRequest,
                "unknown \"\(key.stringValue.prefix(64))\"; there are \(names.sorted().joined(separator: ", "))"
            )
        }
        return fields
    }
}
