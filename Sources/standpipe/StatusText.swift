// What `standpipe status` prints: lines for people, each fault with what to do about it.

import Notifications

enum StatusText {
    /// Milliseconds after which a gateway that has written nothing is silent; it writes every second.
    static let stale: Int64 = 10_000

    /// Of the controller. `page`: the path of its status page.
    static func lines(_ site: SiteStatus?, page: String) -> [String] {
        guard let site else { return ["controller: there is none; \(page) is no status page"] }
        guard site.isAlive else {
            return [
                "controller: SILENT for \(site.silentSeconds) s; see 'systemctl status standpipe-controller'"
            ]
        }
        return ["site: \(site.condition)\(site.isArmed ? "" : ", NOT ARMED")"]
            + site.counts.filter { $0.0 > 0 }.map { "  \($0.0) \($0.1)" }
            + site.systemFaults.map { "  FAULT: \($0.text)" }
    }

    /// Of the gateway, `age` milliseconds after it wrote this.
    static func lines(_ told: NotifyStatus, age: Int64) -> [String] {
        var lines: [String] = []
        if age > stale {
            lines.append(
                "gateway: SILENT for \(age / 1_000) s; see 'systemctl status standpipe-gateway'")
        }
        if let log = told.log { lines.append("gateway: FAULT: \(log)") }
        for path in told.paths {
            let name = path.channel == .email ? "e-mail" : "SMS"
            let since = path.seconds.map { " for \(span($0))" } ?? ""
            lines.append(
                "\(name): \(path.state)\(since)" + (path.trouble.map { ": \($0)" } ?? ""))
            for queue in path.queues where queue.waiting > 0 {
                lines.append("  \(queue.recipient), \(queue.lane.rawValue): \(text(queue))")
            }
            if path.unseen > 0 {
                lines.append(
                    "  \(path.unseen) could not be delivered and nobody has seen it: read the topic "
                        + "\(path.channel.failedTopic), then POST /undelivered/seen")
            }
        }
        return lines + told.notices.suffix(5).map { "  lately: \($0)" }
    }

    private static func text(_ queue: NotifyStatus.Queue) -> String {
        var text = SiteInput.count(queue.waiting, "message") + " waiting"
        if let seconds = queue.seconds { text += ", the first for \(span(seconds))" }
        if let attempt = queue.attempt, attempt > 0 {
            text += ", tried \(SiteInput.count(attempt, "time"))"
        }
        if let error = queue.error { text += ": \(error)" }
        return text
    }

    private static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        default: "\(seconds / 3_600) h"
        }
    }
}
