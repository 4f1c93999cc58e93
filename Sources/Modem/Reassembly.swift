// Joins the parts of incoming texts. Bounded: so many open texts of so many parts, for so long; what
// stays incomplete is given out with a mark where parts are missing, because half an answer may
// still hold the word that counts. Time is an argument.

/// A text that came in.
package struct IncomingText: Hashable, Sendable {
    /// `+34600112233`, `600112233` or a name.
    package var from: String
    package var text: String
    /// The service centre's stamp of the first part; nil when it had none.
    package var wallMilliseconds: Int64?

    package init(from: String, text: String, wallMilliseconds: Int64?) {
        (self.from, self.text, self.wallMilliseconds) = (from, text, wallMilliseconds)
    }
}

struct Reassembly {
    private struct Key: Hashable {
        var from: String
        var reference: UInt16
        var isWide: Bool
        var total: UInt8
    }

    private struct Open {
        var key: Key
        var parts: [UInt8: IncomingPart.Payload]
        var wallMilliseconds: Int64?
        var began: ContinuousClock.Instant
    }

    /// In the order in which they began.
    private var open: [Open] = []

    /// Texts of which parts are missing.
    var count: Int { open.count }

    /// Takes a part; gives back what is whole now, and what had to make room.
    mutating func add(_ part: IncomingPart, at now: ContinuousClock.Instant) -> [IncomingText] {
        guard let place = part.place, place.total <= ModemLimits.incomingParts else {
            return [
                IncomingText(
                    from: part.from, text: IncomingPart.text(of: [part.payload]),
                    wallMilliseconds: part.wallMilliseconds)
            ]
        }
        let key = Key(
            from: part.from, reference: place.reference, isWide: place.isWide, total: place.total)
        var index = open.firstIndex { $0.key == key }
        var done: [IncomingText] = []
        // The same part with other words: the reference came round, this is another text.
        if let old = index, let before = open[old].parts[place.number], before != part.payload {
            done.append(Self.text(open.remove(at: old)))
            index = nil
        }
        if index == nil, open.count == ModemLimits.openTexts {
            done.append(Self.text(open.removeFirst()))
        }
        let at = index ?? open.count
        if index == nil { open.append(Open(key: key, parts: [:], began: now)) }
        open[at].parts[place.number] = part.payload
        if place.number == 1 || open[at].wallMilliseconds == nil {
            open[at].wallMilliseconds = part.wallMilliseconds
        }
        if open[at].parts.count == Int(place.total) { done.append(Self.text(open.remove(at: at))) }
        return done
    }

    /// Gives back what has waited for its other parts for too long.
    mutating func expire(at now: ContinuousClock.Instant) -> [IncomingText] {
        let isOver = { (text: Open) in now - text.began >= ModemLimits.openTextTime }
        let over = open.filter(isOver)
        open.removeAll(where: isOver)
        return over.map(Self.text)
    }

    private static func text(_ open: Open) -> IncomingText {
        let missing = IncomingPart.Payload.units([0x2026])
        let payloads = (1...open.key.total).map { open.parts[$0] ?? missing }
        return IncomingText(
            from: open.key.from, text: IncomingPart.text(of: payloads),
            wallMilliseconds: open.wallMilliseconds)
    }
}
