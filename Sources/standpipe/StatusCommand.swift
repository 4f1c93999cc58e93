// `standpipe status`: how the site is now, what fails, and whether people can be told. Reads the
// controller's status page and the gateway's `notify.json`; asks nobody and changes nothing.

import ArgumentParser
import ControlLoop
import FireLogic
import Glibc
import Notifications
import StatusFeed

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how the site is, what fails, and whether people can be told.",
        discussion: """
            Exits with 0 when all is well, 1 when there is a fire or anything fails, 2 when there is \
            no controller.
            """)

    @Option(name: .customLong("run-dir"), help: "The controller's --run-dir.")
    var controllerRun = "/run/standpipe"

    @Option(name: .customLong("gateway-run"), help: "The gateway's --run.")
    var gatewayRun = "/run/standpipe-gateway"

    @Flag(help: "Print it as JSON.")
    var json = false

    /// Milliseconds; the controller writes its page every 100 ms, the gateway its file every second.
    private static let stale: Int64 = 10_000

    func run() throws {
        let page = StatusReader(path: "\(controllerRun)/status").read()
        let site = page.map { SiteStatus($0, bootNanoseconds: Self.bootNanoseconds) }
        let told = Self.read("\(gatewayRun)/notify.json").flatMap { NotifyStatus($0) }
        let age = told.map { max(0, WallTime.nowMilliseconds - $0.written) }
        if json {
            print(
                String(decoding: StatusReport(site: site, notifications: told).bytes, as: UTF8.self)
            )
        } else {
            show(site)
            if let told { show(told, age: age ?? 0) }
        }
        guard let site, site.isAlive else { throw ExitCode(2) }
        let isSilent = (age ?? 0) > Self.stale
        if !site.isWell || isSilent || told.map({ !$0.isWell }) ?? false { throw ExitCode(1) }
    }

    private func show(_ site: SiteStatus?) {
        guard let site else {
            print("controller: there is none; \(controllerRun)/status is no status page")
            return
        }
        guard site.isAlive else {
            print(
                "controller: SILENT for \(site.silentSeconds) s; see 'systemctl status standpipe'")
            return
        }
        print("site: \(site.condition)\(site.isArmed ? "" : ", NOT ARMED")")
        for (count, words) in site.counts where count > 0 { print("  \(count) \(words)") }
        for fault in site.systemFaults { print("  FAULT: \(fault.text)") }
    }

    private func show(_ told: NotifyStatus, age: Int64) {
        if age > Self.stale {
            print("gateway: SILENT for \(age / 1_000) s; see 'systemctl status standpipe-gateway'")
        }
        if let log = told.log { print("gateway: FAULT: \(log)") }
        for path in told.paths {
            let name = path.channel == .email ? "e-mail" : "SMS"
            let since = path.seconds.map { " for \(Self.span($0))" } ?? ""
            print("\(name): \(path.state)\(since)" + (path.trouble.map { ": \($0)" } ?? ""))
            for queue in path.queues where queue.waiting > 0 {
                print("  \(queue.recipient), \(queue.lane.rawValue): \(Self.text(queue))")
            }
            if path.unseen > 0 {
                print(
                    "  \(path.unseen) could not be delivered and nobody has seen it: read the topic "
                        + "\(path.channel.failedTopic), then POST /undelivered/seen")
            }
        }
        for notice in told.notices.suffix(5) { print("  lately: \(notice)") }
    }

    private static func text(_ queue: NotifyStatus.Queue) -> String {
        var text = SiteInput.count(queue.waiting, "message") + " waiting"
        if let seconds = queue.seconds { text += ", the first for \(span(seconds))" }
        if let attempt = queue.attempt, attempt > 0 { text += ", tried \(attempt) times" }
        if let error = queue.error { text += ": \(error)" }
        return text
    }

    private static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        default: "\(seconds / 3_600) h"
        }
    }

    private static var bootNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < 4 << 20 {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes
    }
}
