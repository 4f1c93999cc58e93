// What `LogVerifier` has found: numbers for an audit, findings with their places, lost offsets.
// Filled by the verifier, printed by `standpipe verify`.

/// One thing that a check of a log came upon.
package struct VerifyFinding: Hashable, Sendable {
    package var segment: UInt32?
    package var position: Int?
    /// False: worth knowing, but nothing is wrong.
    package var isDamage: Bool
    package var text: String
}

/// The result of reading every byte of a log.
package struct VerifyReport: Sendable {
    /// More findings, or gaps, are counted and not listed.
    package static let longestList = 1_000

    package var log: LogID?
    package var segments = 0
    package var spares = 0
    /// Bytes that were read and checked: headers, frames, padding.
    package var bytes: UInt64 = 0
    package var frames: UInt64 = 0
    package var batches: UInt64 = 0
    package var records: UInt64 = 0
    /// Wall clock of the first and the last frame, in milliseconds.
    package var firstMilliseconds: Int64?
    package var lastMilliseconds: Int64?
    package var firstSequence: UInt64?
    package var lastSequence: UInt64?
    /// Hash of the last frame: it stands for everything before it.
    package var finalHash = Digest.zero
    /// The last frame is the one that a writer leaves when it ends in order.
    package var isClosed = false
    /// A writer was at work meanwhile; what it added was left out.
    package var isLive = false
    package private(set) var findings: [VerifyFinding] = []
    package private(set) var damages = 0
    package private(set) var gaps: [LogGap] = []
    package private(set) var lostOffsets: Int64 = 0

    package init() {}

    package var isClean: Bool { damages == 0 }

    mutating func damage(_ segment: UInt32?, _ position: Int?, _ text: String) {
        damages += 1
        add(VerifyFinding(segment: segment, position: position, isDamage: true, text: text))
    }

    mutating func note(_ segment: UInt32?, _ position: Int?, _ text: String) {
        add(VerifyFinding(segment: segment, position: position, isDamage: false, text: text))
    }

    mutating func lose(_ partition: PartitionID, _ offsets: Range<Int64>) {
        lostOffsets &+= Int64(clamping: offsets.upperBound &- offsets.lowerBound)
        if gaps.count < Self.longestList {
            gaps.append(LogGap(partition: partition, offsets: offsets, isExact: true))
        }
    }

    private mutating func add(_ finding: VerifyFinding) {
        if findings.count < Self.longestList { findings.append(finding) }
    }
}
