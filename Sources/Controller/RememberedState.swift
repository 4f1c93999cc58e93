// How the controller learns at its start which valves are open: from the log, from the page of
// shared memory that outlives a crash, and, where these do not say, from the lines themselves. It reads; what follows from it is the fire logic's.

import ControlLoop
import FieldDevices
import FireLogic
import Glibc
import SafetyLog

struct RememberedState {
    var memory: Memory
    let episodes: Episodes
    /// When `memory` was as it is.
    let at: Instant
    let latches: LatchPage?
    let boot: BootID
    /// The log was damaged: valve lines that are found open are kept open.
    let isDoubtful: Bool
    /// What is wrong with the log, for people.
    let doubt: String?

    init(
        _ options: ControllerOptions, plan: SitePlan, planChecksum: UInt32, chips: some GpioChips,
        kept: KeptValves
    ) {
        boot = BootTime.bootID
        at = BootClock.now
        let log = LogMemory(
            directory: SafetyTopics.durablePath(options.stateDirectory), machine: boot.head,
            now: at, episodes: Episodes(plan: plan, planChecksum: planChecksum))
        memory = log.memory
        episodes = log.episodes
        doubt = log.doubt
        // Without its directory the log may be on a disk that was not mounted.
        isDoubtful = log.isDoubtful || access(options.stateDirectory, F_OK) != 0

        latches = try? LatchPage(
            path: options.runDirectory + "/latches", floors: plan.floors.map(\.id),
            boot: (boot.head, boot.tail))
        // Noted before each drive, so it is never older than the journal.
        for (floor, isOpen) in latches?.found ?? [:] { memory.remember(floor, open: isOpen) }

        // A line that an earlier controller left driven shows what that did last.
        let openByLine = kept.openByLine(plan: plan, isDoubtful: isDoubtful) {
            latches?.found[$0] != nil
        }
        for floor in openByLine {
            memory.remember(plan.floors[floor].id, open: true)
            latches?.note(floor: floor, id: plan.floors[floor].id, .open)
        }

        guard isDoubtful else { return }
        for floor in plan.floors.indices
        where GpioOutputLines.foundOpen(floor, plan: plan, chips: chips) == true {
            memory.remember(plan.floors[floor].id, open: true)
        }
    }
}
