// `standpipe compile site.yaml -o site.plan`: the plan that the controller loads, or the same
// findings as `check` and no plan.

import ArgumentParser
import Notifications
import PlanFile
import SiteFile
import Streams

struct CompileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Compile a site file into the plan that the controller loads.",
        discussion: """
            Refuses with the findings of `check` when there are errors. The plan is replaced as \
            a whole or not at all.
            """)

    @Argument(help: "The site file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var site: String

    @Option(name: [.short, .long], help: "The plan to write.", completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp("The site's streams, for the gateway.", valueName: "file"),
        completion: .file())
    var streams: String?

    @Option(
        help: ArgumentHelp("Who is told what, for the gateway.", valueName: "file"),
        completion: .file())
    var recipients: String?

    func run() throws {
        let check = try SiteInput.check(site)
        for finding in check.findings { SiteInput.complain(finding.text(path: site)) }
        guard let plan = check.plan else {
            SiteInput.complain("\(site): \(SiteInput.summary(check)); no plan was written")
            throw ExitCode(1)
        }
        let file: [UInt8]
        do throws(PlanError) {
            file = try PlanCodec.encode(plan)
            try PlanBytes.write(file, to: output)
        } catch {
            throw InputOutputError(
                description: "cannot write \(output): \(SiteInput.reason(error))")
        }
        if let streams {
            do throws(PlanError) {
                try PlanBytes.write(Array(StreamsFile.text(check.streams).utf8), to: streams)
            } catch {
                throw InputOutputError(
                    description: "cannot write \(streams): \(SiteInput.reason(error))")
            }
        } else if !check.streams.isEmpty {
            SiteInput.complain(
                "\(site): the streams were not written; add \"--streams FILE\" and give that file "
                    + "to standpipe-gateway")
        }
        try writeRecipients(check.notifications)
        let digits = String(PlanCodec.checksum(of: file), radix: 16, uppercase: true)
        let checksum = String(repeating: "0", count: 8 - digits.count) + digits
        print(
            "\(output): \(SiteInput.summary(check)); \(file.count) bytes, checksum \(checksum)")
    }

    private func writeRecipients(_ plan: NotifyPlan?) throws {
        guard let recipients else {
            if plan != nil {
                SiteInput.complain(
                    "\(site): the recipients were not written; add \"--recipients FILE\" and give "
                        + "that file to standpipe-gateway")
            }
            return
        }
        do throws(PlanError) {
            let text = RecipientsFile.text(plan ?? NotifyPlan(site: ""))
            try PlanBytes.write(Array(text.utf8), to: recipients)
        } catch {
            throw InputOutputError(
                description: "cannot write \(recipients): \(SiteInput.reason(error))")
        }
    }
}
