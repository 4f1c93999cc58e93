// What the drill counted, of one life or of many.

import SimulatedDisk

package struct LogDrillFigures: Sendable {
    package var lives = 0
    package var crashes = 0
    package var recoveries = 0
    package var crashesInRecovery = 0
    package var flushes = 0
    package var failedFlushes = 0
    package var appends = 0
    package var refusals = 0
    package var duplicates = 0
    package var acknowledged = 0
    /// Records that were in flight at a crash and turned up whole, and those that did not.
    package var survived = 0
    package var vanished = 0
    package var segmentsUsed = 0
    package var segmentsFreed = 0
    package var checked = 0
    /// Indexes that were compared with one folded from all frames.
    package var folded = 0
    /// Comparisons in lives that had to drop vital records for want of room.
    package var forced = 0
    package var disk = DiskCounts()

    package init() {}

    package static func += (a: inout LogDrillFigures, b: LogDrillFigures) {
        a.lives += b.lives
        a.crashes += b.crashes
        a.recoveries += b.recoveries
        a.crashesInRecovery += b.crashesInRecovery
        a.flushes += b.flushes
        a.failedFlushes += b.failedFlushes
        a.appends += b.appends
        a.refusals += b.refusals
        a.duplicates += b.duplicates
        a.acknowledged += b.acknowledged
        a.survived += b.survived
        a.vanished += b.vanished
        a.segmentsUsed += b.segmentsUsed
        a.segmentsFreed += b.segmentsFreed
        a.checked += b.checked
        a.folded += b.folded
        a.forced += b.forced
        a.disk += b.disk
    }

    package var lines: [String] {
        [
            "\(crashes) crash points in \(lives) lives, \(crashesInRecovery) of them in recovery; "
                + "\(recoveries) recoveries compared",
            "\(acknowledged) records acknowledged in \(flushes) flushes, \(checked) batches read "
                + "back, \(folded) indexes folded again",
            "\(appends) appends, \(refusals) refused, \(duplicates) known as duplicates; in flight "
                + "at a crash: \(survived) records there, \(vanished) not",
            "\(segmentsUsed) segments begun, \(segmentsFreed) freed; \(forced) comparisons after vital records were given up",
            "disk: \(disk.powerCuts) power cuts, \(disk.kills) kills, \(disk.cutsInWrite) inside a "
                + "write, \(disk.tornSectors) sectors torn, \(disk.lostNames) names lost, "
                + "\(disk.shortFiles) files short",
            "disk: failed \(disk.readErrors) reads, \(disk.writeErrors) writes, "
                + "\(disk.syncErrors) syncs, \(disk.directoryErrors) of names, \(disk.noSpace) "
                + "for space; \(disk.stalls) stalls; \(failedFlushes) flushes failed",
        ]
    }
}
