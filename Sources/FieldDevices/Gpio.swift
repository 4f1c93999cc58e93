// What the controller needs of a GPIO chip. `LibgpiodChips` is the real one; the simulated
// building has another. Setting a line is no proof that it is set: feedback lines are separate.

import FireLogic

/// A change of an input line, as the kernel stamped it. `active` already takes `activeLow` into
/// account.
package struct GpioEdge: Sendable {
    /// Position in the array that was requested.
    package var index: Int
    package var active: Bool
    /// Edges were lost before this one: read the level again.
    package var lostBefore: Bool

    package init(index: Int, active: Bool, lostBefore: Bool) {
        self.index = index
        self.active = active
        self.lostBefore = lostBefore
    }
}

/// A GPIO call that failed: which chip and line, and the C errno.
package struct GpioError: Error, Hashable, Sendable {
    package var chip: String
    /// nil: the chip as a whole.
    package var offset: Int?
    package var errno: Int32

    package init(chip: String, offset: Int?, errno: Int32) {
        self.chip = chip
        self.offset = offset
        self.errno = errno
    }
}

/// Input lines of one chip, held until the last reference is gone. All members are called from
/// the control loop's thread only.
package protocol GpioInputs: AnyObject {
    /// To be watched for reading; an edge makes one of them readable.
    var descriptors: [Int32] { get }
    func isActive(_ index: Int) throws(GpioError) -> Bool
    /// Appends the edges waiting behind `descriptors[which]`; never blocks.
    func readEdges(_ which: Int, into edges: inout [GpioEdge]) throws(GpioError)
}

/// Output lines of one chip, held until the last reference is gone.
package protocol GpioOutputs: AnyObject {
    func set(_ index: Int, active: Bool) throws(GpioError)
}

/// Where lines come from. Called from one thread only.
package protocol GpioChips {
    associatedtype Inputs: GpioInputs
    associatedtype Outputs: GpioOutputs

    /// Requests `lines` (all of the chip at `path`) as inputs with both edges.
    func inputs(path: String, lines: [GpioLine]) throws(GpioError) -> Inputs

    /// Requests `lines` as outputs. `initial[i]` is driven from the first moment on; nil keeps
    /// the level that the line is found with.
    func outputs(path: String, lines: [GpioLine], initial: [Bool?]) throws(GpioError) -> Outputs

    /// Whether a line that nobody holds is active, without touching its direction or level.
    func asFound(path: String, line: GpioLine) throws(GpioError) -> Bool

    /// Sorts the lines that an earlier controller left driven at its end, and lets go of what is none
    /// of this plan's valves. Once, before any line is asked for.
    func takeOver(plan: SitePlan) -> KeptValves

    /// Requests the line of a valve as `outputs` does, or goes on with the one that was taken over.
    /// Where it can, it sees to it that the line stays driven when this process ends.
    func valve(
        path: String, line: GpioLine, floor: FloorID, initial: Bool
    ) throws(GpioError) -> Outputs

    /// Hands over what could not be handed over at once. Costs nothing when nothing waits.
    func tend()
}

/// Chips without anybody who keeps lines.
extension GpioChips {
    package func takeOver(plan: SitePlan) -> KeptValves { KeptValves() }

    package func valve(
        path: String, line: GpioLine, floor: FloorID, initial: Bool
    ) throws(GpioError) -> Outputs {
        try outputs(path: path, lines: [line], initial: [initial])
    }

    package func tend() {}
}
