// What a plan needs of the machine, so that the service gets that and no more: asked with `--needs` by
// deploy/systemd/standpipe-controller-generator before the service starts. It writes nothing and
// touches no device.

import FireLogic
import Glibc
import PlanFile

package struct PlanNeeds: Hashable, Sendable {
    /// The plan has Modbus TCP.
    package var network: Bool
    /// Paths of its GPIO chips, in the plan's order.
    package var chips: [String]

    package init(_ plan: SitePlan) {
        network = plan.buses.contains { bus in
            if case .tcp = bus.link { true } else { false }
        }
        chips = plan.chips.map(\.path)
    }

    /// One a line: `network`, `chip PATH`. A path that would break its line is left out; nobody can
    /// wait for that device then.
    package var lines: [String] {
        (network ? ["network"] : [])
            + chips.filter { path in path.utf8.allSatisfy { $0 > 0x20 } }.map { "chip \($0)" }
    }

    /// For the service's log, where Modbus TCP is needed and this process may not speak it; nil when
    /// all is well. socket(2) with EAFNOSUPPORT is how systemd refuses it.
    var complaint: String? {
        guard network else { return nil }
        let tried = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if tried >= 0 {
            close(tried)
            return nil
        }
        guard errno == EAFNOSUPPORT else { return nil }
        return "the plan has Modbus TCP, and the service was started for a plan without it: "
            + "run 'systemctl daemon-reload' and 'systemctl restart standpipe-controller'"
    }
}
