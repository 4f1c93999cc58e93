// Which plan protects the building: the one given, or the last one that was good. The controller
// calls it once at start, before anything else; a damaged, missing or unknown plan never leaves a
// building without the plan that it had.

import FireLogic

/// A plan to run, and what must be said about it. `checksum` names the plan in records.
package enum LoadedPlan: Sendable {
    /// The plan given. `notKept`: it could not be copied into the state directory, so that the
    /// next start may have no last good one.
    case current(SitePlan, checksum: UInt32, notKept: PlanError?)
    /// The plan given is not usable, `because` says why; this is the one that ran before.
    case lastGood(SitePlan, checksum: UInt32, because: PlanError)

    package var plan: SitePlan {
        switch self {
        case .current(let plan, _, _), .lastGood(let plan, _, _): return plan
        }
    }

    package var checksum: UInt32 {
        switch self {
        case .current(_, let checksum, _), .lastGood(_, let checksum, _): return checksum
        }
    }

    /// What must be raised as a fault; nil when all is well.
    package var fault: PlanError? {
        switch self {
        case .current(_, _, let notKept): return notKept
        case .lastGood(_, _, let because): return because
        }
    }
}

extension LoadedPlan {
    /// `fault` for the person who reads the service's log; nil when all is well.
    package func warning(path: String) -> String? {
        switch self {
        case .current(_, _, nil): nil
        case .current(_, _, .some(let error)):
            "the plan protects, but no copy of it could be kept: \(error)"
        case .lastGood(_, _, let error):
            "\(path): \(error); the last good plan protects. "
                + "Make a new one with: standpipe compile site.yaml -o \(path)"
        }
    }
}

/// Neither the plan given nor the last good one can be used.
package struct NoPlan: Error, Hashable, Sendable, CustomStringConvertible {
    package var path: String
    package var given: PlanError
    package var lastGoodPath: String
    package var lastGood: PlanError

    package var description: String {
        """
        there is no usable site plan
          \(path): \(given)
          \(lastGoodPath): \(lastGood)
        make one with: standpipe compile site.yaml -o \(path)
        """
    }
}

package struct PlanStore: Sendable {
    /// Of the plan that `standpipe compile` made.
    private let path: String
    private let lastGoodPath: String

    /// `path`: the plan given. `stateDirectory`: an existing directory that outlives a power cut;
    /// the last good plan is kept there as `last-good.plan`.
    package init(path: String, stateDirectory: String) {
        self.path = path
        lastGoodPath = stateDirectory + "/last-good.plan"
    }

    /// The plan given, after it was kept as the last good one; or else the last good one.
    /// Throws when there is neither. Not `keeping`: nothing is written.
    package func load(keeping: Bool = true) throws(NoPlan) -> LoadedPlan {
        let given: PlanError
        do throws(PlanError) {
            let file = try PlanBytes.read(path)
            let plan = try PlanCodec.decode(file)
            return .current(
                plan, checksum: PlanCodec.checksum(of: file), notKept: keeping ? keep(file) : nil)
        } catch {
            given = error
        }
        do throws(PlanError) {
            let file = try PlanBytes.read(lastGoodPath)
            let plan = try PlanCodec.decode(file)
            return .lastGood(plan, checksum: PlanCodec.checksum(of: file), because: given)
        } catch {
            throw NoPlan(
                path: path, given: given, lastGoodPath: lastGoodPath, lastGood: error)
        }
    }

    /// The file of the plan with this checksum, as it is kept; nil: it is not.
    package func file(checksum: UInt32) -> [UInt8]? {
        for path in [lastGoodPath, path] {
            if let file = try? PlanBytes.read(path), PlanCodec.checksum(of: file) == checksum {
                return file
            }
        }
        return nil
    }

    /// Writes only what is new: the same plan at every start costs the flash nothing.
    private func keep(_ file: [UInt8]) -> PlanError? {
        do throws(PlanError) {
            if let kept = try? PlanBytes.read(lastGoodPath), kept == file { return nil }
            try PlanBytes.write(file, to: lastGoodPath)
            return nil
        } catch {
            return error
        }
    }
}
