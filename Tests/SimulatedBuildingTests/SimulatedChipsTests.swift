// The simulated GPIO lines behave as the kernel's do: both ends of a real socket, one thread.

import FieldDevices
import FireLogic
import Glibc
import Testing

@testable import SimulatedBuilding

/// A loop, a chip of 8 lines and the controller's end of it.
private struct Bench {
    let loop: SimLoop
    let chips: SimulatedChips
    let directory: TemporaryDirectory

    init(released: SimulatedChips.Released = .fallsToPull) throws {
        directory = try TemporaryDirectory()
        loop = try SimLoop()
        chips = try SimulatedChips(
            loop: loop, socketPath: directory.path + "/gpio", chips: [("/dev/gpiochip0", 8)],
            released: released)
    }

    /// Runs `body`, the controller, on another thread while the building serves it here.
    func controller<Result: Sendable>(
        _ body: @escaping @Sendable (SimGpioChips) throws -> Result
    ) throws -> Result {
        let path = directory.path + "/gpio"
        let outcome = Outcome<Result>()
        startThread { outcome.finish { try body(SimGpioChips(socketPath: path)) } }
        #expect(loop.run(atMost: .seconds(20)) { outcome.isDone })
        loop.run(for: .milliseconds(30))
        return try outcome.get()
    }
}

private func line(_ offset: Int, activeLow: Bool = false, _ bias: GpioLine.Bias = .asIs) -> GpioLine
{
    GpioLine(chip: 0, offset: offset, activeLow: activeLow, bias: bias)
}

/// Waits up to 2 s for edges.
private func edges(of inputs: SimGpioInputs, atLeast count: Int) throws -> [GpioEdge] {
    var edges: [GpioEdge] = []
    for _ in 0..<200 where edges.count < count {
        var waiting = pollfd(fd: inputs.descriptors[0], events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, 10)
        try inputs.readEdges(0, into: &edges)
    }
    return edges
}

