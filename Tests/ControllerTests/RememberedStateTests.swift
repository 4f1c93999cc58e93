// Which witness is believed at a start: the page of last commands, the log, the line.

import FieldDevices
import FireLogic
import Foundation
import Glibc
import Testing

@testable import Controller

/// Lines that nobody has.
private struct NoChips: GpioChips {
    final class Inputs: GpioInputs {
        let descriptors: [Int32] = []
        func isActive(_ index: Int) throws(GpioError) -> Bool { false }
        func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError) {}
    }

    final class Outputs: GpioOutputs {
        func set(_ index: Int, active: Bool) throws(GpioError) {}
    }

    func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> Inputs { Inputs() }

    func outputs(
        path: String, lines: [GpioLine], initial: [Bool?]
    ) throws(GpioError) -> Outputs { Outputs() }

    func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool { false }
}

@Suite final class RememberedStateTests {
    private let directory: String
    private let plan = RunningController.plan()

    init() throws {
        directory = "/tmp/standpipe-remembered-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        for name in ["", "/state", "/run"] { mkdir(directory + name, 0o700) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// A start that finds the line of floor 0 in the store, as `name` and `isOpen` say.
    private func start(_ name: String, isOpen: Bool?, state: String = "/state") -> RememberedState {
        let valve = KeptValves.Valve(
            inherited: InheritedDescriptor(descriptor: -1, name: name), isOpen: isOpen,
            floor: name.isEmpty ? nil : FloorID(rawValue: Int16(name) ?? -9))
        let options = ControllerOptions(
            planPath: "", stateDirectory: directory + state, runDirectory: directory + "/run",
            isRealTime: false)
        return RememberedState(
            options, plan: plan, planChecksum: 1, chips: NoChips(),
            kept: KeptValves(valves: [0: valve]))
    }

    private func isOpen(_ past: RememberedState, _ floor: Int) -> Bool {
        past.memory.open.contains(plan.floors[floor].id)
    }

    @Test(
        "LATCH: without a page of last commands an open line keeps its floor open, and the page then"
    )
    func noPage() {
        let first = start("0", isOpen: true)
        #expect(isOpen(first, 0) && !isOpen(first, 1) && !first.isDoubtful)
        // Noted: the next start knows it from there, whatever the line says.
        #expect(isOpen(start("0", isOpen: false), 0))
    }

    @Test("KEY: what the page knows as closed is closed, though the line was still open")
    func closedByKey() {
        let first = start("0", isOpen: false)
        #expect(!isOpen(first, 0))
        first.latches?.note(floor: 0, id: plan.floors[0].id, .closed)
        #expect(!isOpen(start("0", isOpen: true), 0))
        #expect(!isOpen(start("0", isOpen: nil), 0))
        // Under another floor's name it is a valve that no key of this floor has closed.
        #expect(isOpen(start("1", isOpen: true), 0))
    }

    @Test("LATCH: with a log that cannot be read an open line keeps its floor open")
    func doubtful() {
        start("0", isOpen: nil).latches?.note(floor: 0, id: plan.floors[0].id, .closed)
        let past = start("0", isOpen: true, state: "/missing")
        #expect(past.isDoubtful && isOpen(past, 0))
    }
}
