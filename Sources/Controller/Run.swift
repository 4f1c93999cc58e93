// The controller's life: wire, arm, tick until told to stop. `standpipe-controller` calls it with
// libgpiod, the simulated building with its own lines.

import CLinux
import ControlLoop
import FieldDevices
import FireLogic
import Glibc
import PlanFile
import SafetyLog

/// Runs until SIGTERM or SIGINT. The result is the process's exit status: 0 after a stop, 1 when
/// it could not start, 2 for a command line that makes no sense. `stallHook` runs before each sync
/// of the journal: a simulated disk that hangs.
package func runController(
    _ arguments: [String], chips: some GpioChips,
    stallHook: @escaping @Sendable () -> Void = {}
) -> Int32 {
    if arguments == ["--help"] {
        printText(ControllerOptions.usage, to: STDOUT_FILENO)
        return 0
    }
    let options: ControllerOptions
    do throws(ControllerOptions.Mistake) {
        options = try ControllerOptions(arguments)
    } catch {
        printError("standpipe-controller: \(error.message)\n\(ControllerOptions.usage)")
        return 2
    }
    if options.saysNeeds { return printNeeds(options) }
    do {
        // Two directories that are one are locked once: a process does not share its own lock.
        let places =
            options.runDirectory == options.stateDirectory
            ? [options.runDirectory] : [options.runDirectory, options.stateDirectory]
        let lock = try RunLock(directories: places)
        RealTime.useOneHeap()
        let stopSignals = clinux_stop_signals()
        let isQuiet = options.isQuiet
        var wiring = try Wiring(
            options, chips: chips,
            announce: { plan, record, stamp in
                if !isQuiet { EventLine.print(record, stamp, plan: plan) }
            }, stallHook: stallHook)
        _ = wiring.poller.watch(stopSignals, as: .stop)
        run(&wiring)
        lock.release()
        return 0
    } catch {
        printError("standpipe-controller: cannot protect: \(error)")
        return 1
    }
}

private func run<Chips: GpioChips>(_ wiring: inout Wiring<Chips>) {
    var watchdog = ServiceWatchdog()
    var isReady = false
    while !wiring.loop.field.stopRequested {
        let deadline = min(
            min(wiring.loop.nextDeadline, wiring.loop.field.nextDeadline), watchdog.nextDeadline)
        wiring.poller.wait(until: deadline, now: BootClock.now)
        wiring.loop.tick()
        watchdog.feed(isComplete: wiring.loop.stage == .complete, at: BootClock.now)
        if wiring.loop.logic.isArmed && !isReady {
            isReady = true
            watchdog.ready()
        }
    }
    wiring.loop.field.stop()
    wiring.stopLogs()
}

/// Status 0, or 1 without a usable plan.
private func printNeeds(_ options: ControllerOptions) -> Int32 {
    let store = PlanStore(path: options.planPath, stateDirectory: options.stateDirectory)
    do throws(NoPlan) {
        let plan = try store.load(keeping: false).plan
        for line in PlanNeeds(plan).lines { printText(line, to: STDOUT_FILENO) }
        return 0
    } catch {
        printError("standpipe-controller: \(error)")
        return 1
    }
}

func printError(_ text: String) {
    printText(text, to: STDERR_FILENO)
}

private func printText(_ text: String, to descriptor: Int32) {
    let bytes = Array((text + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
}

/// One line a record on standard error, for the service's log and for people who watch.
enum EventLine {
    /// Runs on the journal's thread. A reader that does not read costs lines, never time.
    static func print(_ record: Record, _ stamp: Stamp, plan: SitePlan) {
        if record.isInput { return }
        var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 0) == 1 else { return }
        let milliseconds = stamp.boot.nanoseconds / 1_000_000
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        let bytes = Array("[\(milliseconds / 1_000).\(fraction)] \(record.sentence(plan))\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
