// What is left on the simulated disk when the power or only the program ends, and how names become
// durable: each creation, renaming and removal by itself, in any order that does not lose what was
// synced. That is nastier than any journalling file system.

import DrillRandom

extension SimulatedDisk {
    /// The power was cut: what was not synced is old, new or torn, sector by sector and name by name.
    package func cutPower() {
        counts.powerCuts += 1
        settleNames(all: false)
        visible = durable
        changes.removeAll()
        for number in files.keys.sorted() {
            guard visible.values.contains(number) else {
                files.removeValue(forKey: number)
                continue
            }
            let length = files[number]?.cache.count
            counts.tornSectors += files[number]?.cutPower(&random) ?? 0
            if files[number]?.cache.count != length { counts.shortFiles += 1 }
        }
        forgetHandles()
        if let tell {
            for (name, number) in visible.sorted(by: { $0.key < $1.key }) {
                tell("  disk: after the power cut: \(name) \(files[number]?.cache.count ?? 0)")
            }
        }
    }

    /// Only the program ended: the cache keeps what it wrote, and goes on waiting to be synced.
    package func kill() {
        counts.kills += 1
        tell?("  disk: the program was killed")
        forgetHandles()
    }

    /// Makes changes of names durable: all of them, or some, not always the first ones.
    func settleNames(all: Bool) {
        if all {
            durable = visible
            changes.removeAll(keepingCapacity: true)
            dropNamelessFiles()
            return
        }
        guard !changes.isEmpty else { return }
        // Half the time a journal that is cut off at some change, else each by itself.
        let cut = random.chance(1, in: 2) ? random.below(changes.count + 1) : nil
        var left: [Change] = []
        for (index, change) in changes.enumerated() {
            let isDone = cut.map { index < $0 } ?? random.chance(1, in: 2)
            if !isDone || !settle(change) {
                left.append(change)
                counts.lostNames += 1
            }
        }
        changes = left
    }

    /// False: it cannot be without another change that was not made.
    private func settle(_ change: Change) -> Bool {
        switch change {
        case .create(let name, let file):
            return put(file, under: name)
        case .rename(let old, let new, let file):
            guard durable[old] == file, put(file, under: new) else { return false }
            durable[old] = nil
        case .remove(let name, let file):
            guard durable[name] == file else { return false }
            durable[name] = nil
        }
        return true
    }

    /// A file that has the name on the disk is only replaced where it was to be removed.
    private func put(_ file: Int, under name: String) -> Bool {
        if let other = durable[name], other == file || !changes.contains(.remove(name, other)) {
            return false
        }
        durable[name] = file
        return true
    }

    private func dropNamelessFiles() {
        let named = Set(visible.values)
        for number in files.keys where !named.contains(number) {
            files.removeValue(forKey: number)
        }
    }
}
