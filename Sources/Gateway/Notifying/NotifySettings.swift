// What the notifications need to know of the gateway that they run in.

package import Notifications

/// Settings of the notifications.
package struct NotifySettings: Sendable {
    package var plan: NotifyPlan
    package var limits = NotifyLimits()
    /// Seconds that a mail server may take for an answer.
    package var mailPatience = 30
    /// The modem is waited for so many times shorter.
    package var modemHurry = 1
    /// Kept over restarts, mode 600; made at the first start.
    package var secretFile: String
    /// Where the modem driver remembers whether the PIN was right.
    package var pinMemory: String
    /// `notify.json`, in a RAM-backed directory.
    package var statusFile: String

    /// - Parameters:
    ///   - path: the recipients file.
    ///   - state: a directory that stays.
    ///   - run: a RAM-backed one.
    /// - Throws: `Gateway.Failure.recipients`.
    package init(
        recipients path: String, state: String, run: String
    ) throws(Gateway.Failure) {
        plan = try NotifyFiles.plan(path)
        secretFile = "\(state)/notify.secret"
        pinMemory = "\(state)/modem.pin"
        statusFile = "\(run)/notify.json"
    }
}

extension NotifySettings {
    /// All waiting so many times faster: for tests of the whole program.
    package mutating func hurry(_ times: Int64) {
        limits.hurry(times)
        guard times > 1 else { return }
        mailPatience = 2
        modemHurry = Int(min(times, 50))
    }
}

extension NotifyLimits {
    fileprivate mutating func hurry(_ times: Int64) {
        guard times > 1 else { return }
        firstRetry = max(1, firstRetry / times)
        longestRetry = max(1, longestRetry / times)
        firstProbe = max(1, firstProbe / times)
        longestProbe = max(1, longestProbe / times)
        longestConfigurationProbe = max(1, longestConfigurationProbe / times)
        gather = max(1, gather / times)
        digestPause = max(1, digestPause / times)
        appendRetry = max(1, appendRetry / times)
    }
}
