// The valve lines that an earlier controller left driven, from the moment they are sorted until each is
// taken by its valve. What does not fit is let go of here, in this process and in the store. Called by
// `LibgpiodChips`; it drives no line by itself.

import CGpiod
import FireLogic
import Glibc

final class KeptLines {
    /// How long the manager has to close its copies of what was let go of: until then a line among them
    /// cannot be had anew.
    private static let settleMilliseconds: Int32 = 500

    let store: DescriptorStore
    private var inherited: [InheritedDescriptor]
    private var waiting: [Place: Waiting] = [:]

    private struct Place: Hashable {
        var path: String
        var offset: UInt32
    }

    private struct Waiting {
        var line: HeldLine
        /// Of the floor that its name says, if the store has that name still.
        var floor: FloorID?
    }

    init(_ inherited: [InheritedDescriptor], store: DescriptorStore) {
        self.inherited = inherited
        self.store = store
    }

    func sort(plan: SitePlan) -> KeptValves {
        let found = KeptValves(inherited, plan: plan, probe: KernelLines())
        inherited = []
        // The manager removes by name, and with it a valve of the same name: that is stored again.
        let removed = Set(found.unfit.map(\.0.name)).subtracting([""])
        for name in removed.sorted() { store.remove(name) }
        for (one, _) in found.unfit { close(one.descriptor) }
        for (floor, valve) in found.valves {
            let line = plan.floors[floor].valve.output
            let path = plan.chips[line.chip].path
            let name = valve.inherited.name
            let held = HeldLine(valve.inherited, store: store)
            if removed.contains(name) { held.rename(stem(path, line.offset, valve.floor)) }
            waiting[Place(path: path, offset: UInt32(line.offset))] = Waiting(
                line: held, floor: valve.floor)
        }
        if !found.unfit.isEmpty { store.settle(within: Self.settleMilliseconds) }
        return found
    }

    /// The line that was taken over, driven to `wanted.initial_value`; nil when there is none, or its
    /// chip has gone since.
    func take(path: String, _ wanted: cgpiod_line, floor: FloorID) -> HeldLine? {
        let place = Place(path: path, offset: wanted.offset)
        guard let kept = waiting.removeValue(forKey: place) else { return nil }
        let state = KernelLines.state(path: path, offset: Int(wanted.offset))
        let isAsPlanned = state?.active_low == wanted.active_low && state?.bias == wanted.bias
        let status =
            isAsPlanned
            ? kept.line.set(active: wanted.initial_value) : kept.line.configure(wanted)
        // Whatever else it says, the line is ours and is driven again; letting go could move it.
        if status == ENODEV { return nil }
        if kept.floor != floor { kept.line.rename(stem(path, wanted.offset, floor)) }
        return kept.line
    }

    private func stem(_ path: String, _ offset: some BinaryInteger, _ floor: FloorID?) -> String {
        KeptValves.stem(
            floor: floor, chip: KernelLines.name(path: path) ?? "chip", offset: Int(offset))
    }
}
