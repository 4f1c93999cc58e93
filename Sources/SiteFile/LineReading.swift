// GPIO lines: `io0/17`, or `{line: io0/17, active: low, bias: pull-up}`; in an entry for many
// detectors `io0/0-15`. Keeps who uses which line, so that two uses of one are an error.

import FireLogic

struct LineUse {
    var chip: Int
    var offset: Int
    /// For messages: `valve of floor 2`.
    var user: String
    var place: Place
}

extension SiteReader {
    static let lineKeys = ["line", "active", "bias"]

    enum LineDirection { case input, output }

    /// One line, taken for `user`.
    mutating func line(
        _ value: YamlValue, for user: String, _ direction: LineDirection
    ) -> GpioLine? {
        lines(value, count: 1, for: { _ in user }, direction)?.first
    }

    /// `value[key]` as a line; nil when the key is not there.
    mutating func optionalLine(
        _ key: String, of fields: Fields, for user: String, _ direction: LineDirection
    ) -> GpioLine? {
        guard let value = fields[key] else { return nil }
        return line(value, for: user, direction)
    }

    /// `count` lines of one chip that follow each other; the user of each is `user(index)`.
    mutating func lines(
        _ value: YamlValue, count: Int, for user: (Int) -> String, _ direction: LineDirection
    ) -> [GpioLine]? {
        guard case .mapping = value.content else {
            return lines(
                value, count: count, for: user, activeLow: false, bias: .asIs)
        }
        guard let fields = fields(value, user(0), known: Self.lineKeys) else { return nil }
        return lines(fields, count: count, for: user, direction)
    }

    /// The same from the keys `line`, `active` and `bias` of a mapping that may have others.
    mutating func lines(
        _ fields: Fields, count: Int, for user: (Int) -> String, _ direction: LineDirection
    ) -> [GpioLine]? {
        var activeLow = false
        if let value = fields["active"] {
            activeLow = choice(value, "\"active\"", ["high", "low"]) == "low"
        }
        var bias = GpioLine.Bias.asIs
        if let value = fields["bias"] {
            if direction == .output {
                error(
                    fields.keyPlace("bias"),
                    "\(user(0)) is an output and has no bias; remove \"bias\"")
            }
            switch choice(value, "\"bias\"", ["as-is", "disabled", "pull-up", "pull-down"]) {
            case "disabled": bias = .disabled
            case "pull-up": bias = .pullUp
            case "pull-down": bias = .pullDown
            case _: bias = .asIs
            }
        }
        guard
            let value = required(
                "line", of: fields, or: "write \"line: CHIP/LINE\", for example io0/17")
        else { return nil }
        return lines(value, count: count, for: user, activeLow: activeLow, bias: bias)
    }

    private mutating func lines(
        _ value: YamlValue, count: Int, for user: (Int) -> String, activeLow: Bool,
        bias: GpioLine.Bias
    ) -> [GpioLine]? {
        guard let text = scalar(value, user(0)) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let range = NumberRange(parts[1]) else {
            error(
                value.place,
                "\(text.quoted) is not a line; write CHIP/LINE, for example io0/17")
            return nil
        }
        let chip = position(
            of: String(parts[0]), "chip", in: chips, under: "chips", at: value.place)
        if let chip { usedChips.insert(chip) }
        guard range.last < Limits.linesPerChip else {
            error(
                value.place,
                "line \(range.last) is out of range; a chip has lines 0 to "
                    + "\(Limits.linesPerChip - 1)")
            return nil
        }
        guard range.count == count else {
            error(
                value.place,
                "\(text.quoted) is \(Plural.of(range.count, "line")) for "
                    + "\(Plural.of(count, "detector")); write "
                    + (count == 1 ? "one line" : "as many lines as there are ids"))
            return nil
        }
        guard let chip else { return nil }
        return (0..<count).map { index in
            let offset = range.first + index
            lineUses.append(
                LineUse(chip: chip, offset: offset, user: user(index), place: value.place))
            return GpioLine(chip: chip, offset: offset, activeLow: activeLow, bias: bias)
        }
    }

    /// Reports every use of a line after the first, in the order of the file.
    mutating func checkLines() {
        var first: [Int: LineUse] = [:]
        var doubled: [(use: LineUse, first: LineUse)] = []
        // Stable, so that of one entry's lines the first stays the first.
        let sorted = lineUses.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        for (_, use) in sorted {
            let index = use.chip * Limits.linesPerChip + use.offset
            if let other = first[index] {
                doubled.append((use, other))
            } else {
                first[index] = use
            }
        }
        var index = 0
        while index < doubled.count {
            let (use, first) = doubled[index]
            let more = doubled[index...].prefix {
                $0.use.place == use.place && $0.first.place == first.place
            }.count
            let others = more > 1 ? " (and \(more - 1) more)" : ""
            error(
                use.place,
                "line \(chips.entries[use.chip].name)/\(use.offset)\(others) is used twice: for "
                    + "\(use.user), and on line \(first.place.line) for \(first.user); "
                    + "give each its own line")
            index += more
        }
    }
}

/// `7` or `0-15`: numbers that follow each other, 0 to 9,999,999,999.
struct NumberRange {
    var first: Int
    var last: Int
    var count: Int { last - first + 1 }

    static let zero = NumberRange(first: 0, last: 0)

    private init(first: Int, last: Int) {
        self.first = first
        self.last = last
    }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, let head = parts.first, let tail = parts.last,
            let first = Self.number(head), let last = Self.number(tail), first <= last
        else { return nil }
        self.first = first
        self.last = last
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard (1...10).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}

enum Plural {
    /// `1 line`, `2 lines`.
    static func of(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }
}
