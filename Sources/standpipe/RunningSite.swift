// What `status` and `watch` read: the controller's page, the plan that it runs, the gateway's figures.
// Reads files and shared memory; asks nobody.

import FireLogic
import Glibc
import Notifications
import PlanFile
import StatusFeed

final class RunningSite {
    private let reader: StatusReader
    private let planFile: String
    private let notifyFile: String
    private var known: (checksum: UInt32, plan: SitePlan)?

    /// Directories of the controller and the gateway, as these are told them.
    init(controllerRun: String, controllerState: String, gatewayRun: String) {
        reader = StatusReader(path: "\(controllerRun)/status")
        planFile = "\(controllerState)/last-good.plan"
        notifyFile = "\(gatewayRun)/notify.json"
    }

    /// nil: no controller.
    func page() -> StatusSnapshot? { reader.read() }

    /// The plan of the page; nil where it may not be read, or is another one.
    func plan(of page: StatusSnapshot) -> SitePlan? {
        if let known, known.checksum == page.planChecksum { return known.plan }
        guard let file = try? PlanBytes.read(planFile),
            PlanCodec.checksum(of: file) == page.planChecksum,
            let plan = try? PlanCodec.decode(file), plan.floors.count == page.floors.count,
            plan.detectors.count == page.detectors.count
        else { return nil }
        known = (page.planChecksum, plan)
        return plan
    }

    /// What the gateway says of its messages; nil: no gateway, or nobody is to be told.
    func told() -> NotifyStatus? {
        let file = open(notifyFile, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < 4 << 20 {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return NotifyStatus(bytes)
    }

    /// CLOCK_BOOTTIME, which the controller's page is stamped with.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
