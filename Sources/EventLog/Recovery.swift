// Reads a log from its files: which segments are its own and in which order, the newest checkpoint
// that can be used, and what stands behind it (LOG.md, "Validity and recovery"). Called once, when a
// log is opened for writing. It writes nothing but zeros over a torn tail.
//
// See +Files for which files are the log's, +Chain for their order, +Fold for what stands in them,
// +Resume for where writing goes on and +Doubt for a last frame that may not be on the disk.
//
// It reads the header of every segment and the frames behind the checkpoint, so its time depends on
// the size of a segment and not of the log. Nothing it reads can make it trap or loop.

import Glibc

/// One recovery; its results are what a log starts from.
struct Recovery {
    /// A file with the name of a segment.
    struct Candidate {
        var number: UInt32
        var size: Int
        /// Nil: the first sector is rotten.
        var header: SegmentHeader?
        /// The name and the header are of different numbers.
        var isMisnamed = false
    }

    let settings: LogSettings
    let sectorBytes: Int
    var index: LogIndex
    var report = RecoveryReport()
    var active: EventLogActive?
    var spares: [String] = []
    var leftovers: [String] = []
    /// A file that was being written with zeros.
    var begun: String?
    var nextNumber: UInt32 = 1
    var nextFileNumber: UInt32 = 0

    /// The names that were found are on the disk.
    var areNamesDurable = false
    /// The last frame, header and entries, where nobody knows whether it is on the disk: it is not
    /// folded, and has to be written again.
    var doubtful: [UInt8] = []

    var candidates: [UInt32: Candidate] = [:]
    var isFound = false

    init(_ settings: LogSettings, sectorBytes: Int, newLog: LogID) {
        self.settings = settings
        self.sectorBytes = sectorBytes
        index = LogIndex(log: newLog)
    }

    /// - Throws: the directory cannot be read.
    mutating func run(_ files: inout some LogFiles) throws(FileError) {
        let names = try files.names().sorted()
        collect(names, &files)
        chooseLog(&files)
        if isFound {
            let (base, chain) = findChain(&files)
            if let base { index = base }
            fold(chain, &files)
            findMissing()
        } else {
            report.isNew = true
        }
        setAside()
        do throws(FileError) {
            // So have the names.
            try files.syncDirectory()
            areNamesDurable = true
        } catch {
            report.note(error)
        }
    }

    private mutating func findMissing() {
        for segment in index.segments where candidates[segment.number] == nil {
            report.missing.append(segment.number)
            // One that the writer gave up in need looks the same: `EventLog.freeUncopied`.
            index.lose(segment: segment.number)
        }
        // Those before the newest checkpoint are not read, but what is cut off is known.
        for segment in index.segments {
            guard let size = candidates[segment.number].map({ UInt32($0.size) }),
                size < segment.length,
                !report.rot.contains(where: {
                    $0.segment == segment.number && $0.positions.upperBound > size
                })
            else { continue }
            report.rot.append(
                RottenStretch(
                    segment: segment.number, positions: size..<segment.length, salvaged: 0))
        }
        for number in candidates.keys.sorted()
        where !index.segments.contains(where: { $0.number == number }) {
            leftovers.append(SegmentName.segment(number).text)
        }
    }

    private mutating func setAside() {
        report.foreign.sort()
        report.missing = Array(Set(report.missing)).sorted()
    }
}
