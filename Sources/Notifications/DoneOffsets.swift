// Which records of a queue are done although earlier ones are not: kept in the metadata of the queue's
// commit, so that one commit tells all of what is done. As text: ranges in rising order, both ends
// included: `17,20-24`; `-` is none.

/// A set of offsets, as ranges.
struct DoneOffsets: Hashable, Sendable {
    /// Rising, with room between them.
    private(set) var ranges: [Range<Int64>] = []

    init() {}

    /// nil: not such a text.
    init?(_ text: some StringProtocol) {
        if text == "-" { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
                Int64($0)
            }
            guard (1...2).contains(ends.count), let first = ends[0],
                let last = ends[ends.count - 1],
                first >= 0, first <= last, last < .max, first > ranges.last?.upperBound ?? -1
            else { return nil }
            ranges.append(first..<last + 1)
        }
    }

    var text: String {
        if ranges.isEmpty { return "-" }
        return ranges.map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound - 1)"
        }.joined(separator: ",")
    }

    func contains(_ offset: Int64) -> Bool { ranges.contains { $0.contains(offset) } }

    mutating func insert(_ added: Range<Int64>) {
        guard !added.isEmpty else { return }
        var merged = added
        var before: [Range<Int64>] = []
        var behind: [Range<Int64>] = []
        for range in ranges {
            if range.upperBound < merged.lowerBound {
                before.append(range)
            } else if range.lowerBound > merged.upperBound {
                behind.append(range)
            } else {
                let low = min(range.lowerBound, merged.lowerBound)
                merged = low..<max(range.upperBound, merged.upperBound)
            }
        }
        ranges = before + [merged] + behind
    }

    /// Takes away what is below `offset` or joins it from there; gives where the rest begins.
    mutating func advance(from offset: Int64) -> Int64 {
        var offset = offset
        while let first = ranges.first, first.lowerBound <= offset {
            offset = max(offset, first.upperBound)
            ranges.removeFirst()
        }
        return offset
    }
}
