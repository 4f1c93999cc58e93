// A segment that is not there when a reader comes to it: freed while it read, or lost. Reading asks here
// what to make of it; nothing is read here.

/// Segments that one read did not find.
struct Absence {
    /// The one that was not there last.
    private(set) var segment: UInt32?
    /// It was not there before a refresh, and is not after it.
    private(set) var isLost = false
    private var refreshes = 0
    private let most: Int

    /// Every segment may be lost, and some may be freed meanwhile.
    init(_ index: LogIndex) {
        most = index.segments.count + 4
    }

    /// Reading may go on: the log is not used up faster than this process reads it.
    var isBearable: Bool { refreshes < most }

    mutating func note(_ number: UInt32) {
        isLost = segment == number && !isLost
        segment = number
        if !isLost { refreshes += 1 }
    }
}

extension LogReader {
    /// Finds out what has become of a segment that is not there. A refresh tells of one that was
    /// freed: what says so was durable before its file got another name. One that the index still has
    /// after that is lost, or was given up in need (`EventLog.freeUncopied`); the writer may not have
    /// written so yet.
    func look(_ absence: Absence) throws(ReadError) {
        guard let segment = absence.segment else { return }
        if absence.isLost, segment != current?.number {
            index.lose(segment: segment)
        } else {
            forget(segment)
            try refresh()
        }
    }
}
