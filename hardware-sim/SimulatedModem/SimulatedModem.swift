// A GSM modem on a pseudo-terminal, for tests: the driver and Debian's gammu talk to it as to a real
// one. A thread of its own moves the bytes; `ModemBrain` decides. Its device is a symbolic link, as
// /dev/serial/by-id has them, and vanishes when it is unplugged.

import CLinux
import Glibc
import Modem
import Synchronization

package final class SimulatedModem: Sendable {
    /// How long the simulated things take, and what the modem can.
    package struct Times: Hashable, Sendable {
        /// From a start to RDY.
        package var start = Duration.milliseconds(300)
        /// From a message to its answer, and from the answer to the delivery report.
        package var network = Duration.zero
        package var report = Duration.zero
        /// Knows +CPINR.
        package var tellsTries = true
        /// Deletes texts when it is told to; some memories are read-only.
        package var deletes = true
        /// What +CNMI takes for reports: `(0,1,2)`, `(0,2)`, `(0)`.
        package var newsOfReports = "(0,1,2)"

        package init() {}
    }

    private struct State {
        var brain: ModemBrain
        var accepted: [AcceptedSMS] = []
        var terminal: ModemTerminal?
        var shouldEnd = false
        var hasEnded = false
    }

    package let link: String
    private let state: Mutex<State>
    private let bell: Int32
    private let log: Int32

    /// `link` becomes a symbolic link to the terminal. Accepted messages are appended to the file
    /// `log`, one line of JSON each, before the answer is given.
    package init(
        link: String, log: String? = nil, pin: String? = nil, center: String = "+34609090909",
        seed: UInt64 = 1, times: Times = Times()
    ) throws(ModemTerminalError) {
        self.link = link
        bell = clinux_eventfd()
        guard bell >= 0 else { throw ModemTerminalError("eventfd") }
        if let log {
            self.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard self.log >= 0 else { throw ModemTerminalError("open \(log)") }
        } else {
            self.log = -1
        }
        let terminal = try ModemTerminal(link: link)
        let brain = ModemBrain(pin: pin, center: center, seed: seed, times: times)
        state = Mutex(State(brain: brain, terminal: terminal))
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil, simulatedModemMain, Unmanaged.passRetained(self).toOpaque())
        precondition(started == 0, "pthread_create: \(started)")
        pthread_detach(thread)
    }

    /// Ends the thread and takes the device away.
    package func stop() {
        state.withLock { $0.shouldEnd = true }
        clinux_wake(bell)
        while !state.withLock({ $0.hasEnded }) { usleep(1_000) }
    }

    /// Does what the order says; `quit` ends the modem.
    package func order(_ order: ModemOrder) throws(ModemTerminalError) {
        if order == .quit { return stop() }
        let failure: ModemTerminalError? = state.withLock { state in
            let now = ContinuousClock.now
            switch order {
            case .mood(let mood): state.brain.mood = mood
            case .reboot: state.brain.reboot(at: now)
            case .incoming(let from, let text): state.brain.incoming(from: from, text, at: now)
            case .signal(let level): state.brain.signal = level
            case .unplug:
                state.terminal?.close()
                state.terminal = nil
            case .plug:
                if state.terminal == nil {
                    state.brain.reboot(at: now)
                    do throws(ModemTerminalError) {
                        state.terminal = try ModemTerminal(link: link)
                    } catch {
                        return error
                    }
                }
            case .quit: break
            }
            return nil
        }
        clinux_wake(bell)
        if let failure { throw failure }
    }

    /// What the network has taken, in order.
    package var accepted: [AcceptedSMS] { state.withLock { $0.accepted } }
    /// Commands that came.
    package var commands: [String] { state.withLock { $0.brain.commands } }
    package var pinTries: Int { state.withLock { $0.brain.pinTries } }
    package var starts: Int { state.withLock { $0.brain.starts } }
    /// Texts and reports that the SIM card holds.
    package var stored: Int { state.withLock { $0.brain.card.stored.count } }

    // The thread.

    fileprivate func run() {
        var isRunning = true
        while isRunning {
            let (master, next) = state.withLock { ($0.terminal?.master ?? -1, $0.brain.nextDue) }
            var asked = [
                pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
                pollfd(fd: master, events: Int16(POLLIN), revents: 0),
            ]
            let left = next.map { max($0 - .now, .zero).components }
            let wait = left.map {
                min($0.seconds, 1_000) * 1_000 + ($0.attoseconds + 999_999_999_999_999)
                    / 1_000_000_000_000_000
            }
            poll(&asked, 2, Int32(clamping: wait ?? 1_000))
            _ = clinux_take(bell)
            isRunning = state.withLock { step(&$0) }
        }
        state.withLock { $0.hasEnded = true }
    }

    deinit {
        close(bell)
        if log >= 0 { close(log) }
    }

    /// Reads, decides, writes down, answers. False: it is over.
    private func step(_ state: inout State) -> Bool {
        if state.shouldEnd {
            state.terminal?.close()
            state.terminal = nil
            return false
        }
        let now = ContinuousClock.now
        if let bytes = state.terminal?.read(), !bytes.isEmpty { state.brain.take(bytes, at: now) }
        for message in state.brain.accepted { write(message) }
        state.accepted += state.brain.accepted
        state.brain.accepted = []
        let bytes = state.brain.due(at: .now)
        if !bytes.isEmpty { state.terminal?.write(bytes) }
        return true
    }

    private func write(_ message: AcceptedSMS) {
        guard log >= 0 else { return }
        var (wall, boot) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &wall)
        clock_gettime(CLOCK_BOOTTIME, &boot)
        let line = message.json(
            wallMilliseconds: Int64(wall.tv_sec) * 1_000 + Int64(wall.tv_nsec) / 1_000_000,
            bootNanoseconds: Int64(boot.tv_sec) * 1_000_000_000 + Int64(boot.tv_nsec))
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(log, bytes, bytes.count)
    }
}

private func simulatedModemMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<SimulatedModem>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
