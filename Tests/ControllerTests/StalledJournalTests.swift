// The whole controller in this process, with lines that only remember their level, and a disk that
// hangs: the valve does not wait for it.

import ControlLoop
import FieldDevices
import FireLogic
import Glibc
import PlanFile
import SafetyLog
import StatusFeed
import Synchronization
import Testing

@testable import Controller

/// Lines that can always be had. Inputs are inactive, outputs keep what was set.
private final class FakeChips: GpioChips {
    final class Inputs: GpioInputs {
        let descriptors: [Int32] = []
        func isActive(_ index: Int) throws(GpioError) -> Bool { false }
        func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError) {}
    }

    final class Outputs: GpioOutputs {
        let levels: Levels
        let offset: Int
        init(_ levels: Levels, _ offset: Int) {
            self.levels = levels
            self.offset = offset
        }
        func set(_ index: Int, active: Bool) throws(GpioError) { levels.set(offset, active) }
    }

    /// Bit n: line n is active.
    final class Levels: Sendable {
        private let bits = Atomic<UInt64>(0)
        func set(_ line: Int, _ active: Bool) {
            if active {
                bits.bitwiseOr(1 << UInt64(line), ordering: .sequentiallyConsistent)
            } else {
                bits.bitwiseAnd(~(1 << UInt64(line)), ordering: .sequentiallyConsistent)
            }
        }
        func isActive(_ line: Int) -> Bool {
            bits.load(ordering: .sequentiallyConsistent) >> UInt64(line) & 1 == 1
        }
    }

    let levels = Levels()

    func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> Inputs { Inputs() }

    func outputs(
        path: String, lines: [GpioLine], initial: [Bool?]
    ) throws(GpioError) -> Outputs {
        let offset = lines.first?.offset ?? 0
        if let active = initial.first.flatMap({ $0 }) { levels.set(offset, active) }
        return Outputs(levels, offset)
    }

    func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool {
        levels.isActive(line.offset)
    }
}

@Suite(.timeLimit(.minutes(2))) struct StalledJournalTests {
    /// Ticks on a thread of its own until told to stop.
    private final class Running: @unchecked Sendable {
        let gate = Atomic<Bool>(false)
        let isStopping = Atomic<Bool>(false)
        let levels: FakeChips.Levels
        private var wiring: Wiring<FakeChips>?
        private var thread = pthread_t()

        init(_ options: ControllerOptions) throws {
            let chips = FakeChips()
            levels = chips.levels
            wiring = try Wiring(
                options, chips: chips, announce: { _, _, _ in },
                stallHook: { [weak self] in
                    while let self, self.gate.load(ordering: .acquiring) { usleep(1_000) }
                })
            let status = pthread_create(
                &thread, nil,
                { context in
                    if let context {
                        Unmanaged<Running>.fromOpaque(context).takeRetainedValue().run()
                    }
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
            precondition(status == 0)
        }

        private func run() {
            guard var wiring else { return }
            while !isStopping.load(ordering: .acquiring) {
                let deadline = min(wiring.loop.nextDeadline, wiring.loop.field.nextDeadline)
                wiring.poller.wait(until: deadline, now: BootClock.now)
                wiring.loop.tick()
            }
            wiring.loop.field.stop()
            wiring.stopLogs()
        }

        func stop() {
            gate.store(false, ordering: .releasing)
            isStopping.store(true, ordering: .releasing)
            pthread_join(thread, nil)
        }
    }

    @Test("RELEASE: a disk that hangs delays neither the valve nor the answer, and becomes a fault")
    func hangs() throws {
        let files = try RunningController()
        let running = try Running(
            ControllerOptions(
                planPath: files.planPath, stateDirectory: files.stateDirectory,
                runDirectory: files.runDirectory, isQuiet: true, isRealTime: false))
        defer { running.stop() }
        let reader = StatusReader(path: files.runDirectory + "/status")
        try #require(waitUntil(60) { reader.read()?.isArmed == true })
        let client = try #require(files.connect())
        running.gate.store(true, ordering: .releasing)
        #expect(client.signal(2, .normal) == .decided(.done))
        #expect(!running.levels.isActive(1))
        usleep(50_000)
        // The answer comes after the act, and comes while the disk hangs.
        #expect(client.signal(1) == .decided(.done))
        #expect(running.levels.isActive(1) && !running.levels.isActive(2))
        #expect(waitUntil(60) { reader.read()?.systemFaults.contains(.journal) == true })
        #expect(client.signal(101) == .decided(.done) && running.levels.isActive(2))
        running.gate.store(false, ordering: .releasing)
        #expect(waitUntil(60) { reader.read()?.systemFaults.contains(.journal) == false })
    }

    @Test(
        "BOUNDED: while the disk hangs, records without number cost lines of the log, not the loop")
    func overflow() throws {
        let files = try RunningController(remote: .all)
        let running = try Running(
            ControllerOptions(
                planPath: files.planPath, stateDirectory: files.stateDirectory,
                runDirectory: files.runDirectory, isQuiet: true, isRealTime: false))
        defer { running.stop() }
        let reader = StatusReader(path: files.runDirectory + "/status")
        try #require(waitUntil(60) { reader.read()?.isArmed == true })
        let client = try #require(files.connect())
        running.gate.store(true, ordering: .releasing)
        var lost = false
        let deadline = milliseconds() + 20_000
        while !lost && milliseconds() < deadline {
            for _ in 0..<64 {
                let request = OperatorRequest(
                    .silence, who: OperatorName("meier"), origin: .remote)
                #expect(client.send(.request(request)))
            }
            for _ in 0..<64 where client.answer()?.outcome != .decided(.done) {
                Issue.record("not answered")
                return
            }
            lost = reader.read()?.systemFaults.contains(.recordsLost) == true
        }
        #expect(lost)
        #expect(client.signal(1) == .decided(.done) && running.levels.isActive(1))
        running.gate.store(false, ordering: .releasing)
        #expect(waitUntil(60) { reader.read()?.systemFaults.contains(.recordsLost) == false })
    }
}
