// Acknowledgements by link and by SMS. (That of the panel is an event, see +Router.)

import EventLog

extension NotifyEngine {
    /// What a token or a text was good for.
    package enum Receipt: Hashable, Sendable {
        case done(episode: String, who: String)
        /// Somebody has acknowledged before.
        case already(who: String, time: Int64)
        /// Nobody was given this.
        case unknown
    }

    /// What a link stands for, before it is used. Changes nothing: mail scanners follow links.
    package func look(token: String) -> Receipt {
        guard let (episode, who) = codes.read(token: token, of: plan.recipients.map(\.name)) else {
            return .unknown
        }
        if let before = acknowledgements[episode] {
            return .already(who: before.who, time: before.time)
        }
        return .done(episode: episode, who: who)
    }

    /// Acknowledges the episode of a link.
    package mutating func acknowledge(token: String, _ time: NotifyTime) -> (Receipt, [NotifyJob]) {
        let receipt = look(token: token)
        guard case .done(let episode, let who) = receipt else { return (receipt, []) }
        return (receipt, acknowledge(episode, who, .link, time))
    }

    /// Acknowledges one episode for somebody at the panel in a browser.
    package mutating func acknowledge(
        episode: String, by who: String, _ time: NotifyTime
    ) -> [NotifyJob] {
        acknowledgements[episode] == nil ? acknowledge(episode, who, .panel, time) : []
    }

    /// Takes an SMS that came in: `OK 1234` from a recipient's phone.
    package mutating func acknowledge(
        text: String, from phone: String, _ time: NotifyTime
    ) -> (Receipt, [NotifyJob]) {
        let words = text.uppercased().split { !$0.isLetter && !$0.isNumber }
        guard words.count >= 2, words[0] == "OK",
            let recipient = plan.recipients.first(where: { Self.same($0.phone, phone) })
        else { return (.unknown, []) }
        let meant = episodes.filter { words[1] == codes.code($0) }
        guard let newest = meant.last else { return (.unknown, []) }
        if let before = acknowledgements[newest] {
            return (.already(who: before.who, time: before.time), [])
        }
        var jobs: [NotifyJob] = []
        for episode in meant where acknowledgements[episode] == nil {
            jobs += acknowledge(episode, recipient.name, .sms, time)
        }
        return (.done(episode: newest, who: recipient.name), jobs)
    }

    private mutating func acknowledge(
        _ episode: String, _ who: String, _ way: Acknowledgement.Way, _ time: NotifyTime
    ) -> [NotifyJob] {
        let one = Acknowledgement(
            way: way, who: who, episode: episode, log: nil, upTo: nil, time: time.wall)
        acknowledgements.add(one)
        guard let partition = log.partitions(of: NotifyTopics.acknowledgements)?.first else {
            return []
        }
        append([.batch(partition, RecordBatch.encode([one.record()]))], .acknowledge)
        return takeJobs()
    }

    /// Networks give a number with or without the country's code: the last nine digits tell.
    static func same(_ known: String?, _ phone: String) -> Bool {
        func digits(_ text: String) -> [Character] { Array(text.filter(\.isNumber).suffix(9)) }
        guard let known, digits(known).count >= 6 else { return false }
        return digits(known) == digits(phone)
    }

    /// A human has seen what could not be delivered: the lamp may go out.
    package mutating func markSeen(_ time: NotifyTime) -> [NotifyJob] {
        for channel in Channel.allCases {
            guard let failed = failedSeen[channel], failed.seen < failed.end,
                let partition = log.partitions(of: channel.failedTopic)?.first
            else { continue }
            append(
                [
                    .commit(
                        group: NotifyTopics.seenGroup, partition, offset: failed.end, metadata: "")
                ], .seen(channel, failed.end))
        }
        return takeJobs()
    }
}
