// How the gateway begins to tell people.

import NIOCore
import Notifications
import StatusFeed

extension Gateway {
    /// Starts to tell people, if anybody is to be told.
    static func notify(
        _ settings: GatewaySettings, _ service: String, _ desk: NIOLoopBound<Desk>,
        _ loop: any EventLoop
    ) -> NotifyThread? {
        guard let notify = settings.notify, !notify.plan.recipients.isEmpty else { return nil }
        let thread = NotifyThread(
            notify, service: service, safety: settings.safetyLog, loop: loop, desk: desk)
        thread.wake()
        return thread
    }
}

extension NotifyFlags {
    /// The same as the heartbeat says it.
    var report: GatewayReport {
        var report: GatewayReport = []
        if mailFails { report.insert(.mailFails) }
        if smsFails { report.insert(.smsFails) }
        if undelivered { report.insert(.undelivered) }
        if logFails { report.insert(.logFails) }
        return report
    }
}
