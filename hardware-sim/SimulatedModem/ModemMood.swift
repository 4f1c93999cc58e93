// How a simulated modem behaves, and the words that order it so.

package enum ModemMood: Hashable, Sendable {
    case normal
    /// Refuses every message with +CMS ERROR.
    case error(Int)
    /// Takes messages; the network gives each up later, with a report of this status.
    case givesUp(Int)
    /// Takes so many messages, and then refuses every one.
    case errorAfter(Int, code: Int)
    /// Says nothing at all.
    case mute
    /// Searches (+CREG: 2) or is in none; a message gets +CMS ERROR: 331.
    case noNetwork
    /// The network wants nothing to do with this SIM card (+CREG: 3).
    case denied
    /// The SIM card is out.
    case noSim
    /// Every answer takes so many milliseconds.
    case slow(Int)
    /// Garbage and lines that nobody asked for between the answers.
    case noise
    /// Answers every command with pieces of answers and rubbish, by chance.
    case mad(seed: UInt64)
    /// Starts anew when it has the next message: `isTaken` says whether the network has it. Then
    /// it is normal again.
    case rebootOnSend(isTaken: Bool)
    /// So many per cent of the messages fail: with an error, without an answer, taken or not, or
    /// by a start in the middle. The seed fixes which.
    case random(seed: UInt64, percent: Int)
}

/// An order to a simulated modem, one line of text.
package enum ModemOrder: Hashable, Sendable {
    case mood(ModemMood)
    /// Starts anew now: silent, then RDY, its settings lost.
    case reboot
    /// A text comes in.
    case incoming(from: String, text: String)
    /// The device vanishes, and comes back.
    case unplug
    case plug
    /// 0 to 31, or 99.
    case signal(Int)
    case quit

    package static let help = """
        mood normal | error CODE | gives-up STATUS | error-after COUNT CODE | mute | no-network | denied
             | no-sim | slow MS | noise | mad SEED | reboot-on-send | reboot-after-send | random SEED PERCENT
        reboot | unplug | plug | signal 0..31 | incoming NUMBER TEXT... | quit
        """

    package init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        switch words.first {
        case "reboot": self = .reboot
        case "unplug": self = .unplug
        case "plug": self = .plug
        case "quit": self = .quit
        case "signal":
            guard words.count > 1, let level = Int(words[1]), (0...99).contains(level) else {
                return nil
            }
            self = .signal(level)
        case "incoming":
            guard words.count == 3 else { return nil }
            self = .incoming(from: words[1], text: words[2])
        case "mood":
            guard let mood = Self.mood(Array(line.split(separator: " ").dropFirst())) else {
                return nil
            }
            self = .mood(mood)
        default: return nil
        }
    }

    private static func mood(_ words: [Substring]) -> ModemMood? {
        /// The number behind the mood's name.
        func number(_ index: Int) -> Int? {
            words.indices.contains(index) ? Int(words[index]) : nil
        }
        switch words.first {
        case "normal": return .normal
        case "mute": return .mute
        case "no-network": return .noNetwork
        case "denied": return .denied
        case "no-sim": return .noSim
        case "noise": return .noise
        case "reboot-on-send": return .rebootOnSend(isTaken: false)
        case "reboot-after-send": return .rebootOnSend(isTaken: true)
        case "error": return number(1).map { .error($0) }
        case "gives-up":
            return number(1).flatMap { (0...255).contains($0) ? .givesUp($0) : nil }
        case "error-after":
            guard let count = number(1), let code = number(2) else { return nil }
            return .errorAfter(count, code: code)
        case "slow": return number(1).flatMap { (0...600_000).contains($0) ? .slow($0) : nil }
        case "mad": return words.dropFirst().first.flatMap { UInt64($0) }.map { .mad(seed: $0) }
        case "random":
            guard let seed = words.dropFirst().first.flatMap({ UInt64($0) }),
                let percent = number(2), (0...100).contains(percent)
            else { return nil }
            return .random(seed: seed, percent: percent)
        default: return nil
        }
    }
}