@Suite struct SimulatedChipsTests {
    @Test func `an unknown chip, an unknown line and a busy line are refused as the kernel does`()
        throws
    {
        let bench = try Bench()
        try bench.controller { chips in
            #expect(throws: GpioError(chip: "/dev/other", offset: nil, errno: ENOENT)) {
                _ = try chips.inputs(path: "/dev/other", lines: [line(0)])
            }
            #expect(throws: GpioError(chip: "/dev/gpiochip0", offset: 8, errno: EINVAL)) {
                _ = try chips.inputs(path: "/dev/gpiochip0", lines: [line(8)])
            }
            let held = try chips.inputs(path: "/dev/gpiochip0", lines: [line(0), line(1)])
            #expect(throws: GpioError(chip: "/dev/gpiochip0", offset: 1, errno: EBUSY)) {
                _ = try chips.outputs(path: "/dev/gpiochip0", lines: [line(1)], initial: [nil])
            }
            #expect(try !held.isActive(0))
        }
    }

    @Test func `an undriven input rests where its bias pulls it`() throws {
        let bench = try Bench()
        let levels = try bench.controller { chips in
            let inputs = try chips.inputs(
                path: "/dev/gpiochip0",
                lines: [
                    line(0, .pullUp), line(1, .pullDown), line(2, activeLow: true, .pullUp),
                ])
            return try (0..<3).map { try inputs.isActive($0) }
        }
        #expect(levels == [true, false, false])
    }

    @Test func `an edge carries the meaning of the line and its level is there at once`() throws {
        let bench = try Bench()
        let contact = line(3, activeLow: true, .pullUp)
        bench.chips.wire(contact)
        bench.loop.after(.milliseconds(200)) { bench.chips.setActive(contact, true) }
        bench.loop.after(.milliseconds(260)) { bench.chips.setActive(contact, false) }
        let seen = try bench.controller { chips in
            let inputs = try chips.inputs(path: "/dev/gpiochip0", lines: [line(0), contact])
            let seen = try edges(of: inputs, atLeast: 2)
            #expect(try !inputs.isActive(1))
            return seen
        }
        #expect(seen.map(\.index) == [1, 1])
        #expect(seen.map(\.active) == [true, false])
        #expect(seen.map(\.lostBefore) == [false, false])
    }

    @Test func `a line keeps sixteen edges and says where some were lost (BOUNDED)`() throws {
        let bench = try Bench()
        bench.loop.after(.milliseconds(200)) {
            for count in 0..<100 { bench.chips.setActive(line(0), count % 2 == 0) }
            bench.chips.setActive(line(1), true)
        }
        let seen = try bench.controller { chips in
            let inputs = try chips.inputs(path: "/dev/gpiochip0", lines: [line(0), line(1)])
            usleep(400_000)
            return try edges(of: inputs, atLeast: 17)
        }
        #expect(seen.count { $0.index == 0 } == SimulatedChips.queueLength)
        #expect(seen.count { $0.lostBefore } == 1)
        #expect(seen.last { $0.index == 0 }?.active == false)
        #expect(seen.contains { $0.index == 1 && !$0.lostBefore })
    }

    @Test func `an output is driven from its request on and watched by the building`() throws {
        let bench = try Bench()
        var writes: [Bool] = []
        bench.chips.watch(line(4, activeLow: true)) { active, byController in
            if byController { writes.append(active) }
        }
        try bench.controller { chips in
            let outputs = try chips.outputs(
                path: "/dev/gpiochip0", lines: [line(4, activeLow: true)], initial: [true])
            try outputs.set(0, active: true)
            try outputs.set(0, active: false)
        }
        #expect(writes == [true, true, false])
    }

    @Test func `a released output falls to its pull, or holds where the hardware holds it`() throws
    {
        for released in [SimulatedChips.Released.fallsToPull, .holds] {
            let bench = try Bench(released: released)
            try bench.controller { chips in
                _ = try chips.outputs(path: "/dev/gpiochip0", lines: [line(5)], initial: [true])
            }
            #expect(bench.chips.holderCount == 0)
            #expect(bench.chips.isActive(line(5)) == (released == .holds))
        }
    }

    @Test func `an output requested without a level keeps the one that is found`() throws {
        let bench = try Bench(released: .holds)
        try bench.controller { chips in
            _ = try chips.outputs(path: "/dev/gpiochip0", lines: [line(5)], initial: [true])
        }
        try bench.controller { chips in
            let outputs = try chips.outputs(
                path: "/dev/gpiochip0", lines: [line(5), line(6)], initial: [nil, nil])
            usleep(50_000)
            withExtendedLifetime(outputs) {}
        }
        #expect(bench.chips.isActive(line(5)))
        #expect(!bench.chips.isActive(line(6)))
    }

    @Test func `a look at a line that nobody holds changes nothing`() throws {
        let bench = try Bench(released: .holds)
        try bench.controller { chips in
            _ = try chips.outputs(path: "/dev/gpiochip0", lines: [line(5)], initial: [true])
        }
        try bench.controller { chips in
            let held = try chips.asFound(path: "/dev/gpiochip0", line: line(5))
            let untouched = try chips.asFound(path: "/dev/gpiochip0", line: line(6))
            #expect(held && !untouched)
            #expect(throws: GpioError(chip: "/dev/gpiochip0", offset: 9, errno: EINVAL)) {
                _ = try chips.asFound(path: "/dev/gpiochip0", line: line(9))
            }
        }
        #expect(bench.chips.isActive(line(5)))
    }

    @Test func `levels are not trusted once the building is gone`() throws {
        let bench = try Bench()
        bench.loop.after(.milliseconds(200)) { bench.chips.close() }
        try bench.controller { chips in
            let inputs = try chips.inputs(path: "/dev/gpiochip0", lines: [line(0)])
            #expect(throws: GpioError(chip: "/dev/gpiochip0", offset: nil, errno: ENODEV)) {
                _ = try edges(of: inputs, atLeast: 1)
            }
            #expect(throws: GpioError(chip: "/dev/gpiochip0", offset: 0, errno: ENODEV)) {
                _ = try inputs.isActive(0)
            }
        }
    }
}
