// How the controller learns at its start which valves are open: from the journal, from the page of
// shared memory that outlives a crash, and, where the journal cannot be read, from the lines
// themselves. It reads; what follows from it is the fire logic's.

import SafetyLog
import FieldDevices
import FireLogic
import Glibc

struct RememberedState {
    var memory = Memory()
    /// What the journal's writer goes on from; nil when the journal cannot be written.
    var journal: JournalReplay?
    let latches: LatchPage?
    let boot: BootID
    /// The journal was damaged: valve lines that are found open are kept open.
    var isDoubtful = false

    init(_ options: ControllerOptions, plan: SitePlan, chips: some GpioChips) {
        boot = BootTime.bootID
        let path = options.stateDirectory + "/journal"
        let isUnreadable: Bool
        do {
            let replay = try JournalReplay.load(path: path, boot: boot, now: BootClock.now)
            memory = replay.memory
            journal = replay
            // Without its directory the journal may be on a disk that was not mounted.
            isDoubtful = replay.gaps > 0 || access(options.stateDirectory, F_OK) != 0
            isUnreadable = replay.isForeign
        } catch {
            isUnreadable = true
        }

        latches = try? LatchPage(
            path: options.runDirectory + "/latches", floors: plan.floors.map(\.id),
            boot: (boot.head, boot.tail))
        // Noted before each drive, so it is never older than the journal.
        for (floor, isOpen) in latches?.found ?? [:] { memory.remember(floor, open: isOpen) }

        if isUnreadable { putAside(path) }
        guard isDoubtful else { return }
        for floor in plan.floors.indices
        where GpioOutputLines.foundOpen(floor, plan: plan, chips: chips) == true {
            memory.remember(plan.floors[floor].id, open: true)
        }
    }

    /// Never overwritten: what cannot be read now may be read by someone else later.
    private mutating func putAside(_ path: String) {
        isDoubtful = true
        journal = nil
        guard rename(path, path + ".unreadable") == 0 else { return }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        journal = JournalReplay(nothing, boot: boot, now: BootClock.now)
    }
}
