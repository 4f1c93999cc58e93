// Records in plain English.

import ControlLoop
import FireLogic
import Testing

@Suite struct SentencesTests {
    private let floor = FloorID(rawValue: 1)
    private let id = DetectorID(rawValue: 11)
    private let plan = Bench.plan()

    @Test("TOLD: every record has a sentence and a short word, also for what the plan lacks")
    func everyRecord() {
        for plan in [plan, SitePlan(name: "Empty")] {
            for record in EveryRecord.all {
                #expect(record.sentence(plan).count > 4)
                #expect(record.word.allSatisfy { $0.isLowercase || $0 == "-" })
            }
        }
    }

    @Test("TOLD: what matters most is said in capitals, with detector and floor by name")
    func important() {
        for (record, sentence) in [
            (Record.alarm(id, floor), "FIRE: detector 11 (Detector) on floor 1 (Floor)"),
            (
                .valve(floor, .open, .release(.detector(id))),
                "VALVE OPEN on floor 1 (Floor) because of detector 11 (Detector)"
            ),
            (.isolated(floor), "floor 1 (Floor) ISOLATED: key off, no water there"),
            (
                .detectorDown(id, floor, .silent(.silent)),
                "FAULT: detector 11 (Detector) on floor 1 (Floor) has gone quiet"
            ),
        ] {
            #expect(record.sentence(plan) == sentence)
        }
    }

    @Test(
        "TOLD: two different records never read the same, but for what a reader need not tell apart"
    )
    func distinct() {
        var seen: [String: Record] = [:]
        for record in EveryRecord.all {
            switch record {
            // A request's inside and the valve causes that never happen are not spelled out.
            case .refused, .valve(_, .closed, .release), .signal(_, .silent): continue
            default: break
            }
            let sentence = record.sentence(plan)
            #expect(seen[sentence] == nil, "\(sentence)")
            seen[sentence] = record
        }
    }
}
