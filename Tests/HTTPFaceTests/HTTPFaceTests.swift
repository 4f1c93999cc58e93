// JSON in and out: every record comes out as it went in, and what is not understood is refused by name.

import EventLog
import Foundation
import Testing

@testable import HTTPFace

@Suite struct HTTPFaceTests {
    private func records(_ text: String) throws -> [LogRecord] {
        try RecordDraft.records(Array(text.utf8), now: 77)
    }

    private func fault(_ text: String) -> String {
        do throws(HTTPFault) {
            let records = try RecordDraft.records(Array(text.utf8), now: 77)
            return "\(records)"
        } catch {
            return "\(error.status.rawValue) \(error.message)"
        }
    }

    @Test("One record, a list, and a list under its name are all understood")
    func shapes() throws {
        let one = LogRecord(key: [97], value: [98], timestamp: 77)
        #expect(try records(#"{"key":"a","value":"b"}"#) == [one])
        #expect(try records(#"[{"key":"a","value":"b"},{"key":"a","value":"b"}]"#) == [one, one])
        #expect(try records(#"{"records":[{"key":"a","value":"b"}]}"#) == [one])
    }

    @Test("Null, nothing, base64, headers, times and detectors")
    func fields() throws {
        #expect(
            try records(
                #"{"key":null,"value64":"AAH/","timestamp":5,"headers":[{"name":"n","value64":""},{"name":"n","value":null}]}"#
            ) == [
                LogRecord(
                    key: nil, value: [0, 1, 255],
                    headers: [.init("n", []), .init("n", nil)], timestamp: 5)
            ])
        #expect(
            try records(#"{"detector":258,"fire":true}"#)
                == [LogRecord(key: [0, 0, 1, 2], value: [1], timestamp: 77)])
        #expect(try records(#"{"key":"größe 🔥\n"}"#)[0].key == Array("größe 🔥\n".utf8))
    }

    @Test(
        "What is not understood is refused, with the reason",
        arguments: [
            ("", "400 the body is not JSON"), ("{", "400 the body is not JSON"),
            ("7", "400 the body is not of the right kind"),
            ("[]", "400 there are no records"), ("{}", "400 record 0 has neither"),
            (#"{"vlaue":"a"}"#, "400 unknown \"vlaue\""),
            (#"{"value":7}"#, "400 .value is not of the right kind"),
            (#"[{"value":"a"},{"value":7}]"#, "400 [1].value is not of the right kind"),
            (#"{"value64":"a"}"#, "400 \"value64\" is not base64"),
            (#"{"value64":"YQ==","value":"a"}"#, "400 \"value\" and \"value64\" are both there"),
            (#"{"detector":1}"#, "400 record 0: \"detector\" and \"fire\" go together"),
            (#"{"detector":-1,"fire":true}"#, "400 the body is not JSON, or a number"),
            (#"{"detector":1,"fire":true,"value":"a"}"#, "400 record 0: \"detector\" and"),
            (#"{"value":"a","headers":[{"value":"b"}]}"#, "400 a header has no \"name\""),
            (#"{"records":[],"more":1}"#, "400 nothing else stands beside \"records\""),
        ])
    func wrong(text: String, message: String) {
        #expect(fault(text).hasPrefix(message), "\(text): \(fault(text))")
    }

    @Test("BOUNDED: more records than a POST may have are refused, and nesting without end")
    func bounded() {
        let many = Array(repeating: #"{"value":"a"}"#, count: 10_001).joined(separator: ",")
        #expect(fault("[\(many)]").hasPrefix("413"))
        #expect(fault(String(repeating: "[", count: 100_000)).hasPrefix("400"))
    }

    @Test("What is written is JSON, and reads back as it was")
    func roundTrip() throws {
        let pieces: [[UInt8]?] = [
            nil, [], Array("a\"\\\n\t/ü🔥".utf8), [0], [255, 254], Array("\u{7F}".utf8),
            Array("\u{1B}[31m".utf8),
        ]
        for key in pieces {
            for value in pieces {
                let record = LogRecord(
                    key: key, value: value,
                    headers: [.init(key: value ?? [], value: key)], timestamp: -5, offset: 9)
                var json: [UInt8] = []
                RecordText.append(record, of: "t", to: &json)
                let object = try #require(
                    JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
                #expect(object["offset"] as? Int == 9)
                var rest = object
                rest["offset"] = nil
                let back = try RecordDraft.records(
                    Array(JSONSerialization.data(withJSONObject: rest)), now: 0)
                var wanted = record
                wanted.offset = 0
                #expect(back == [wanted])
            }
        }
    }

    @Test("Records of detectors say which detector, and whether it burns")
    func detectors() {
        var json: [UInt8] = []
        RecordText.append(
            LogRecord(key: [0, 0, 0, 101], value: [1], timestamp: 1, offset: 2), of: "alarms",
            to: &json)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"offset":2,"timestamp":1,"detector":101,"fire":true,"key64":"AAAAZQ==","value64":"AQ==","headers":[]}"#
        )
    }

    @Test(
        "Where to begin",
        arguments: [
            ("earliest", ReadQuery.Start.earliest), ("latest", .latest), ("0", .offset(0)),
            ("17", .offset(17)), ("2023-11-14T22:13:20Z", .time(1_700_000_000_000)),
            ("2023-11-14T23:13:20+01:00", .time(1_700_000_000_000)),
            ("2023-11-14T22:13:20.250Z", .time(1_700_000_000_250)),
            ("2023-11-14", .time(1_699_920_000_000)),
        ])
    func starts(text: String, start: ReadQuery.Start) throws {
        #expect(try ReadQuery([("from", text)]).start == start)
    }

    @Test(
        "A query that is not understood is refused; an event source goes on behind its last event")
    func queries() throws {
        for (name, value) in [
            ("from", "-1"), ("from", "yesterday"), ("from", ""), ("limit", "0"),
            ("limit", "10001"), ("wait", "61"), ("wait", "-1"), ("partition", "x"), ("form", "1"),
        ] {
            #expect(throws: HTTPFault.self, "\(name)=\(value)") {
                try ReadQuery([(name, value)])
            }
        }
        #expect(throws: HTTPFault.self) { try ReadQuery([("from", "1"), ("from", "2")]) }
        let query = try ReadQuery(
            [("from", "earliest"), ("limit", "5"), ("wait", "60"), ("partition", "3")],
            lastEventID: "41")
        #expect(query.start == .offset(42))
        #expect(query.limit == 5 && query.wait == 60 && query.partition == 3)
        for id in ["", "x", "-1", "9223372036854775807"] {
            #expect(throws: HTTPFault.self) { try ReadQuery([], lastEventID: id) }
        }
    }

    @Test("A page begins at its offset, ends at its limit, and says where to go on")
    func pages() {
        var batches: [UInt8] = []
        for batch in 0..<3 {
            var bytes = RecordBatch.encode(
                (0..<10).map { LogRecord(value: [UInt8(48 + $0)], timestamp: 0) })
            bytes.withUnsafeMutableBytes {
                RecordBatch.setBase(offset: Int64(batch * 10), leaderEpoch: 0, in: $0)
            }
            batches += bytes
        }
        let page = RecordPage(batches, of: "t", from: 4, limit: 12)
        #expect(page.entries.map(\.offset) == Array(4..<16))
        #expect(page.next == 16)
        #expect(RecordPage(batches, of: "t", from: 4, limit: 100).next == 30)
        #expect(RecordPage([], of: "t", from: 4, limit: 100).next == 4)
        // A batch that says gzip and is none is one entry, and passed.
        var bad = batches
        bad[22] = 1
        let rest = RecordPage(bad, of: "t", from: 4, limit: 100)
        #expect(rest.entries.map(\.offset) == [9] + Array(10..<30))
        #expect(
            String(decoding: rest.entries[0].json, as: UTF8.self)
                == #"{"offset":4,"unreadable":6,"headers":[]}"#)
    }

    @Test("A page leaves out what was not committed, up to its producer's marker")
    func transactions() {
        func batch(_ offset: Int64, _ producer: Int64) -> [UInt8] {
            placed(
                RecordBatch.inTransaction(
                    RecordBatch.encode(
                        [LogRecord(value: [1], timestamp: 0)], producerID: producer, epoch: 0,
                        baseSequence: 0)), offset)
        }
        func placed(_ batch: [UInt8], _ offset: Int64) -> [UInt8] {
            var bytes = batch
            bytes.withUnsafeMutableBytes {
                RecordBatch.setBase(offset: offset, leaderEpoch: 0, in: $0)
            }
            return bytes
        }
        let marker = RecordBatch.marker(isCommit: false, producerID: 7, epoch: 0, timestamp: 0)
        let batches =
            batch(0, 7) + batch(1, 7) + batch(2, 8) + placed(marker, 3) + batch(4, 7)
        let page = RecordPage(batches, of: "t", from: 0, limit: 9, without: [(7, 1)])
        #expect(page.entries.map(\.offset) == [0, 2, 4] && page.next == 5)
    }
}
