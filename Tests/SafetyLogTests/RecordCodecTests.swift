// Records as words, and what becomes of words that are none. ControlLoop's codec, tested where
// its bytes go to the disk.

import ControlLoop
import FireLogic
import Foundation
import TestSupport
import Testing

@testable import SafetyLog

@Suite struct RecordCodecTests {
    @Test("RECORD: every record comes back from its words as it was")
    func roundTrip() {
        for record in Sample.everyRecord {
            #expect(record.words.record == record)
        }
        #expect(Set(Sample.everyRecord.map(\.words)).count == Sample.everyRecord.count)
    }

    @Test(
        "Every message of every record is a topic, a key and a value that is JSON where it says so")
    func messages() throws {
        let plan = SampleSite.plan()
        let nasty = OperatorName("x\",\"y\":\\")
        var records = Sample.everyRecord
        records += [
            .disabled(Sample.detector, nasty, .minutes(1)), .enabled(Sample.detector, nasty),
            .walkTestStarted(Sample.floor, nasty, .minutes(1)), .silenced(nasty),
            .walkTestEnded(Sample.floor, nasty),
            .alarm(DetectorID(rawValue: 101), FloorID(rawValue: 1)),
        ]
        for record in records {
            #expect(!record.sentence(plan).isEmpty)
            let notice = Notice(record, Stamp(boot: .zero, wallMilliseconds: 0))
            let messages = record.messages(plan) + [notice.message(plan)]
            #expect(messages.count < 256, "\(record)")
            for message in messages {
                #expect(!message.key.isEmpty, "\(record)")
                switch message.topic {
                case .signals, .alarms: #expect(message.key.count == 4)
                case .valves, .notifications, .audit:
                    let value = try #require(message.value)
                    let object = try? JSONSerialization.jsonObject(with: Data(value))
                    let fields = try #require(
                        object as? [String: Any], "\(String(decoding: value, as: UTF8.self))")
                    #expect(fields["y"] == nil, "a name became a field of its own")
                }
            }
        }
    }

    @Test("RECORD: no words at all trap, and what is a record is one that can be kept")
    func fuzz() {
        var (numbers, seed) = SeededNumbers.printed("record words")
        let plan = SampleSite.plan()
        var known = 0
        var episodes = Episodes(plan: plan, planChecksum: 0)
        _ = episodes.take(
            .started(planChecksum: 0), SampleSite.stamp(0), number: 0, machine: 1)
        for kind in 0..<256 {
            for detail in 0..<256 {
                var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
                    numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next()
                )
                words.0 = words.0 & ~0xFFFF | UInt64(kind) | UInt64(detail) << 8
                // Small numbers reach more than large ones.
                if detail & 1 == 0 {
                    words.4 &= 0x0F07_0307
                    words.1 = UInt64(bitPattern: [0, 1, -1, .max, .min][detail / 2 % 5])
                }
                guard let record = RecordWords(words).record else { continue }
                known += 1
                #expect(record.words.record == record, "seed \(seed)")
                if detail % 16 == 0 {
                    _ = record.sentence(plan)
                    _ = record.messages(plan)
                    let notices = episodes.take(
                        record, SampleSite.stamp(detail), number: 0, machine: 1)
                    for notice in notices { _ = notice.message(plan) }
                }
                _ = Episode(RecordWords(words))?.words
                var memory = Memory()
                memory.apply(record, age: Interval(nanoseconds: .max))
                memory.apply(record, age: .zero)
                memory.apply(record, age: nil)
            }
        }
        #expect(known > 5_000)
    }
}
