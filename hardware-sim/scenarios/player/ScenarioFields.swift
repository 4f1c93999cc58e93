// Reads single values of a scenario: words, numbers, times, and names that must exist in the site.
// Every refusal says where, what and what to do.

import FireLogic
import Yams

/// The fields of one mapping, each to be taken once; `finish` refuses what is left.
struct ScenarioFields {
    private let node: Node
    private let name: String
    private let pairs: [(key: Node, value: Node)]
    private let known: [String]

    init(_ node: Node, of name: String, known: [String]) throws(ScenarioError) {
        guard let mapping = node.mapping else {
            throw ScenarioError(
                node, "\(name) needs fields: {\(known.map { "\($0): …" }.joined(separator: ", "))}."
            )
        }
        self.node = node
        self.name = name
        self.known = known
        pairs = mapping.map { ($0.key, $0.value) }
        for pair in pairs {
            let word = pair.key.string ?? ""
            guard known.contains(word) else {
                throw ScenarioError.unknown("field of \(name)", word, in: known, at: pair.key)
            }
        }
    }

    func optional(_ field: String) -> Node? {
        pairs.first { $0.key.string == field }?.value
    }

    func required(_ field: String) throws(ScenarioError) -> Node {
        guard let value = optional(field) else {
            throw ScenarioError(node, "\(name) has no '\(field)'. Add \(field): …")
        }
        return value
    }
}

extension Node {
    func text(_ what: String) throws(ScenarioError) -> String {
        guard let text = string, !text.isEmpty else {
            throw ScenarioError(self, "\(what) must be a word or a text.")
        }
        return text
    }

    func number(_ what: String, _ range: ClosedRange<Int>) throws(ScenarioError) -> Int {
        guard let text = string, let number = Int(text), range.contains(number) else {
            throw ScenarioError(
                self,
                "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// One of the words of an enumeration.
    func choice<Word: RawRepresentable & CaseIterable>(
        _ what: String, _ type: Word.Type
    ) throws(ScenarioError) -> Word where Word.RawValue == String {
        let word = try text(what)
        guard let value = Word(rawValue: word) else {
            throw ScenarioError.unknown(
                what, word, in: Word.allCases.map(\.rawValue), at: self)
        }
        return value
    }

    /// One of two words; true for the first.
    func either(_ what: String, _ yes: String, _ no: String) throws(ScenarioError) -> Bool {
        let word = try text(what)
        guard word == yes || word == no else {
            throw ScenarioError.unknown(what, word, in: [yes, no], at: self)
        }
        return word == yes
    }

    /// `500ms`, `2s`, `1.5s` or `1m`, at most 10 minutes.
    func time(_ what: String) throws(ScenarioError) -> Interval {
        let text = string ?? ""
        let units: [(String, Double)] = [("ms", 1e6), ("s", 1e9), ("m", 60e9)]
        for (unit, scale) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number >= 0,
                number * scale <= 600e9
            else { break }
            return Interval(nanoseconds: Int64(number * scale))
        }
        throw ScenarioError(self, "\(what) must be a time such as 2s, 500ms or 1.5s, up to 10m.")
    }

    func floor(_ plan: SitePlan) throws(ScenarioError) -> Int {
        let number = try number("floor", Int(Int16.min)...Int(Int16.max))
        guard let position = plan.floors.firstIndex(where: { Int($0.id.rawValue) == number })
        else {
            let known = plan.floors.map { "\($0.id.rawValue)" }.prefix(12).joined(separator: ", ")
            throw ScenarioError(self, "the site has no floor \(number). It has: \(known).")
        }
        return position
    }

    func detector(_ plan: SitePlan) throws(ScenarioError) -> Int {
        let number = try number("detector", 0...Int(UInt32.max))
        guard let position = plan.detectors.firstIndex(where: { Int($0.id.rawValue) == number })
        else {
            let known = plan.detectors.map { "\($0.id.rawValue)" }.prefix(12)
            throw ScenarioError(
                self,
                "the site has no detector \(number). It has: \(known.joined(separator: ", "))"
                    + (plan.detectors.count > 12 ? " and more." : "."))
        }
        return position
    }

    func bus(_ plan: SitePlan) throws(ScenarioError) -> Int {
        let name = try text("bus")
        guard let position = plan.buses.firstIndex(where: { $0.name == name }) else {
            throw ScenarioError.unknown("bus", name, in: plan.buses.map(\.name), at: self)
        }
        return position
    }

    /// The node as a person would write it in one line.
    var words: String {
        if let mapping {
            return mapping.map { "\($0.key.words) \($0.value.words)" }.joined(separator: ", ")
        }
        if let sequence { return sequence.map(\.words).joined(separator: ", ") }
        return string ?? ""
    }
}
