// Events as JSON, their kinds, and pages of them.

import EventLog
import Foundation
import TestSupport
import Testing

@testable import Panel

@Suite struct PanelEventTests {
    private static func record(
        _ number: Int64, _ key: String, _ value: String = #"{"event":"fire","text":"x"}"#
    ) -> LogRecord {
        var record = LogRecord(
            key: Array(key.utf8), value: Array(value.utf8), headers: [],
            timestamp: 1_000 + number)
        record.offset = number
        return record
    }

    @Test("An event is its record with number, time and key in front")
    func json() throws {
        let event = try #require(PanelEvent(Self.record(7, "floor.2.detector.17.fire")))
        #expect(
            String(decoding: event.json, as: UTF8.self)
                == #"{"n":7,"wall":1007,"key":"floor.2.detector.17.fire","event":"fire","text":"x"}"#
        )
        let bare = try #require(PanelEvent(Self.record(7, "a\"b", "{}")))
        #expect(try object(bare.json)["key"] as? String == "a\"b")
        #expect(PanelEvent(Self.record(7, "k", "no object")) == nil)
    }

    @Test(
        "Keys tell what kind an event is of",
        arguments: [
            ("floor.2.detector.17.fire", PanelEvent.Kind.fire),
            ("floor.2.detector.17.fault", .fault),
            ("floor.2.detector.17.back", .fault), ("floor.2.valve.open", .fire),
            ("floor.2.valve.fault", .fault), ("floor.2.release.withheld", .fire),
            ("floor.-1.key.isolated", .isolation), ("floor.2.key.in-service", .isolation),
            ("floor.2.manual.pressed", .fire), ("floor.2.reset", .operator),
            ("bus.east.fault", .fault),
            ("key.main.back", .fault), ("system.mail.fault", .fault), ("system.armed", .system),
            ("operator.disabled", .operator), ("operator.walk-test-started", .test),
            ("floor.2.detector.17.tested", .test),
        ])
    func kinds(key: String, kind: PanelEvent.Kind) throws {
        #expect(try #require(PanelEvent(Self.record(0, key))).kind == kind)
    }

    @Test("Pages together bring every event that is asked for, once and in order")
    func paging() throws {
        var (random, seed) = SeededNumbers.printed("panel")
        for round in 0..<200 {
            let start = Int64.random(in: 0...5, using: &random)
            let count = Int64.random(in: 0...900, using: &random)
            let all = try (start..<start + count).map { number in
                let kind = Int.random(in: 0..<4, using: &random) == 0 ? "fire" : "fault"
                return try #require(PanelEvent(Self.record(number, "floor.1.detector.2.\(kind)")))
            }
            var filter = EventFilter()
            filter.limit = .random(in: 1...50, using: &random)
            if Bool.random(using: &random) { filter.kinds = [.fire] }
            if Bool.random(using: &random) {
                filter.from = 1_000 + Int64.random(in: 0...900, using: &random)
            }
            if Bool.random(using: &random) {
                filter.to = 1_000 + Int64.random(in: 0...900, using: &random)
            }
            let isForwards = Bool.random(using: &random)
            if isForwards { filter.after = -1 }
            let wanted = all.filter { event in
                (filter.kinds.map { $0.contains(event.kind) } ?? true)
                    && (filter.from.map { event.wall >= $0 } ?? true)
                    && (filter.to.map { event.wall <= $0 } ?? true)
            }.map(\.number)
            var got: [Int64] = []
            var pages = 0
            while true {
                let page = EventPage(filter, in: start..<start + count) { part in
                    all.filter { part.contains($0.number) }
                }
                got += page.events.map(\.number)
                pages += 1
                guard let next = page.next, pages < 2_000 else { break }
                if isForwards { filter.after = next } else { filter.before = next }
            }
            #expect(
                got == (isForwards ? wanted : wanted.reversed()), "seed \(seed), round \(round)")
        }
    }

    @Test("BOUNDED: one page looks through so many events and no more, then says where to go on")
    func bounded() throws {
        var filter = EventFilter()
        filter.kinds = [.system]
        var read: Int64 = 0
        let page = EventPage(filter, in: 0..<1_000_000) { part in
            read += Int64(part.count)
            return []
        }
        #expect(read == EventPage.mostLooked && page.next == 1_000_000 - read)
        filter.after = .max
        #expect(EventPage(filter, in: 0..<10) { _ in [] }.next == nil)
    }
}

@Suite struct JsonBytesTests {
    @Test("Any text comes back as it was, and fields are parted by commas")
    func text() throws {
        var (random, seed) = SeededNumbers.printed("panel")
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &random))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let json = JsonBytes.object { json in
                json.field("a", text)
                json.list("b", [text, text])
                json.list("none", [Int]())
                json.field("c", Int?.none)
                json.field("d", -5)
            }
            let read = try object(json)
            #expect(read["a"] as? String == text, "seed \(seed)")
            #expect(read["b"] as? [String] == [text, text], "seed \(seed)")
            #expect(read["c"] is NSNull && read["d"] as? Int == -5)
        }
    }
}
