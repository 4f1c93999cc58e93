// From a detector's id to its position in the plan. The controller asks it for every message of a
// network detector, so it neither hashes nor allocates after it was made.

import FireLogic

package struct DetectorLookup: Sendable {
    /// Sorted by id.
    private let entries: [(id: DetectorID, position: Int32)]

    package init(plan: SitePlan) {
        entries = plan.detectors.indices
            .map { (id: plan.detectors[$0].id, position: Int32($0)) }
            .sorted { $0.id < $1.id }
    }

    /// The position in `plan.detectors`; nil for an id that the plan does not have.
    package func position(of id: DetectorID) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < entries.count, entries[low].id == id else { return nil }
        return Int(entries[low].position)
    }
}
