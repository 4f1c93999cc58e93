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
            for line in StatusText.lines(site, page: "\(controllerRun)/status") { print(line) }
            if let told {
                for line in StatusText.lines(told, age: age ?? 0) { print(line) }
            }
        }
        guard let site, site.isAlive else { throw ExitCode(2) }
        let isSilent = (age ?? 0) > StatusText.stale
        if !site.isWell || isSilent || told.map({ !$0.isWell }) ?? false { throw ExitCode(1) }
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
