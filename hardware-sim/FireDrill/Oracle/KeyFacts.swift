// What the contacts of one key switch have told, and what that means for a human who looks at it.
//
// The key is OFF when its off contact alone says so, clearly, and the contacts have not moved for
// the debounce time. Whatever else they say at rest is ON: a broken wire is never off. Between
// two rests the key stays what it was. From the start until the first rest it is UNSETTLED, at
// most as long as contacts may disagree; then it counts as on.
// It is FAULTY when the contacts have not come to rest in agreement for that long.

import FireLogic

package struct KeyFacts: Hashable, Sendable {
    package enum Position: UInt8, Hashable, Sendable { case unsettled, on, off }
    enum Turn: Hashable { case settledOn, settledOff, cameOn, wentOff }

    private(set) var position = Position.unsettled
    private(set) var isFaulty = false
    private var off = ContactLevel.unreadable
    private var on = ContactLevel.unreadable
    /// `never` at rest.
    private var movedAt: Instant
    /// `never` when at rest in agreement, or known to be faulty.
    private var uneasySince: Instant

    /// Off before the start, as far as anyone wrote down.
    private(set) var wasOff: Bool

    init(at now: Instant, wasOff: Bool = false) {
        self.wasOff = wasOff
        movedAt = now
        uneasySince = now
    }

    /// What the log says of this key.
    var isOffOnRecord: Bool { position == .unsettled ? wasOff : position == .off }

    mutating func tell(_ contact: KeyContact, _ level: ContactLevel, at now: Instant) {
        let before = (off, on)
        if contact == .off { off = level } else { on = level }
        guard before != (off, on) else { return }
        movedAt = now
        if uneasySince == .never && !isFaulty { uneasySince = now }
    }

    mutating func pass(to now: Instant, twoContacts: Bool, timing: Timing) -> Turn? {
        var turn: Turn?
        let isOff = off == .active && (!twoContacts || on == .inactive)
        let agree =
            twoContacts
            ? isOff || off == .inactive && on == .active
            : off != .unreadable
        if movedAt != .never && now >= movedAt + timing.keyDebounce {
            movedAt = .never
            turn = rest(isOff ? .off : .on)
            if agree {
                uneasySince = .never
                isFaulty = false
            }
        }
        if uneasySince != .never && now >= uneasySince + timing.keyDisagreement {
            uneasySince = .never
            isFaulty = true
            if position == .unsettled { turn = rest(.on) }
        }
        return turn
    }

    private mutating func rest(_ new: Position) -> Turn? {
        guard new != position else { return nil }
        defer {
            position = new
            wasOff = false
        }
        switch (position, new) {
        case (.unsettled, .off): return .settledOff
        case (.unsettled, _): return .settledOn
        case (_, .off): return .wentOff
        case (_, _): return .cameOn
        }
    }

    func moved(by span: Interval) -> KeyFacts {
        var copy = self
        copy.movedAt = movedAt.moved(by: span)
        copy.uneasySince = uneasySince.moved(by: span)
        return copy
    }
}
