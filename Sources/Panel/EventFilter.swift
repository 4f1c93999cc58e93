// Which events are asked for, and the page of them that one request gets. Events are looked through from
// the newest back, or forwards from one on; only so many at a time, as a log holds millions.

/// What events are asked for.
package struct EventFilter: Hashable, Sendable {
    package static let mostEvents = 1_000

    /// Older than this number; nil: from the newest.
    package var before: Int64?
    /// Newer than this number, oldest first; nil: from the newest back.
    package var after: Int64?
    package var limit = 100
    /// nil: all.
    package var kinds: Set<PanelEvent.Kind>?
    package var floor: Int?
    package var detector: UInt32?
    /// Milliseconds since 1970; both included.
    package var from: Int64?
    package var to: Int64?

    package init() {}

    package func matches(_ event: PanelEvent) -> Bool {
        if let from, event.wall < from { return false }
        if let to, event.wall > to { return false }
        if let kinds, !kinds.contains(event.kind) { return false }
        guard floor != nil || detector != nil else { return true }
        let fields = event.fields
        if let floor, fields?.floor != floor { return false }
        if let detector, fields?.detector != detector { return false }
        return true
    }
}

/// A page of events.
package struct EventPage: Sendable {
    /// Events that are looked through for one page.
    package static let mostLooked: Int64 = 20_000
    /// Events that are read at a time.
    package static let piece: Int64 = 256

    package private(set) var events: [PanelEvent] = []
    /// The number to go on with, as `before` or, oldest first, as `after`; nil: that was all.
    package private(set) var next: Int64?

    /// `offsets` are those that there are; `read` gives the records of some of them, in order.
    package init(
        _ filter: EventFilter, in offsets: Range<Int64>, read: (Range<Int64>) -> [PanelEvent]
    ) {
        if let after = filter.after {
            forwards(
                filter, max(offsets.lowerBound, after < .max ? after + 1 : after), offsets, read)
        } else {
            backwards(filter, min(offsets.upperBound, filter.before ?? .max), offsets, read)
        }
    }

    private mutating func backwards(
        _ filter: EventFilter, _ end: Int64, _ offsets: Range<Int64>,
        _ read: (Range<Int64>) -> [PanelEvent]
    ) {
        var end = end
        let last = max(offsets.lowerBound, end - Self.mostLooked)
        while end > last {
            let start = max(last, end - Self.piece)
            for event in read(start..<end).reversed() where filter.matches(event) {
                events.append(event)
                if events.count == filter.limit {
                    next = event.number > offsets.lowerBound ? event.number : nil
                    return
                }
            }
            end = start
        }
        next = end > offsets.lowerBound ? end : nil
    }

    private mutating func forwards(
        _ filter: EventFilter, _ start: Int64, _ offsets: Range<Int64>,
        _ read: (Range<Int64>) -> [PanelEvent]
    ) {
        var start = start
        let bound = filter.before.map { min($0, offsets.upperBound) } ?? offsets.upperBound
        let last = min(bound, start + min(Self.mostLooked, max(0, bound - start)))
        while start < last {
            let end = min(last, start + Self.piece)
            for event in read(start..<end) where filter.matches(event) {
                events.append(event)
                if events.count == filter.limit {
                    next = event.number + 1 < bound ? event.number : nil
                    return
                }
            }
            start = end
        }
        next = start < bound ? start - 1 : nil
    }
}
