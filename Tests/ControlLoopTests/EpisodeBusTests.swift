// Detectors behind a bus that dies: one message of the bus, none of detectors that are silent only
// because of it, one of each that stays silent.

import FireLogic
import Testing

@testable import ControlLoop

@Suite struct EpisodeBusTests {
    private let floor = FloorID(rawValue: 1)
    private let first = DetectorID(rawValue: 11)
    private let second = DetectorID(rawValue: 12)

    /// Detectors 11 and 12 on bus "east", 21 and 22 on none.
    private static func plan() -> SitePlan {
        var plan = Bench.plan()
        plan.buses = [.east]
        for index in 0..<2 {
            let point = ModbusPoint(
                unit: UInt8(index + 1), table: .coil, address: 0, test: .bit(0))
            plan.detectors[index].source = .modbus(bus: 0, alarm: point, fault: nil)
        }
        return plan
    }

    private let chronicle = Chronicle(EpisodeBusTests.plan())

    private func short(_ record: Record) throws -> [String] {
        try chronicle.take(record).map(\.short)
    }

    @Test(
        "TOLD: a bus that is down is one message that lists its detectors, and one when it is back")
    func bus() throws {
        let down = try #require(try chronicle.take(.bus(0, up: false)).first)
        #expect(down.short == "bus.east.fault begin")
        #expect(down.numbers("detectors") == [11, 12] && down.number("count") == 2)
        #expect(down.text("busName") == "east" && down.number("bus") == 0)
        #expect(
            down.text("text") == "FAULT: bus east is down: 2 detectors on it cannot be heard")
        #expect(try short(.detectorDown(first, floor, .silent(.bus))) == [])
        #expect(try short(.detectorDown(second, floor, .silent(.bus))) == [])
        chronicle.pass(300)
        let back = try #require(try chronicle.take(.bus(0, up: true)).first)
        #expect(back.short == "bus.east.back end" && back.number("seconds") == 300)
        #expect(back.episode == down.episode)
        #expect(try short(.detectorBack(first, floor)) == [])
        #expect(try short(.detectorBack(second, floor)) == [])
        chronicle.pass(600)
        #expect(try chronicle.due().isEmpty && chronicle.episodes.open.isEmpty)
    }

    @Test("TOLD: a detector that stays silent when its bus is back is told then, once")
    func staysSilent() throws {
        try chronicle.take(.bus(0, up: false))
        try chronicle.take(.detectorDown(first, floor, .silent(.bus)))
        try chronicle.take(.detectorDown(second, floor, .silent(.bus)))
        try chronicle.take(.bus(0, up: true))
        try chronicle.take(.detectorBack(second, floor))
        chronicle.pass(10)
        // The fire logic says that it is its own silence now.
        #expect(try short(.detectorDown(first, floor, .silent(.silent))) == [])
        #expect(try chronicle.due().isEmpty)
        chronicle.pass(5)
        let told = try chronicle.due()
        #expect(told.map(\.short) == ["floor.1.detector.11.fault begin"])
        #expect(told.first?.text("cause") == "silent")
        #expect(try chronicle.due().isEmpty)
        let back = try chronicle.take(.detectorBack(first, floor))
        #expect(back.map(\.short) == ["floor.1.detector.11.back end"])
        #expect(back.first?.episode == told.first?.episode)
    }

    @Test("TOLD: detectors that fall silent before their bus is known to be dead are told with it")
    func lateBus() throws {
        #expect(try short(.detectorDown(first, floor, .silent(.silent))) == [])
        chronicle.pass(2)
        #expect(try short(.detectorDown(second, floor, .silent(.silent))) == [])
        #expect(try short(.bus(0, up: false)) == ["bus.east.fault begin"])
        chronicle.pass(600)
        #expect(try chronicle.due().isEmpty)
        // Back without one of them: the fire logic has nothing new to say of it.
        try chronicle.take(.bus(0, up: true))
        #expect(try short(.detectorBack(second, floor)) == [])
        chronicle.pass(15)
        #expect(try chronicle.due().map(\.short) == ["floor.1.detector.11.fault begin"])
    }

    @Test("TOLD: one detector that falls silent on a bus that lives is told after a moment")
    func alone() throws {
        #expect(try short(.detectorDown(first, floor, .silent(.silent))) == [])
        let since = chronicle.wallMilliseconds
        chronicle.pass(4)
        #expect(try chronicle.due().isEmpty)
        #expect(chronicle.episodes.nextDue == chronicle.now + .seconds(1))
        chronicle.pass(1)
        let told = try #require(try chronicle.due().first)
        #expect(told.short == "floor.1.detector.11.fault begin")
        #expect(told.number("since").map { Int64($0) } == since)
        #expect(chronicle.episodes.nextDue == .never)
    }

    @Test("TOLD: a detector that was told before its bus died keeps its own episode")
    func toldBefore() throws {
        #expect(
            try short(.detectorDown(first, floor, .fault(.device)))
                == ["floor.1.detector.11.fault begin"])
        try chronicle.take(.bus(0, up: false))
        #expect(try short(.detectorDown(first, floor, .silent(.bus))) == [])
        try chronicle.take(.bus(0, up: true))
        #expect(try short(.detectorBack(first, floor)) == ["floor.1.detector.11.back end"])
    }
}
