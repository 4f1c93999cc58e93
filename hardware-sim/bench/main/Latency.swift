// Line 1: from the moment before the system call that makes an input readable to the moment after
// the one that sets the valve line. It holds the kernel's wake-up, the whole tick and the drive.
// Floors are released one by one at random distances; then all keys are turned, which closes them,
// and the next round begins.

import BenchLines
import CLinux
import FireLogic
import Glibc

struct LatencyRun {
    enum Source: CaseIterable {
        /// A packet through the input socket.
        case socket
        /// An edge of a contact, debounce 0.
        case edge
        /// An edge of a contact with the usual debounce.
        case debounced
    }

    private let controller: ControllerUnderTest
    private let site: BenchSite
    private var random = SystemRandomNumberGenerator()
    /// Releases that did not come within a second.
    private(set) var lost = 0

    init(_ controller: ControllerUnderTest, _ site: BenchSite) {
        self.controller = controller
        self.site = site
    }

    /// One release of every floor.
    mutating func round(_ source: Source) throws -> Samples {
        var samples = Samples()
        while controller.nextDrive(within: .zero) != nil {}
        switch source {
        case .socket, .edge:
            for floor in 0..<site.floors {
                pause()
                let begin = stimulate(floor, source, fire: true)
                wait(for: floor, since: begin, into: &samples)
            }
        case .debounced:
            var begins: [Instant] = []
            for floor in 0..<site.floors {
                pause()
                begins.append(stimulate(floor, source, fire: true))
            }
            for _ in 0..<site.floors {
                guard let drive = controller.nextDrive(within: .seconds(1)), drive.high else {
                    lost += 1
                    continue
                }
                samples.add(drive.at - begins[drive.offset / 2])
            }
        }
        try close(source)
        return samples
    }

    /// 0.3 to 3 ms, so that no phase of the load is preferred.
    private mutating func pause() {
        let span = Int64.random(in: 300_000...3_000_000, using: &random)
        Machine.sleep(Interval(nanoseconds: span))
    }

    private func stimulate(_ floor: Int, _ source: Source, fire: Bool) -> Instant {
        switch source {
        case .socket: controller.send(BenchSite.stimulus(floor), fire ? .alarm : .normal)
        case .edge: controller.move(BenchSite.line(1, floor, BenchSite.contact), high: fire)
        case .debounced:
            controller.move(BenchSite.line(1, floor, BenchSite.slowContact), high: fire)
        }
    }

    private mutating func wait(for floor: Int, since begin: Instant, into samples: inout Samples) {
        let line = site.plan.floors[floor].valve.output
        while let drive = controller.nextDrive(within: .seconds(1)) {
            guard drive.high, drive.offset == line.offset else { continue }
            samples.add(drive.at - begin)
            if controller.socket >= 0 { controller.takeAnswers() }
            return
        }
        lost += 1
    }

    /// Turns all keys off, calms the detectors, turns the keys on again.
    private mutating func close(_ source: Source) throws {
        turnKeys(off: true)
        try waitForKeys(2)
        for floor in 0..<site.floors { _ = stimulate(floor, source, fire: false) }
        Machine.sleep(.milliseconds(source == .debounced ? 30 : 5))
        if controller.socket >= 0 { controller.takeAnswers() }
        turnKeys(off: false)
        try waitForKeys(1)
    }

    private func turnKeys(off: Bool) {
        for key in site.plan.keys { _ = controller.move(key.offContact, high: off) }
    }

    private func waitForKeys(_ wanted: UInt8) throws {
        let end = Machine.now + .seconds(5)
        while !(0..<site.floors).allSatisfy({ controller.key(ofFloor: $0) == wanted }) {
            guard Machine.now < end else { throw BenchError("a key was not seen", errno: 0) }
            usleep(1_000)
        }
    }
}

/// The least that the machine needs: a process that sleeps in epoll on a pipe and does nothing but
/// stamp what it hears, measured with the same distances. It stands beside line 1.
enum BareWakeUp {
    static func measure(directory: String, count: Int) throws -> Samples {
        mkdir(directory, 0o700)
        try BenchWire.make(in: directory)
        let heard = try BenchWire.open(BenchWire.drivePath(directory))
        defer { close(heard) }
        let told = try BenchWire.open(BenchWire.edgePath(directory, chip: 0))
        defer { close(told) }
        let child = try Child("/proc/self/exe", ["--echo", directory])
        defer { child.end() }
        var samples = Samples()
        for number in 0..<count + 10 {
            Machine.sleep(Interval(nanoseconds: Int64.random(in: 300_000...3_000_000)))
            var edge = UInt32(0)
            let begin = Machine.now
            _ = write(told, &edge, BenchWire.edgeBytes)
            var entry = pollfd(fd: heard, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 5_000) == 1 else {
                throw BenchError("no echo", errno: 0)
            }
            var words: (UInt64, Int64) = (0, 0)
            _ = read(heard, &words, BenchWire.driveBytes)
            // The first ones wait for the child's start.
            if number >= 10 { samples.add(Drive(words).at - begin) }
        }
        return samples
    }

    /// The child.
    static func echo(directory: String) throws {
        Machine.setPriority(40)
        let told = try BenchWire.open(BenchWire.edgePath(directory, chip: 0))
        let heard = try BenchWire.open(BenchWire.drivePath(directory))
        let parent = getppid()
        let epoll = clinux_epoll()
        guard clinux_watch(epoll, told, 1) == 0 else { throw BenchError("epoll_ctl") }
        var tag: UInt64 = 0
        while getppid() == parent {
            guard clinux_wait(epoll, &tag, 1, 500_000_000) == 1 else { continue }
            var edge = UInt32(0)
            _ = read(told, &edge, BenchWire.edgeBytes)
            var words = BenchWire.drive(chip: 0, offset: 0, high: true, at: Machine.now)
            _ = write(heard, &words, BenchWire.driveBytes)
        }
    }
}
