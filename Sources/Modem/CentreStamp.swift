// A service centre's time stamp (3GPP TS 23.040, 9.2.3.11): seven octets of swapped decimal digits,
// the last one quarters of an hour from Greenwich. For people's eyes only; no timer sees it.

enum CentreStamp {
    /// Milliseconds since 1970, or nil when the octets are no time. Years are of 2000 to 2099.
    static func read(_ octets: ArraySlice<UInt8>) -> Int64? {
        guard octets.count == 7 else { return nil }
        let bytes = Array(octets)
        /// Two decimal digits; the sign bit of the zone is not one of them.
        func number(_ byte: UInt8) -> Int? {
            let (tens, ones) = (Int(byte & 0xF), Int(byte >> 4))
            return tens < 10 && ones < 10 ? tens * 10 + ones : nil
        }
        guard let year = number(bytes[0]), let month = number(bytes[1]),
            let day = number(bytes[2]), let hour = number(bytes[3]), let minute = number(bytes[4]),
            let second = number(bytes[5]), let quarters = number(bytes[6] & ~0x08),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = daysSince1970(year: 2_000 + year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        let offset = quarters * 900
        return Int64(seconds - (bytes[6] & 0x08 == 0 ? offset : -offset)) * 1_000
    }

    /// Of the Gregorian calendar; March is the first month of a year, so that leap days end one.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
