// Times in a site file: `500ms`, `10s`, `2min`. Whole numbers with a unit, so that nobody takes
// seconds for milliseconds.

import FireLogic

extension Interval {
    /// Nil for anything but digits (9 at most) and a unit.
    init?(siteText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.utf8.count), let count = Int64(digits) else { return nil }
        let unit: Int64
        switch text[digits.endIndex...].drop(while: { $0 == " " }) {
        case "ms": unit = 1_000_000
        case "s": unit = 1_000_000_000
        case "min": unit = 60_000_000_000
        case _: return nil
        }
        let (nanoseconds, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self.init(nanoseconds: nanoseconds)
    }

    /// As a site file writes it.
    var siteText: String {
        milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms"
    }
}

extension SiteReader {
    /// A time, whatever its size.
    mutating func interval(_ value: YamlValue, _ what: String) -> Interval? {
        guard let text = scalar(value, what) else { return nil }
        if let interval = Interval(siteText: text) { return interval }
        if let number = Int(text), number >= 0 {
            error(
                value.place,
                "\(what) \(text.quoted) has no unit; write for example \(number)s or \(number)ms")
        } else {
            error(
                value.place,
                "\(what) \(text.quoted) is not a time; write for example 500ms, 10s or 2min")
        }
        return nil
    }

    mutating func interval(
        _ value: YamlValue, _ what: String, in range: ClosedRange<Interval>
    ) -> Interval? {
        guard let interval = interval(value, what) else { return nil }
        guard range.contains(interval) else {
            error(
                value.place,
                "\(what) \(interval.siteText) is out of range; write "
                    + "\(range.lowerBound.siteText) to \(range.upperBound.siteText)")
            return nil
        }
        return interval
    }
}
