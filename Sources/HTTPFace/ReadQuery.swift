// What a GET asks for: the words behind the question mark, and where a stream of events goes on.

import FoundationEssentials

/// From where, how much, and how long to wait.
package struct ReadQuery: Hashable, Sendable {
    package enum Start: Hashable, Sendable {
        case earliest
        case latest
        case offset(Int64)
        /// Milliseconds since 1970.
        case time(Int64)
    }

    package static let mostRecords = 10_000
    package static let longestWait = 60

    package var partition: Int32 = 0
    package var start = Start.earliest
    /// nil: nothing was said.
    package var limit: Int?
    /// Seconds.
    package var wait = 0

    /// - Parameters:
    ///   - parameters: name and value, percent-decoded.
    ///   - lastEventID: of an event source that comes back: the offset that it saw last.
    /// - Throws: `HTTPFault` 400.
    package init(
        _ parameters: [(name: String, value: String)], lastEventID: String? = nil
    ) throws(HTTPFault) {
        var seen: Set<String> = []
        for (name, value) in parameters {
            guard seen.insert(name).inserted else {
                throw HTTPFault(.badRequest, "\"\(name.prefix(64))\" is there twice")
            }
            switch name {
            case "partition":
                partition = Int32(try Self.number(name, value, 0...Int(Int32.max)))
            case "from": start = try Self.start(value)
            case "limit": limit = try Self.number(name, value, 1...Self.mostRecords)
            case "wait": wait = try Self.number(name, value, 0...Self.longestWait)
            default:
                throw HTTPFault(
                    .badRequest,
                    "unknown \"\(name.prefix(64))\"; there are from, limit, partition, wait")
            }
        }
        if let lastEventID {
            guard let offset = Int64(lastEventID), (0..<Int64.max).contains(offset) else {
                throw HTTPFault(.badRequest, "Last-Event-ID is not an offset")
            }
            start = .offset(offset + 1)
        }
    }

    private static func number(
        _ name: String, _ value: String, _ range: ClosedRange<Int>
    ) throws(HTTPFault) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw HTTPFault(
                .badRequest, "\"\(name)\" is from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func start(_ value: String) throws(HTTPFault) -> Start {
        if value == "earliest" { return .earliest }
        if value == "latest" { return .latest }
        if let offset = Int64(value), offset >= 0 { return .offset(offset) }
        if let time = milliseconds(value) { return .time(time) }
        throw HTTPFault(
            .badRequest,
            "\"from\" is an offset, earliest, latest or a time such as 2026-11-23T05:30:00Z")
    }

    /// ISO 8601: a date, or a date and a time with its zone.
    private static func milliseconds(_ text: String) -> Int64? {
        guard text.utf8.count <= 40 else { return nil }
        let day = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        let styles = [
            Date.ISO8601FormatStyle(timeZone: .gmt),
            Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt), day,
        ]
        for style in styles {
            if style == day, text.utf8.count != 10 { continue }
            guard let date = try? style.parse(text) else { continue }
            return Int64(exactly: (date.timeIntervalSince1970 * 1_000).rounded())
        }
        return nil
    }
}
