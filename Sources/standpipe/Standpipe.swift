// The tool for people: everything that is not the safety program itself. One file a command.

import ArgumentParser

@main
struct Standpipe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standpipe",
        abstract: "Checks, compiles and watches a Standpipe site, and reads its log.",
        subcommands: [
            CheckCommand.self,
            CompileCommand.self,
            DemoCommand.self,
            StatusCommand.self,
            WatchCommand.self,
            TailCommand.self,
            ExportCommand.self,
            VerifyCommand.self,
            LogCommand.self,
            ReplayCommand.self,
            UserCommand.self,
        ])
}
