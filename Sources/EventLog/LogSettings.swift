// What a log is given and what it tells of itself: sizes, the report of its recovery, its counters.
// Values only.

/// Sizes of a log. Those of an existing log are its own: only `segments` may differ from start to
/// start, and `segmentBytes` then holds for segments that are made new.
package struct LogSettings: Hashable, Sendable {
    /// Bytes of a segment file, a multiple of 4,096.
    package var segmentBytes: Int
    /// Segment files that there may be. Times `segmentBytes` it is the hard cap of the log.
    package var segments: Int
    /// Segments kept free for vital appends, and for copying forward.
    package var reserve: Int
    /// Bytes of the longest frame, so also of what may wait for the disk.
    package var longestFrame: Int

    package init(
        segmentBytes: Int = 16 << 20, segments: Int = 16, reserve: Int = 2,
        longestFrame: Int = 1 << 20
    ) {
        self.segmentBytes = segmentBytes
        self.segments = segments
        self.reserve = reserve
        self.longestFrame = longestFrame
    }

    /// The settings that the engine works with: each within what the format and the others allow.
    var bounded: LogSettings {
        var settings = self
        settings.segmentBytes = min(max(segmentBytes & ~4_095, 64 << 10), 1 << 30)
        settings.segments = min(max(segments, 3), 4_096)
        settings.reserve = min(max(reserve, 1), max(settings.segments / 4, 1))
        settings.longestFrame = min(max(longestFrame, 4_096), settings.segmentBytes / 4)
        return settings
    }
}

/// Why a log could not be opened.
package enum LogError: Error, Hashable, Sendable {
    /// The directory cannot be read.
    case file(FileError)
}

/// A stretch of a segment that was acknowledged and is damaged.
package struct RottenStretch: Hashable, Sendable {
    package var segment: UInt32
    package var positions: Range<UInt32>
    /// Entries in it that still check, and were kept.
    package var salvaged: Int

    package init(segment: UInt32, positions: Range<UInt32>, salvaged: Int) {
        self.segment = segment
        self.positions = positions
        self.salvaged = salvaged
    }
}

/// What the start of a log found.
package struct RecoveryReport: Hashable, Sendable {
    /// There was no log.
    package var isNew = false
    /// The last frame is a closing one: the writer was not killed.
    package var isClean = false
    /// Bytes of a frame that was being written when the writer died.
    package var tornBytes = 0
    package var rot: [RottenStretch] = []
    /// Segments that the log refers to and that are not there.
    package var missing: [UInt32] = []
    /// Files that look like segments and are not of this log. They are left alone.
    package var foreign: [String] = []
    package var framesRead = 0
    package var bytesRead = 0
    /// A segment's checkpoint could not be used, and an older one was.
    package var checkpointsSkipped = 0
    /// File calls that failed meanwhile; the log was opened without what they would have given.
    package var errors: [FileError] = []

    package init() {}

    /// Rot, missing or foreign segments: to be shown to people.
    package var isDamaged: Bool {
        !rot.isEmpty || !missing.isEmpty || !foreign.isEmpty || checkpointsSkipped > 0
    }

    static let mostErrors = 16

    mutating func note(_ error: FileError) {
        if errors.count < Self.mostErrors { errors.append(error) }
    }
}

/// What an open log counts.
package struct LogCounters: Hashable, Sendable {
    /// Frames with appends that became durable.
    package var flushes: UInt64 = 0
    package var writes: UInt64 = 0
    /// Bytes given to the disk, with checkpoints, copies and the zeros of new spares.
    package var bytesWritten: UInt64 = 0
    package var syncs: UInt64 = 0
    package var rolls: UInt64 = 0
    package var segmentsFreed: UInt64 = 0
    /// How often the oldest one was to be given up without a word in the journal, as nothing could
    /// be written.
    package var segmentsGivenUp: UInt64 = 0
    package var bytesCopied: UInt64 = 0
    /// Bytes of vital records that were dropped because vital topics filled half of the cap.
    package var vitalBytesDropped: UInt64 = 0
    /// Writes, syncs and other file calls that failed.
    package var failures: UInt64 = 0

    package init() {}
}
