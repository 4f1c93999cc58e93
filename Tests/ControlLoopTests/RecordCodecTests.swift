// Records as words and back: nothing is lost, no words trap, and no number of the format moves.

import ControlLoop
import FireLogic
import Testing

@Suite struct RecordCodecTests {
    @Test("RECORD: every kind of record comes back from its words as it was")
    func roundTrip() {
        for record in EveryRecord.all { #expect(record.words.record == record) }
        #expect(Set(EveryRecord.all.map(\.words)).count == EveryRecord.all.count)
        #expect(Set(EveryRecord.all.map { $0.words.words.0 & 0xFF }) == Set(1...35))
    }

    @Test("RECORD: any words give a record that keeps its meaning, or none, and never trap")
    func anyWords() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
        let known = EveryRecord.all.map(\.words.words)
        for round in 0..<100_000 {
            var words = (next(), next(), next(), next(), next())
            if round % 2 == 0 {
                // A true record with one bit turned over.
                words = known[Int(next() % UInt64(known.count))]
                let bit = UInt64(1) << (next() % 64)
                switch next() % 5 {
                case 0: words.0 ^= bit
                case 1: words.1 ^= bit
                case 2: words.2 ^= bit
                case 3: words.3 ^= bit
                default: words.4 ^= bit
                }
            } else {
                words.0 = words.0 & ~0xFF | next() % 40
            }
            guard let record = RecordWords(words).record else { continue }
            guard record.words.record == record else {
                Issue.record("\(record) changed its meaning: seed \(seed), round \(round)")
                return
            }
        }
    }

    @Test("RECORD: what older files hold reads as it did: the numbers of the format")
    func golden() {
        let floor = FloorID(rawValue: 2)
        let id = DetectorID(rawValue: 17)
        let numbers: [(Record, UInt64)] = [
            (.signal(id, .normal), 0x0000_0011_0000_0001),
            (.signal(id, .alarm), 0x0000_0011_0000_0101),
            (.signal(id, .fault(.device)), 0x0000_0011_0000_1001),
            (.signal(id, .fault(.invalid)), 0x0000_0011_0000_1101),
            (.signal(id, .fault(.line)), 0x0000_0011_0000_1201),
            (.signal(id, .silent(.silent)), 0x0000_0011_0000_2001),
            (.signal(id, .silent(.bus)), 0x0000_0011_0000_2101),
            (.signal(id, .silent(.neverHeard)), 0x0000_0011_0000_2201),
            (.alarm(id, floor), 0x0000_0011_0002_0002),
            (.tested(id, floor), 0x0000_0011_0002_0003),
            (.detectorDown(id, floor, .fault(.line)), 0x0000_0011_0002_1204),
            (.detectorBack(id, floor), 0x0000_0011_0002_0005),
            (.bus(3, up: true), 0x0000_0003_0000_0106),
            (.releasePending(floor, .detector(id), delay: .zero), 0x0000_0011_0002_0107),
            (.releaseWithdrawn(floor), 0x0000_0000_0002_0008),
            (.releaseWithheld(floor, .manual), 0x0000_0000_0002_0009),
            (.valve(floor, .open, .release(.detector(id))), 0x0000_0011_0002_010A),
            (.valve(floor, .open, .release(.manual)), 0x0000_0000_0002_000A),
            (.valve(floor, .closed, .key), 0x0000_0000_0002_020A),
            (.valve(floor, .open, .again(3)), 0x0000_0003_0002_030A),
            (.valve(floor, .open, .remembered), 0x0000_0000_0002_040A),
            (.valveConfirmed(floor, .open), 0x0000_0000_0002_010B),
            (.valveFault(floor, .notDriven), 0x0000_0000_0002_020C),
            (.valveRepaired(floor), 0x0000_0000_0002_000D),
            (.isolated(floor), 0x0000_0000_0002_000E),
            (.inService(floor), 0x0000_0000_0002_000F),
            (.keyFault(key: 5), 0x0000_0005_0000_0010),
            (.keyRepaired(key: 5), 0x0000_0005_0000_0011),
            (.manualRelease(floor, pressed: true), 0x0000_0000_0002_0112),
            (.manualReleaseFault(floor, present: true), 0x0000_0000_0002_0113),
            (.disabled(id, EveryRecord.ann, .zero), 0x0000_0011_0000_0014),
            (.enabled(id, EveryRecord.ann), 0x0000_0011_0000_0015),
            (.walkTestStarted(floor, EveryRecord.ann, .zero), 0x0000_0000_0002_0016),
            (.walkTestEnded(floor, EveryRecord.ann), 0x0000_0000_0002_0017),
            (.silenced(EveryRecord.ann), 0x18), (.reset(EveryRecord.ann), 0x19),
            (.button(.lampTest), 0x021B), (.systemFault(.planFallback, present: true), 0x1C),
            (.systemFault(.stuckButton, present: true), 0x0A1C),
            (.started(planChecksum: 9), 0x0000_0009_0000_001D), (.armed, 0x1E),
            (.signalsDropped(4), 0x1F),
            (.told(.reading(detector: 5, .alarm)), 0x0000_0005_0000_0020),
            (.told(.systemFault(.gpio, present: true)), 0x0000_0007_0000_0720),
            (.asked(OperatorRequest(.silence, who: EveryRecord.ann, origin: .panel)), 0x21),
            (.timePassed, 0x22), (.rested(.reading(detector: 5, .normal)), 0x0000_0005_0000_0023),
            (
                .rested(.key(5, off: .active, on: .inactive, isStill: true, isLate: false)),
                0x0000_0005_0000_0123
            ),
        ]
        for (record, number) in numbers {
            #expect(record.words.words.0 == number, "\(record)")
        }
        #expect(Record.reset(OperatorName("ann")).words.words.2 == 0x6E_6E61)
        #expect(Record.signalsDropped(4).words.words.1 == 4)
        #expect(
            Record.valve(floor, .open, .key).words.words.1 == 1
                && Record.valve(floor, .closed, .key).words.words.1 == 0)
    }
}
