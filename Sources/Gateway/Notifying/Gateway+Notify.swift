// How the gateway begins to tell people.

import NIOCore
import Notifications

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
