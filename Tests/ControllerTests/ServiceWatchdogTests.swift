// What systemd is told: ready only when detectors release, alive only after whole ticks.

import FireLogic
import Foundation
import Glibc
import StatusFeed
import TestSupport
import Testing

@testable import Controller

extension ManagerSocket {
    fileprivate func message(within milliseconds: Int32 = 60_000) -> String? {
        take(within: milliseconds)?.text
    }
}

@Suite(.serialized, .timeLimit(.minutes(2))) struct ServiceWatchdogTests {
    @Test("LIVE: systemd hears READY once it is armed, and WATCHDOG again and again until it hangs")
    func service() throws {
        let notify = ManagerSocket()
        let controller = try RunningController()
        controller.start(environment: ["NOTIFY_SOCKET=\(notify.path)", "WATCHDOG_USEC=400000"])
        var messages: [String] = []
        while messages.count < 8, let message = notify.message() { messages.append(message) }
        #expect(messages.filter { $0 == "READY=1" }.count == 1)
        #expect(messages.filter { $0 == "WATCHDOG=1" }.count == 7)
        #expect(controller.status?.isArmed == true)
        // What hangs feeds nothing.
        kill(controller.pid, SIGSTOP)
        while notify.message(within: 0) != nil {}
        #expect(notify.message(within: 1_000) == nil)
        kill(controller.pid, SIGCONT)
        #expect(notify.message() == "WATCHDOG=1")
        #expect(controller.stop() == 0)
    }

    @Test("LIVE: no tick that broke off feeds the watchdog")
    func incomplete() {
        let notify = ManagerSocket()
        setenv("NOTIFY_SOCKET", notify.path, 1)
        setenv("WATCHDOG_USEC", "1000000", 1)
        var watchdog = ServiceWatchdog()
        unsetenv("NOTIFY_SOCKET")
        unsetenv("WATCHDOG_USEC")
        func at(_ milliseconds: Int) -> Instant {
            Instant(nanoseconds: Int64(milliseconds) * 1_000_000)
        }
        watchdog.feed(isComplete: false, at: at(1_000))
        #expect(notify.message(within: 50) == nil)
        watchdog.feed(isComplete: true, at: at(1_000))
        #expect(notify.message() == "WATCHDOG=1" && watchdog.nextDeadline == at(1_500))
        watchdog.feed(isComplete: true, at: at(1_499))
        watchdog.feed(isComplete: false, at: at(9_000))
        #expect(notify.message(within: 50) == nil)
        watchdog.ready()
        #expect(notify.message() == "READY=1")
    }

    @Test("Settings of systemd that make no sense are left out, and nothing traps")
    func settings() {
        for text in ["0", "-5", "9223372036854775807", "soon", "", "99999999999999999999"] {
            let notify = ManagerSocket()
            setenv("NOTIFY_SOCKET", notify.path, 1)
            setenv("WATCHDOG_USEC", text, 1)
            var watchdog = ServiceWatchdog()
            unsetenv("NOTIFY_SOCKET")
            unsetenv("WATCHDOG_USEC")
            #expect(watchdog.nextDeadline == .never, "\(text)")
            watchdog.feed(isComplete: true, at: .zero)
            #expect(notify.message(within: 20) == nil)
        }
        setenv("NOTIFY_SOCKET", String(repeating: "x", count: 300), 1)
        var watchdog = ServiceWatchdog()
        unsetenv("NOTIFY_SOCKET")
        watchdog.ready()
    }
}
