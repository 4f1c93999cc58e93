// `standpipe status`: how the site is now, what fails, and whether people can be told. Reads the
// controller's status page and the gateway's `notify.json`; asks nobody and changes nothing.

import ArgumentParser
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

    @OptionGroup var places: SitePlaces

    @Flag(help: "Add a table of the floors.")
    var floors = false

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
        let running = places.site
        let page = running.page()
        let site = page.map { SiteStatus($0, bootNanoseconds: RunningSite.now.nanoseconds) }
        let told = running.told()
        let age = told.map { max(0, WallTime.nowMilliseconds - $0.written) }
        if json {
            print(
                String(decoding: StatusReport(site: site, notifications: told).bytes, as: UTF8.self)
            )
        } else {
            for line in StatusText.lines(site, page: places.statusPage) { print(line) }
            if floors, let page {
                let table = FloorTable(
                    page: page, plan: running.plan(of: page), now: RunningSite.now)
                for line in [FloorTable.heading] + table.lines {
                    print(isatty(STDOUT_FILENO) == 1 ? line.line(.max) : line.plain)
                }
            }
            if let told {
                for line in StatusText.lines(told, age: age ?? 0) { print(line) }
            }
        }
        guard let site, site.isAlive else { throw ExitCode(2) }
        let isSilent = (age ?? 0) > StatusText.stale
        if !site.isWell || isSilent || told.map({ !$0.isWell }) ?? false { throw ExitCode(1) }
    }
}
