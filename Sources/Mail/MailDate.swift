// The date of a message as RFC 5322, 3.3 writes it, in UTC: `Mon, 23 Nov 2026 08:55:39 +0000`. Own
// arithmetic: strftime would take the names of days from the machine's language.

enum MailDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    /// 1900-01-01 and the last second of 9999: years have four digits, and none before 1900.
    private static let earliest: Int64 = -2_208_988_800
    private static let latest: Int64 = 253_402_300_799

    /// - Parameter wallMilliseconds: since 1970. A clock that is far off gives the nearest date that
    ///   can be written.
    static func text(_ wallMilliseconds: Int64) -> String {
        let whole = wallMilliseconds / 1000 - (wallMilliseconds % 1000 < 0 ? 1 : 0)
        let seconds = min(max(whole, earliest), latest)
        let second = Int((seconds % 86_400 + 86_400) % 86_400)
        let day = Int((seconds - Int64(second)) / 86_400)
        let date = civil(day)
        let weekday = ((day + 4) % 7 + 7) % 7
        let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "\(days[weekday]), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
    }

    /// The date of a day, counted from 1970-01-01, in the Gregorian calendar (Howard Hinnant's
    /// `civil_from_days`: eras of 400 years that begin on 1 March).
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * part + 2) / 5 + 1)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
