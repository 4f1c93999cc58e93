// What a reader of a log is told when it cannot have what it asked for, and what it gets otherwise.

/// Why a log could not be read.
package enum ReadError: Error, Hashable, Sendable, CustomStringConvertible {
    case file(FileError)
    /// The directory holds no segment of a log.
    case noLog(String)
    case unknownPartition
    /// The offset is before the log start, which may just have moved, or beyond the end.
    case outOfRange(logStart: Int64, end: Int64)

    package var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .noLog(let path): "\(path): there is no log here"
        case .unknownPartition: "there is no such partition"
        case .outOfRange(let start, let end): "offsets go from \(start) to \(end)"
        }
    }
}

/// What one read has brought.
package struct ReadResult: Hashable, Sendable {
    /// Bytes of whole batches that were appended to the caller's.
    package var bytes = 0
    package var batches = 0
    /// Where to go on. The first batch may begin before the offset that was asked for.
    package var next: Int64
    /// Offsets in between that are lost.
    package var gaps: [LogGap] = []

    init(next: Int64) {
        self.next = next
    }
}
