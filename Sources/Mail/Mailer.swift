// Hands messages to the mail servers of the site, one transaction for each, and tries the path. Blocking;
// one thread at a time uses a mailer, several mailers may work at once. Decides neither what is sent
// nor when it is tried again.

/// The way to the site's mail servers.
package final class Mailer {
    private let settings: MailSettings
    private var order: ServerOrder

    /// The servers that were passed over in the last call, one sentence each.
    package private(set) var troubles: [String] = []

    package init(_ settings: MailSettings) {
        self.settings = settings
        order = ServerOrder(count: settings.servers.count)
    }

    /// Hands `message` to the first server that takes it.
    ///
    /// Takes up to `timeoutSeconds` and 3 s for each server that does not answer.
    ///
    /// - Throws: `recipient` as soon as a server refuses the recipient or the message for good;
    ///   `configuration` when no server took it and a human must do something about one of them,
    ///   `later` otherwise. The other servers' sentences are then in `troubles`.
    package func send(_ message: MailMessage) throws(MailFailure) -> MailTrace {
        troubles = []
        let from = try sender()
        let to: MailAddress
        do {
            to = try MailAddress(message.to)
        } catch {
            let shown = HeaderText.cleaned(message.to, limit: MailLimits.name)
            throw .recipient(
                "the address \"\(shown)\" \(error.reason); correct it in the site file")
        }
        let bytes: [UInt8]
        do {
            bytes = try MessageBytes.of(message, from: from, fromName: settings.fromName, to: to)
        } catch {
            throw .recipient(error.sentence)
        }
        var failures: [MailFailure] = []
        for place in order.order(at: .now) {
            do {
                let reply = try run((from, to, bytes), with: place, from: from)
                troubles = failures.map(\.sentence)
                return MailTrace(
                    server: settings.servers[place].name,
                    answer: "\(reply.code) \(reply.text)")
            } catch {
                failures.append(error)
                if case .recipient = error { break }
            }
        }
        throw worst(of: failures)
    }

    /// Connects to a server, the first one unless another is asked for, logs in, sends NOOP and
    /// leaves.
    package func check(server place: Int = 0) throws(MailFailure) {
        troubles = []
        let from = try sender()
        guard settings.servers.indices.contains(place) else {
            throw .configuration("there is no mail server; name one in the site file")
        }
        _ = try run(nil, with: place, from: from)
    }

    /// How many servers there are to check.
    package var serverCount: Int { settings.servers.count }

    private func sender() throws(MailFailure) -> MailAddress {
        guard !settings.servers.isEmpty else {
            throw .configuration("there is no mail server; name one in the site file")
        }
        do {
            return try MailAddress(settings.from)
        } catch {
            let shown = HeaderText.cleaned(settings.from, limit: MailLimits.name)
            throw .configuration(
                "the sender's address \"\(shown)\" \(error.reason); correct it in the site file")
        }
    }

    private func run(
        _ letter: (from: MailAddress, to: MailAddress, bytes: [UInt8])?, with place: Int,
        from: MailAddress
    ) throws(MailFailure) -> Reply {
        let server = settings.servers[place]
        try checkNames(server)
        let plan = TransactionPlan(
            letter: letter, hello: settings.hello,
            seconds: min(max(settings.timeoutSeconds, 1), 600))
        switch Transaction.run(plan, with: server) {
        case .done(let reply):
            order.worked(place)
            return reply
        case .failed(let end):
            let verdict = Verdict(
                end, server: server, recipient: letter?.to.text, sender: from.text)
            if verdict.isOfServer { order.failed(place, at: .now) }
            throw verdict.failure
        }
    }

    /// What of the settings goes into a URL and into commands.
    private func checkNames(_ server: MailServer) throws(MailFailure) {
        guard HostName.inURL(server.host) != nil, server.port != 0 else {
            let shown = HeaderText.cleaned(server.host, limit: MailLimits.name)
            throw .configuration(
                "the mail server \"\(shown)\", port \(server.port), is none; write a host name in "
                    + "ASCII or an address, and a port, in the site file")
        }
        guard settings.hello.isEmpty || HostName.domain(Array(settings.hello.utf8)) != nil else {
            let shown = HeaderText.cleaned(settings.hello, limit: MailLimits.name)
            throw .configuration(
                "the name \"\(shown)\" for EHLO is no host name; correct hello in the site file")
        }
        for text in [server.user, server.password, server.certificates] {
            guard text?.utf8.contains(0) != true else {
                throw .configuration(
                    "user, password or certificates of mail server \(server.name) hold a zero byte; "
                        + "correct them in the site file")
            }
        }
    }

    /// Of several failures the one that its reader has to act on; the others become `troubles`.
    private func worst(of failures: [MailFailure]) -> MailFailure {
        let place =
            failures.firstIndex { if case .recipient = $0 { true } else { false } }
            ?? failures.firstIndex { if case .configuration = $0 { true } else { false } } ?? 0
        troubles = failures.enumerated().filter { $0.offset != place }.map(\.element.sentence)
        return failures.indices.contains(place)
            ? failures[place] : .configuration("there is no mail server; name one in the site file")
    }
}
