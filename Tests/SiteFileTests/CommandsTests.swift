// `standpipe check` and `standpipe compile` as they are called: what they leave on the disk and
// with which exit code they end.

import ArgumentParser
import FireLogic
import Glibc
import PlanFile
import SiteFile
import Testing

@testable import standpipe

/// A directory with a site file, gone with the test.
private final class SiteDirectory {
    let path: String
    var site: String { path + "/site.yaml" }
    var plan: String { path + "/site.plan" }

    init(_ text: String) throws {
        var template = Array("/tmp/standpipe-site-XXXXXX".utf8CString)
        guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap(mkdtemp) != nil })
        else { throw PlanError.file(errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try PlanBytes.write(Array(text.utf8), to: site)
    }

    deinit {
        for name in [site, plan, plan + ".new"] { unlink(name) }
        rmdir(path)
    }

    func exists(_ name: String) -> Bool { access(name, F_OK) == 0 }
}

@Suite struct CommandsTests {
    private static let wrong = [8: "  - {number: 2}"]
    private static let doubtful = [9: "zones: {hall: {floor: 1}, attic: {floor: 2}}"]

    private func check(_ directory: SiteDirectory) throws {
        try CheckCommand.parse([directory.site]).run()
    }

    private func compile(_ directory: SiteDirectory) throws {
        try CompileCommand.parse([directory.site, "-o", directory.plan]).run()
    }

    @Test("compile writes the plan that check passes, whole and under its name")
    func compile() throws {
        let directory = try SiteDirectory(Site.text())
        try check(directory)
        try compile(directory)
        #expect(try PlanCodec.decode(PlanBytes.read(directory.plan)) == Site.plan())
        #expect(!directory.exists(directory.plan + ".new"))
    }

    @Test("Errors end check and compile with 1, and the old plan stays as it was")
    func errors() throws {
        let directory = try SiteDirectory(Site.text(Self.wrong))
        try PlanBytes.write([1, 2, 3], to: directory.plan)
        #expect(throws: ExitCode(1)) { try check(directory) }
        #expect(throws: ExitCode(1)) { try compile(directory) }
        #expect(try PlanBytes.read(directory.plan) == [1, 2, 3])
    }

    @Test("Warnings alone stop neither check nor compile")
    func warnings() throws {
        let directory = try SiteDirectory(Site.text(Self.doubtful))
        try check(directory)
        try compile(directory)
        #expect(directory.exists(directory.plan))
    }

    @Test("A file that cannot be read or written is named with the reason")
    func files() throws {
        let directory = try SiteDirectory(Site.text())
        func message(_ command: some ParsableCommand) -> String? {
            var command = command
            do {
                try command.run()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(
            message(try CheckCommand.parse(["/nowhere.yaml"]))
                == "cannot read /nowhere.yaml: No such file or directory")
        #expect(
            message(try CheckCommand.parse(["/dev/zero"]))
                == "cannot read /dev/zero: not a regular file of at most 4194304 bytes (0)")
        #expect(
            message(try CompileCommand.parse([directory.site, "-o", "/nowhere/site.plan"]))
                == "cannot write /nowhere/site.plan: No such file or directory")
    }

    @Test("The last line sums the site up, or counts what is wrong")
    func summary() throws {
        func summary(_ changes: [Int: String]) -> String {
            SiteInput.summary(SiteFile.check(Site.text(changes)))
        }
        #expect(summary([:]) == "2 floors, 2 detectors, bus east 2 %; no findings")
        #expect(summary(Self.doubtful) == "2 floors, 2 detectors, bus east 2 %; 1 warning")
        #expect(summary(Self.wrong) == "1 error")
        #expect(
            summary([4: "  east: {tcp: \"::1\"}"])
                == "2 floors, 2 detectors, bus east TCP; no findings")
    }
}
