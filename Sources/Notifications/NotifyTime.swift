// Time as this module is told it. What waits, waits by the boot clock; the wall clock is for stamps in
// texts and for the hours of recipients, and may jump as it likes.

/// A moment.
package struct NotifyTime: Hashable, Sendable {
    /// CLOCK_BOOTTIME in milliseconds: goes on through suspend, never back, begins anew with a boot.
    package var boot: Int64
    /// Milliseconds since 1970.
    package var wall: Int64
    /// What the board's local time is ahead of UTC, in seconds.
    package var utcOffset: Int

    package init(boot: Int64, wall: Int64, utcOffset: Int = 0) {
        self.boot = boot
        self.wall = wall
        self.utcOffset = utcOffset
    }

    package var local: LocalTime { LocalTime(wall: wall, utcOffset: utcOffset) }
}

/// A day and a time of the day, where the board stands.
package struct LocalTime: Hashable, Sendable {
    /// Days since 1970-01-01.
    package var day: Int64
    package var millisecondOfDay: Int64

    package init(wall: Int64, utcOffset: Int) {
        let time = wall.addingReportingOverflow(Int64(utcOffset) &* 1_000).partialValue
        let (quotient, rest) = time.quotientAndRemainder(dividingBy: 86_400_000)
        day = rest < 0 ? quotient - 1 : quotient
        millisecondOfDay = rest < 0 ? rest + 86_400_000 : rest
    }

    package var minuteOfDay: Int { Int(millisecondOfDay / 60_000) }

    /// 0 is Monday.
    package var weekday: Int { Self.weekday(of: day) }

    static func weekday(of day: Int64) -> Int {
        // 1970-01-01 was a Thursday.
        let rest = Int((day % 7 + 3) % 7)
        return rest < 0 ? rest + 7 : rest
    }

    /// Year, month and day of the month (days_from_civil of Howard Hinnant, the other way).
    package var date: (year: Int64, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), Int(month),
            Int(dayOfYear - (153 * part + 2) / 5 + 1)
        )
    }
}
