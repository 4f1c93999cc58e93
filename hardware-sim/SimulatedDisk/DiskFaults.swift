// How often the simulated disk fails, and what it counted.

/// How often which call fails: parts of a million calls. All zero is a disk that never fails.
package struct DiskFaults: Hashable, Sendable {
    package var readErrors = 0
    package var writeErrors = 0
    package var syncErrors = 0
    package var directoryErrors = 0
    /// ENOSPC of a write or creation although there seems to be room.
    package var noSpace = 0
    package var stalls = 0
    /// After a failed call so many more calls fail, at most.
    package var longestBurst = 0
    /// Whether a failed sync leaves what it lost in the cache, to be read until it is evicted.
    package var isCached = false

    package init() {}

    /// Every call fails now and then.
    package static var rare: DiskFaults {
        var faults = DiskFaults()
        faults.readErrors = 500
        faults.writeErrors = 10_000
        faults.syncErrors = 10_000
        faults.directoryErrors = 5_000
        faults.noSpace = 5_000
        faults.stalls = 1_000
        faults.longestBurst = 3
        return faults
    }

    /// What fails is creating, renaming and removing files, and syncing the directory.
    package static var names: DiskFaults {
        var faults = DiskFaults()
        faults.directoryErrors = 250_000
        faults.longestBurst = 2
        return faults
    }

    /// A disk that is about to die.
    package static var heavy: DiskFaults {
        var faults = DiskFaults()
        faults.readErrors = 3_000
        faults.writeErrors = 100_000
        faults.syncErrors = 100_000
        faults.directoryErrors = 50_000
        faults.noSpace = 50_000
        faults.longestBurst = 12
        return faults
    }
}

/// What a disk must never do. A drill that does not find it is no drill.
package enum LyingDisk: String, Sendable, CaseIterable {
    /// Some syncs say that they are done and did nothing.
    case sync
    case syncDirectory
    /// The last sector of some writes is not written.
    case write
    /// A bit of what is read is wrong.
    case read
}

/// What a disk did, or several together.
package struct DiskCounts: Hashable, Sendable {
    package var calls = 0
    package var powerCuts = 0
    package var kills = 0
    package var cutsInWrite = 0
    package var tornSectors = 0
    package var lostNames = 0
    package var shortFiles = 0
    package var readErrors = 0
    package var writeErrors = 0
    package var syncErrors = 0
    package var directoryErrors = 0
    package var noSpace = 0
    package var stalls = 0

    package init() {}

    package static func += (a: inout DiskCounts, b: DiskCounts) {
        a.calls += b.calls
        a.powerCuts += b.powerCuts
        a.kills += b.kills
        a.cutsInWrite += b.cutsInWrite
        a.tornSectors += b.tornSectors
        a.lostNames += b.lostNames
        a.shortFiles += b.shortFiles
        a.readErrors += b.readErrors
        a.writeErrors += b.writeErrors
        a.syncErrors += b.syncErrors
        a.directoryErrors += b.directoryErrors
        a.noSpace += b.noSpace
        a.stalls += b.stalls
    }
}
