// How busy a bus is with its polls. `SiteFile` judges by it, `standpipe check` prints it.

import FireLogic
import PlanFile

package struct BusLoad: Hashable, Sendable {
    package var name: String
    package var isSerial: Bool
    /// Seconds of bus time needed in every second; above 1 the bus cannot do it. Zero on TCP,
    /// whose wire is no bound.
    package var share: Double

    /// Above this share a slow or a dead slave leaves others waiting.
    static let comfortable = 0.8

    /// `bus`: a position in `plan.buses`.
    init(plan: SitePlan, bus: Int) {
        name = plan.buses[bus].name
        share = PollPlan(plan: plan, bus: bus).load
        switch plan.buses[bus].link {
        case .rtu: isSerial = true
        case .tcp: isSerial = false
        }
    }

    /// `0.427` as `43 %`.
    package static func percent(_ share: Double) -> String {
        "\(Int((min(share, 1_000_000) * 100).rounded(.up))) %"
    }
}
