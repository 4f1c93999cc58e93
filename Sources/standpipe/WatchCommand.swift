// `standpipe watch`: the site in a terminal, as it is now, until q is pressed.

import ArgumentParser
import CLinux
import FireLogic
import Glibc
import StatusFeed

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show the site in this terminal as it is now.",
        discussion: "Arrow keys move through the floors, q quits. It only reads.")

    @OptionGroup var places: SitePlaces

    func run() throws {
        guard Terminal.isThere else {
            throw ValidationError(
                "watch needs a terminal; 'standpipe status' and 'standpipe status --json' do not")
        }
        let site = places.site
        let terminal = Terminal()
        let stop = clinux_stop_signals()
        terminal.open()
        defer { terminal.close() }
        var first = 0
        var size = terminal.size
        while true {
            let page = site.page()
            let screen = WatchScreen(
                page: page, plan: page.flatMap(site.plan), told: site.told(),
                now: RunningSite.now, wall: WallTime.nowMilliseconds, path: places.statusPage)
            let nowSize = terminal.size
            if nowSize != size { terminal.forget() }
            size = nowSize
            terminal.show(
                screen.lines(columns: size.columns, rows: size.rows, first: first))
            var sources = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&sources, 2, 200) > 0 else { continue }
            if sources[1].revents != 0 { return }
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 else { return }
            let last = max(0, (page?.floors.count ?? 1) - 1)
            for key in TypedKey.keys(in: bytes[..<count]) {
                switch key {
                case .letter("q"), .letter("\u{03}"): return
                case .letter("\u{0C}"): terminal.forget()
                case .down: first = min(last, first + 1)
                case .up: first = max(0, first - 1)
                case .pageDown: first = min(last, first + 10)
                case .pageUp: first = max(0, first - 10)
                case .home: first = 0
                case .end: first = last
                case .left, .right, .letter: break
                }
            }
        }
    }
}

/// Where the running programs keep what `status` and `watch` read.
struct SitePlaces: ParsableArguments {
    @Option(name: .customLong("run-dir"), help: "The controller's --run-dir.")
    var controllerRun = "/run/standpipe"

    @Option(name: .customLong("state-dir"), help: "The controller's --state-dir, for names.")
    var controllerState = "/var/lib/standpipe"

    @Option(name: .customLong("gateway-run"), help: "The gateway's --run.")
    var gatewayRun = "/run/standpipe-gateway"

    var statusPage: String { "\(controllerRun)/status" }

    var site: RunningSite {
        RunningSite(
            controllerRun: controllerRun, controllerState: controllerState, gatewayRun: gatewayRun)
    }
}
