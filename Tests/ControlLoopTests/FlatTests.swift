// Readings and requests as small numbers, and back.

import ControlLoop
import FireLogic
import Testing

@Suite struct FlatTests {
    @Test("RECORD: the code of a reading gives that reading, and every other code none")
    func readings() {
        var known: Set<Reading> = []
        for code in UInt8.min ... .max {
            guard let reading = Reading(code: code) else { continue }
            #expect(reading.code == code)
            known.insert(reading)
        }
        #expect(known.count == 2 + FaultReason.allCases.count + SilenceCause.allCases.count)
    }

    @Test("APART: a request comes back from its numbers, and no other numbers are one")
    func requests() {
        var known: Set<OperatorRequest.Operation> = []
        for operation in UInt8.min ... .max {
            for target in UInt8.min...8 {
                for origin in UInt8.min...3 {
                    let request = OperatorRequest(
                        operation: operation, target: target, origin: origin,
                        floor: FloorID(rawValue: 3), index: 5, span: .minutes(7),
                        who: EveryRecord.ann)
                    guard let request else { continue }
                    #expect(request.flat.operation == operation)
                    #expect(request.flat.target == target)
                    #expect(request.origin.rawValue == origin)
                    known.insert(request.operation)
                }
            }
        }
        #expect(known.count == 10)
    }
}
