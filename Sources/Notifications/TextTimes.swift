// Times as people read them: the board's local time, with what it is ahead of UTC.

enum TextTimes {
    /// `2026-11-23 14:05:33 (UTC+01:00)`
    static func stamp(_ wall: Int64, utcOffset: Int) -> String {
        let time = LocalTime(wall: wall, utcOffset: utcOffset)
        let date = time.date
        let sign = utcOffset < 0 ? "-" : "+"
        let minutes = min(abs(utcOffset) / 60, 6_000)
        return "\(date.year)-\(two(date.month))-\(two(date.day)) \(clock(wall, utcOffset))"
            + " (UTC\(sign)\(two(minutes / 60)):\(two(minutes % 60)))"
    }

    /// `14:05:33`
    static func clock(_ wall: Int64, _ utcOffset: Int) -> String {
        let time = LocalTime(wall: wall, utcOffset: utcOffset)
        let second = Int(time.millisecondOfDay / 1_000)
        return "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    /// `14:05`
    static func short(_ wall: Int64, _ utcOffset: Int) -> String {
        String(clock(wall, utcOffset).prefix(5))
    }

    /// `90 s`, `12 min`, `5 h`, `3 d`: the same in all languages.
    static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
