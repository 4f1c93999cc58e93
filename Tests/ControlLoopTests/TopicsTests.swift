// What a record becomes in the log: topics, keys and values as Kafka clients see them.

import FireLogic
import Foundation
import Testing

@testable import ControlLoop

@Suite struct TopicsTests {
    private let floor = FloorID(rawValue: 2)
    private let id = DetectorID(rawValue: 0x0102_0304)
    private let plan = Bench.plan()

    private func keys(_ record: Record) -> [String] {
        messages(record, plan).map {
            $0.topic.name + " " + String(decoding: $0.key, as: UTF8.self)
        }
    }

    /// All of a record that begins or ends nothing.
    private func messages(_ record: Record, _ plan: SitePlan) -> [LogMessage] {
        let isTold: Bool
        switch record {
        case .signal, .refused, .button, .told, .asked, .timePassed, .rested: isTold = false
        default: isTold = true
        }
        let stamp = Stamp(boot: .zero, wallMilliseconds: 0)
        return record.messages(plan) + (isTold ? [Notice(record, stamp).message(plan)] : [])
    }

    @Test("RECORD: every outcome reaches at least one topic, and every JSON value is well formed")
    func everyRecord() throws {
        var odd = plan
        odd.name = "\"quoted\" \\ and \u{7} loud"
        odd.floors[0].name = "Grüße \"3\""
        odd.floors[0].id = FloorID(rawValue: -2)
        for record in EveryRecord.all {
            let messages = messages(record, odd)
            // What the rules were told is for the replay: it stands in `records` alone.
            #expect(messages.isEmpty == record.isInput)
            for message in messages {
                #expect(!message.key.isEmpty)
                guard message.topic != .signals, message.topic != .alarms else { continue }
                let value = try #require(message.value)
                let json = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
                #expect(json?["event"] as? String == record.word, "\(record)")
                #expect(json?["text"] is String)
            }
        }
    }

    @Test("APART: a name with quotes, given from afar, cannot forge a field of a record")
    func forgedName() throws {
        let eve = OperatorName("x\",\"floor\":9,\"")
        for record in [
            Record.disabled(id, eve, .minutes(1)), .enabled(id, eve), .reset(eve), .silenced(eve),
            .walkTestStarted(floor, eve, .minutes(1)), .walkTestEnded(floor, eve),
        ] {
            for message in messages(record, plan) {
                let value = try #require(message.value)
                let json = try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any]
                #expect(json?["floor"] as? Int != 9)
                if let who = json?["who"] { #expect(who as? String == eve.text) }
            }
        }
    }

    @Test("RECORD: signals and alarms have the detector as 4 bytes and a value of one byte")
    func signals() {
        for (reading, value) in [
            (Reading.normal, [UInt8(0)] as [UInt8]?), (.alarm, [1]), (.fault(.device), nil),
        ] {
            #expect(
                Record.signal(id, reading).messages(plan) == [
                    LogMessage(topic: .signals, key: [1, 2, 3, 4], value: value)
                ])
        }
        let alarm = Record.alarm(id, floor).messages(plan)
        #expect(alarm.first == LogMessage(topic: .alarms, key: [1, 2, 3, 4], value: [1]))
    }

    @Test("TOLD: whatever lights a lamp or opens a valve is a notification under its dotted key")
    func notificationKeys() {
        let ann = EveryRecord.ann
        let detector = DetectorID(rawValue: 21)
        for (record, key) in [
            (Record.alarm(detector, floor), "floor.2.detector.21.fire"),
            (.detectorDown(detector, floor, .silent(.silent)), "floor.2.detector.21.fault"),
            (.detectorBack(detector, floor), "floor.2.detector.21.back"),
            (.tested(detector, floor), "floor.2.detector.21.tested"),
            (.valve(floor, .open, .release(.manual)), "floor.2.valve.open"),
            (.valve(floor, .closed, .key), "floor.2.valve.closed"),
            (.valveConfirmed(floor, .open), "floor.2.valve.confirmed"),
            (.valveFault(floor, .notDriven), "floor.2.valve.fault"),
            (.valveRepaired(floor), "floor.2.valve.repaired"),
            (.releasePending(floor, .manual, delay: .zero), "floor.2.release.pending"),
            (.releaseWithheld(floor, .manual), "floor.2.release.withheld"),
            (.releaseWithdrawn(floor), "floor.2.release.withdrawn"),
            (.isolated(floor), "floor.2.key.isolated"),
            (.inService(floor), "floor.2.key.in-service"),
            (.manualRelease(floor, pressed: true), "floor.2.manual.pressed"),
            (.manualReleaseFault(floor, present: true), "floor.2.manual.fault"),
            (.keyFault(key: 0), "key.key.fault"), (.keyRepaired(key: 0), "key.key.back"),
            (.systemFault(.journal, present: true), "system.journal.fault"),
            (.systemFault(.journal, present: false), "system.journal.back"),
            (.signalsDropped(1), "system.signals-dropped"),
            (.disabled(detector, ann, .minutes(1)), "operator.disabled"),
            (.reset(ann), "operator.reset"),
        ] {
            #expect(keys(record).contains("notifications " + key))
        }
    }

    @Test("TOLD: a name with dots or spaces is one word of a notification's key")
    func namesInKeys() {
        var odd = plan
        odd.keys[0].name = "Key 1.5 (west)"
        odd.buses = [
            BusPlan(
                name: "floor.2.detector.17.fire", link: .tcp(host: "127.0.0.1", port: 502),
                responseTimeout: .seconds(1))
        ]
        for (record, key) in [
            (Record.keyFault(key: 0), "key.Key-1-5--west-.fault"),
            (.bus(0, up: false), "bus.floor-2-detector-17-fire.fault"),
        ] {
            let messages = messages(record, odd)
            #expect(messages.map { String(decoding: $0.key, as: UTF8.self) } == [key])
        }
    }

    @Test("RECORD: operator actions are in the audit topic under the name of who acted")
    func audit() {
        let ann = EveryRecord.ann
        for record in [
            Record.disabled(id, ann, .minutes(1)), .enabled(id, ann), .silenced(ann), .reset(ann),
            .walkTestStarted(floor, ann, .minutes(1)), .walkTestEnded(floor, ann),
            .refused(OperatorRequest(.reset, who: ann, origin: .remote), .notAllowed),
        ] {
            #expect(keys(record).contains("audit ann"))
        }
        #expect(keys(.button(.silence)).contains("audit panel"))
    }
}
