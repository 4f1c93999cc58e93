// The one table that the benchmark prints: what, how much, the goal, and what stands beside it.

import CLinux
import Glibc

struct Row {
    enum Verdict: String {
        case ok, missed
        /// A figure without a goal.
        case none = ""
        /// Could not be measured.
        case failed = "NOT MEASURED"
    }

    var name: String
    var value: String
    var unit: String
    var goal = ""
    /// A physical limit, or a peer measured in the same run.
    var beside = ""
    var verdict = Verdict.none
}

struct Table {
    private(set) var rows: [Row] = []

    mutating func add(
        _ name: String, _ value: Double, _ unit: String, digits: Int = 0, goal: String = "",
        beside: String = "", isOk: Bool? = nil
    ) {
        rows.append(
            Row(
                name: name, value: Self.text(value, digits), unit: unit, goal: goal,
                beside: beside, verdict: isOk.map { $0 ? .ok : .missed } ?? .none))
    }

    mutating func add(failed name: String, _ reason: String) {
        rows.append(Row(name: name, value: "-", unit: "", beside: reason, verdict: .failed))
    }

    mutating func add(_ row: Row) { rows.append(row) }

    var isComplete: Bool { !rows.contains { $0.verdict == .failed } }

    static func text(_ value: Double, _ digits: Int = 0) -> String {
        guard value.isFinite else { return "-" }
        let scale = Double((0..<digits).reduce(1) { product, _ in product * 10 })
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = scaled / Int64(scale)
        var digitsOfWhole = String(whole)
        var place = digitsOfWhole.count - 3
        while place > 0 {
            digitsOfWhole.insert(
                ",", at: digitsOfWhole.index(digitsOfWhole.startIndex, offsetBy: place))
            place -= 3
        }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + digitsOfWhole }
        let rest = String(scaled % Int64(scale))
        return sign + digitsOfWhole + "."
            + String(repeating: "0", count: digits - rest.count) + rest
    }

    func print() {
        let heads = Row(
            name: "what", value: "value", unit: "unit", goal: "goal",
            beside: "limit or peer, same run")
        let all = [heads] + rows
        func width(_ cell: (Row) -> String) -> Int { all.map { cell($0).count }.max() ?? 0 }
        let widths: [Int] = [
            width(\.name), width(\.value), width(\.unit), width(\.goal), width(\.beside),
        ]
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        for (place, row) in all.enumerated() {
            let value = String(repeating: " ", count: widths[1] - row.value.count) + row.value
            let verdict = place == 0 ? "" : row.verdict.rawValue
            let cells = [
                pad(row.name, widths[0]), value, pad(row.unit, widths[2]),
                pad(row.goal, widths[3]), pad(row.beside, widths[4]), verdict,
            ]
            Swift.print(cells.joined(separator: "  "))
            if place == 0 {
                Swift.print(String(repeating: "-", count: widths.reduce(22, +)))
            }
        }
    }
}
