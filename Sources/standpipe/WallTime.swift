// Wall-clock times in the words of people: printed in local ISO form with the offset from UTC, read
// in the same form, shorter, or as a span before now. Called by the commands that show a log.

import Glibc

enum WallTime {
    static var nowMilliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// `2026-11-22T23:43:00.123+01:00`; a time that no calendar has as plain milliseconds.
    static func text(_ milliseconds: Int64) -> String {
        // Years 1 to 9999, so that the columns hold.
        guard (-62_135_596_800_000..<253_402_300_800_000).contains(milliseconds) else {
            return "\(milliseconds) ms"
        }
        let (quotient, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        var seconds = time_t(rest < 0 ? quotient - 1 : quotient)
        let fraction = rest < 0 ? rest + 1_000 : rest
        var parts = tm()
        localtime_r(&seconds, &parts)
        let minutes = parts.tm_gmtoff / 60
        return "\(padded(Int(parts.tm_year) + 1_900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-"
            + "\(padded(Int(parts.tm_mday), 2))T\(padded(Int(parts.tm_hour), 2)):"
            + "\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))."
            + "\(padded(Int(fraction), 3))\(minutes < 0 ? "-" : "+")"
            + "\(padded(abs(minutes) / 60, 2)):\(padded(abs(minutes) % 60, 2))"
    }

    /// Milliseconds of `text`: `2026-11-22`, `2026-11-22T23:43`, with seconds, with a fraction, with
    /// `Z` or `+01:00`; local without one. Or a span before `now`: `90s`, `15m`, `2h`, `3d`.
    static func milliseconds(_ text: String, now: Int64) -> Int64? {
        if let span = span(text) { return now - span }
        var rest = text[...]
        guard let year = number(&rest, digits: 4), take("-", &rest),
            let month = number(&rest, digits: 2), take("-", &rest),
            let day = number(&rest, digits: 2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var parts = tm()
        parts.tm_year = Int32(year - 1_900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        var fraction = 0
        if !rest.isEmpty {
            guard take("T", &rest) || take(" ", &rest), let hour = number(&rest, digits: 2),
                take(":", &rest), let minute = number(&rest, digits: 2), hour < 24, minute < 60
            else { return nil }
            parts.tm_hour = Int32(hour)
            parts.tm_min = Int32(minute)
            if take(":", &rest) {
                guard let second = number(&rest, digits: 2), second < 61 else { return nil }
                parts.tm_sec = Int32(second)
                if take(".", &rest) {
                    let digits = rest.prefix { $0.isASCII && $0.isNumber }
                    guard (1...9).contains(digits.count),
                        let value = Int((digits + "00").prefix(3))
                    else { return nil }
                    fraction = value
                    rest = rest.dropFirst(digits.count)
                }
            }
        }
        guard let offset = zone(&rest), rest.isEmpty else { return nil }
        let seconds: Int
        switch offset {
        case .utc(let minutes): seconds = timegm(&parts) - minutes * 60
        case .local:
            parts.tm_isdst = -1
            seconds = mktime(&parts)
        }
        return Int64(seconds) * 1_000 + Int64(fraction)
    }

    private enum Zone {
        case local
        case utc(minutes: Int)
    }

    /// nil: what stands there is no offset from UTC.
    private static func zone(_ rest: inout Substring) -> Zone? {
        if rest.isEmpty { return .local }
        if take("Z", &rest) { return .utc(minutes: 0) }
        let isWest = rest.first == "-"
        guard take("+", &rest) || take("-", &rest), let hours = number(&rest, digits: 2)
        else { return nil }
        _ = take(":", &rest)
        guard let minutes = number(&rest, digits: 2), hours < 24, minutes < 60 else { return nil }
        return .utc(minutes: (hours * 60 + minutes) * (isWest ? -1 : 1))
    }

    private static func span(_ text: String) -> Int64? {
        let units: [Character: Int64] = [
            "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
        guard let last = text.last, let unit = units[last],
            let count = Int64(text.dropLast()), count >= 0, count < 1_000_000_000
        else { return nil }
        return count * unit
    }

    private static func number(_ rest: inout Substring, digits: Int) -> Int? {
        let word = rest.prefix(digits)
        guard word.count == digits, word.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        rest = rest.dropFirst(digits)
        return Int(word)
    }

    private static func take(_ word: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == word else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
