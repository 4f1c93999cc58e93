// `standpipe user`: who may log in to the gateway, and what each may do. Changes the users file; the
// gateway takes it in on SIGHUP.

import ArgumentParser
import Users

struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Says who may log in to the gateway, and what each may do.",
        subcommands: [Add.self, Remove.self, List.self, Check.self])

    struct File: ParsableArguments {
        @Option(help: "The users file.", completion: .file())
        var file = "/etc/standpipe/users"

        var store: UsersStore { UsersStore(path: file) }

        /// What to say after a change.
        var hint: String { "the gateway takes it in on SIGHUP" }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a user; makes the file if it is not there.",
            discussion: """
                The password is read from the terminal, or one line of standard input; never from \
                the command line, which others can see.
                """)

        @Argument(help: "The user's name.")
        var name: String
        @OptionGroup var file: File
        @Option(help: ArgumentHelp("A topic to read, or 'begin*'.", valueName: "topic"))
        var read: [String] = []
        @Option(help: ArgumentHelp("A topic to write, or 'begin*'.", valueName: "topic"))
        var write: [String] = []
        @Option(
            help: ArgumentHelp(
                "A consumer group, or 'begin*'. Who reads and names none has NAME, NAME.* and NAME-*.",
                valueName: "group"))
        var group: [String] = []
        @Option(help: ArgumentHelp("A detector to signal for, or a range.", valueName: "id"))
        var detector: [String] = []
        @Option(
            help: ArgumentHelp(
                "Bytes or requests a second: produce=N, fetch=N, requests=N.", valueName: "kind=n"))
        var quota: [String] = []
        @Option(
            help: ArgumentHelp(
                "At the panel: 1 looks, 2 operates, 3 also exports the audit, 4 the same.",
                valueName: "1-4"))
        var level: Int?
        @Flag(help: "May make, change and delete topics and groups.")
        var admin = false
        @Flag(help: "Takes the place of the user of this name.")
        var replace = false

        func rights() throws -> Rights {
            var rights = Rights()
            let groups = group.isEmpty && !read.isEmpty ? [name, "\(name).*", "\(name)-*"] : group
            rights.read = try read.map { try pattern($0, "--read") }
            rights.write = try write.map { try pattern($0, "--write") }
            rights.groups = try groups.map { try pattern($0, "--group") }
            rights.detectors = try detector.map { text in
                guard let range = DetectorRange.read(text) else {
                    throw ValidationError(
                        "--detector \(text): give an id or a range of ids, as in 17 or 100-120")
                }
                return range
            }
            rights.isAdmin = admin
            return rights
        }

        func quotas() throws -> Quota {
            try quota.reduce(into: Quota()) { quota, text in
                let parts = text.split(separator: "=")
                guard parts.count == 2, let rate = Int(parts[1]), rate > 0,
                    quota.set(String(parts[0]), rate)
                else {
                    throw ValidationError(
                        "--quota \(text): give produce=N, fetch=N or requests=N, N a second")
                }
            }
        }

        private func pattern(_ text: String, _ option: String) throws -> NamePattern {
            guard let pattern = NamePattern(text) else {
                throw ValidationError(
                    "\(option) \(text): a star stands at the end, as in orders.*, or alone")
            }
            return pattern
        }

        func validate() throws {
            guard User.isValid(name: name) else {
                throw ValidationError(
                    "\(name): a name has 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-' and '@'")
            }
            if let level, PanelLevel(rawValue: level) == nil {
                throw ValidationError("--level \(level): from 1 to 4")
            }
            _ = try rights()
            _ = try quotas()
        }

        func run() throws {
            let password = try Password.read()
            let user = User(
                name: name, password: password, rights: try rights(), quota: try quotas(),
                level: level.flatMap(PanelLevel.init))
            try file.store.update { text in
                if try UsersFile(text.text).users[name] != nil {
                    guard replace else {
                        throw InputOutputError(
                            description:
                                "\(file.file) has a user '\(name)'; say --replace to put this one there"
                        )
                    }
                    _ = try text.remove(name)
                }
                text.add(user)
            }
            print("user '\(name)' is in \(file.file); \(file.hint)")
            for line in user.rights.lines + user.quota.lines + user.levelLines {
                print("    \(line)")
            }
            if user.rights.lines.isEmpty, user.level == nil { print("    without any rights") }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes a user.")

        @Argument(help: "The user's name.")
        var name: String
        @OptionGroup var file: File

        func run() throws {
            _ = try file.store.text()
            try file.store.update { text in
                guard try text.remove(name) else {
                    throw InputOutputError(description: "\(file.file) has no user '\(name)'")
                }
            }
            print("user '\(name)' is no longer in \(file.file); \(file.hint)")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the users and what they may do.")

        @OptionGroup var file: File

        func run() throws {
            let users = try file.store.users()
            for user in users.all.values.sorted(by: { $0.name < $1.name }) {
                print(user.name)
                for line in user.rights.lines + user.quota.lines + user.levelLines {
                    print("    \(line)")
                }
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says whether the gateway can use the file, and what is wrong where.")

        @OptionGroup var file: File

        func run() throws {
            let count = try file.store.users().all.count
            print("\(file.file): \(SiteInput.count(count, "user"))")
        }
    }
}
