// The loop of the simulation, the smoke, and the controller's process, each by itself.

import FireLogic
import Glibc
import Testing

@testable import SimulatedBuilding

@Suite struct SimLoopTests {
    @Test func `timers come in their order, ties in the order of setting, cancelled ones never`()
        throws
    {
        let loop = try SimLoop()
        var order: [Int] = []
        let start = SimLoop.now() + .milliseconds(20)
        for (name, delay) in [(3, 30), (1, 10), (2, 10), (4, 50)] {
            loop.at(start + .milliseconds(delay)) { order.append(name) }
        }
        loop.cancel(loop.at(start + .milliseconds(20)) { order.append(9) })
        loop.run(for: .milliseconds(120))
        #expect(order == [1, 2, 3, 4])
    }

    @Test func `a repeated timer ends when it says so, and a descriptor is heard until unwatched`()
        throws
    {
        let loop = try SimLoop()
        var count = 0
        loop.every(.milliseconds(5)) {
            count += 1
            return count < 4
        }
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var heard = 0
        loop.watch(ends[0]) {
            var byte: UInt8 = 0
            heard += read(ends[0], &byte, 1)
        }
        _ = write(ends[1], "a", 1)
        loop.run(for: .milliseconds(100))
        loop.unwatch(ends[0])
        _ = write(ends[1], "b", 1)
        loop.run(for: .milliseconds(50))
        #expect(count == 4 && heard == 1)
    }
}

@Suite struct RoomTests {
    /// When each detector of the plan alarms, in ticks of 50 ms, with water on floor 0 from a tick.
    private func story(seed: UInt64, waterFrom: Int) -> (alarms: [Int: Int], out: Int?) {
        var rooms = Rooms(plan: testPlan(), seed: seed)
        rooms.ignite(nearDetector: 1)
        var alarms: [Int: Int] = [:]
        var out: Int?
        for tick in 0..<1_200 {
            for detector in rooms.pass(seconds: 0.05, water: { $0 == 0 && tick >= waterFrom })
            where rooms.smells(detector: detector) {
                alarms[detector] = tick
            }
            if out == nil && !rooms.isBurning(floor: 0) { out = tick }
        }
        return (alarms, out)
    }

    @Test func `one seed tells one story, another one another`() {
        let first = story(seed: 5, waterFrom: 100)
        #expect(first == story(seed: 5, waterFrom: 100))
        #expect(first != story(seed: 6, waterFrom: 100))
    }

    @Test func `smoke reaches the nearest first and stays on its floor, water ends the fire`() {
        let (alarms, out) = story(seed: 5, waterFrom: 100)
        #expect(alarms[1].map { (18...22).contains($0) } == true)
        #expect([0, 2, 3].allSatisfy { (alarms[$0] ?? 0) > 20 })
        #expect(alarms[4] == nil)
        #expect(out.map { (190...210).contains($0) } == true)
        #expect(story(seed: 5, waterFrom: .max).out == nil)
    }
}

@Suite struct ControllerProcessTests {
    @Test func `a killed child is started again, and ends with its building`() throws {
        let loop = try SimLoop()
        let child = ControllerProcess(
            loop: loop, path: "/bin/cat", arguments: [], logPath: "/dev/null")
        try child.start()
        #expect(child.isRunning)
        let first = child.pid
        child.kill()
        #expect(loop.run(atMost: .seconds(10)) { child.starts == 2 })
        #expect(child.isRunning && child.pid != first && child.lastEnd == "by signal 9")
        child.close()
        #expect(!child.isRunning && kill(first, 0) != 0)
    }

    @Test func `a child that dies at once is started with growing pauses (BOUNDED)`() throws {
        let loop = try SimLoop()
        let child = ControllerProcess(
            loop: loop, path: "/bin/false", arguments: [], logPath: "/dev/null")
        try child.start()
        loop.run(for: .seconds(4))
        #expect((2...3).contains(child.starts) && child.lastEnd == "with status 1")
        child.close()
    }

    @Test func `a program that is not there is an error in words`() throws {
        let loop = try SimLoop()
        let child = ControllerProcess(
            loop: loop, path: "/nowhere/controller", arguments: [], logPath: "/dev/null")
        let error = #expect(throws: SimulationError.self) { try child.start() }
        #expect(error?.description == "start /nowhere/controller: No such file or directory")
    }
}
