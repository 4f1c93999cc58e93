// A text as what short messages carry: the alphabet is chosen, and a long text is cut into parts
// (3GPP TS 23.040, 9.2.3.24.1: concatenation with an 8-bit reference). An escape pair of GSM-7 and a
// surrogate pair of UTF-16 stay together. Pure.

package struct SMSText: Hashable, Sendable {
    /// How the characters of one message are written (TS 23.038).
    package enum Alphabet: Hashable, Sendable {
        case gsm7
        case ucs2
    }

    /// The units of one message: septets, or UTF-16 code units.
    package enum Part: Hashable, Sendable {
        case septets([UInt8])
        case units([UInt16])
    }

    package let alphabet: Alphabet
    /// One to `ModemLimits.mostParts`, in order.
    package let parts: [Part]
    /// The end of the text had no room in `ModemLimits.mostParts` parts and was cut off.
    package let isCut: Bool

    /// What fits into one message alone, and into one of several behind their header.
    private static let room = (alone: (septets: 160, units: 70), joined: (septets: 153, units: 67))

    package init(_ text: String) {
        if let septets = GSM7.septets(of: text) {
            alphabet = .gsm7
            let cut = Self.cut(
                septets, alone: Self.room.alone.septets, joined: Self.room.joined.septets,
                mark: [UInt8](repeating: 0x2E, count: 3),
                isPair: { first, _ in first == GSM7.escape })
            parts = cut.parts.map { .septets($0) }
            isCut = cut.isCut
        } else {
            alphabet = .ucs2
            let cut = Self.cut(
                Array(text.utf16), alone: Self.room.alone.units, joined: Self.room.joined.units,
                mark: [0x2026], isPair: { first, _ in UTF16.isLeadSurrogate(first) })
            parts = cut.parts.map { .units($0) }
            isCut = cut.isCut
        }
    }

    /// `isPair` says whether a unit and its follower belong together. `mark` ends a text that was
    /// too long.
    private static func cut<Unit>(
        _ all: [Unit], alone: Int, joined: Int, mark: [Unit], isPair: (Unit, Unit) -> Bool
    ) -> (parts: [[Unit]], isCut: Bool) {
        if all.count <= alone { return ([all], false) }
        var parts: [[Unit]] = []
        var start = 0
        while start < all.count {
            let isLast = parts.count == ModemLimits.mostParts - 1
            let mustEnd = isLast && all.count - start > joined
            var end = min(start + joined - (mustEnd ? mark.count : 0), all.count)
            // The unit before the border leads a pair unless it ends one itself: in GSM-7 the
            // second septet of a pair is never an escape, in UTF-16 never a lead.
            if end < all.count, isPair(all[end - 1], all[end]) { end -= 1 }
            parts.append(Array(all[start..<end]) + (mustEnd ? mark : []))
            if mustEnd { return (parts, true) }
            start = end
        }
        return (parts, false)
    }
}
