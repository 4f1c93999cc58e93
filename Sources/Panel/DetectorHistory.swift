// What one detector was, over a day or a year: made of the events that people were told of, which the
// log keeps for years. Between them a detector is what the last one said.

/// The changes of one detector's state.
package struct DetectorHistory: Sendable {
    package enum Span: String, CaseIterable, Sendable {
        case day, year

        package var milliseconds: Int64 {
            switch self {
            case .day: 86_400_000
            case .year: 366 * 86_400_000
            }
        }
    }

    /// Changes of one answer; of more, the newest.
    package static let mostChanges = 2_000

    private let detector: UInt32
    private let floor: Int
    private let bus: String?
    private let from: Int64
    private let to: Int64
    private var changes: [(wall: Int64, mark: DetectorMark)] = []
    private var isFirst = true

    /// `bus`: its name, where the detector is on one. `from` and `to` are milliseconds since 1970.
    package init(detector: UInt32, floor: Int, bus: String?, from: Int64, to: Int64) {
        (self.detector, self.floor, self.bus, self.from, self.to) = (detector, floor, bus, from, to)
    }

    /// Takes one event in; they come in their order, those before `from` left out.
    package mutating func take(_ event: PanelEvent) {
        guard event.wall >= from, event.wall <= to, let next = mark(event) else { return }
        if isFirst, next == .normal {
            // It ended something that began before.
            changes.append((from, event.key.hasPrefix("operator.") ? .disabled : .silent))
        }
        isFirst = false
        if changes.last?.mark == next { return }
        changes.append((event.wall, next))
        if changes.count > 2 * Self.mostChanges { changes.removeFirst(Self.mostChanges) }
    }

    /// What the detector is from this event on; nil: the event is not about it.
    private func mark(_ event: PanelEvent) -> DetectorMark? {
        let last = event.key.split(separator: ".").last
        if event.key.hasPrefix("floor.\(floor).detector.\(detector).") {
            switch last {
            case "fire": return .alarm
            case "tested": return .tested
            case "back": return .normal
            case "fault":
                return ["device", "invalid", "line"].contains(event.fields?.cause)
                    ? .fault : .silent
            default: return nil
            }
        }
        if event.key == "floor.\(floor).reset" || event.key == "operator.reset" {
            return changes.last?.mark == .alarm ? .normal : nil
        }
        if let bus, event.key == "bus.\(bus).fault" { return .silent }
        if let bus, event.key == "bus.\(bus).back" { return .normal }
        guard event.key == "operator.disabled" || event.key == "operator.enabled",
            event.fields?.detector == detector
        else { return nil }
        return last == "disabled" ? .disabled : .normal
    }

    package var json: [UInt8] {
        var shown = changes
        if shown.first?.wall != from, shown.count < Self.mostChanges {
            shown.insert((from, .normal), at: 0)
        }
        return JsonBytes.object { json in
            json.field("from", from)
            json.field("to", to)
            json.list("changes", shown.suffix(Self.mostChanges)) { json, change in
                json.open("[")
                json.value(change.wall)
                json.value(change.mark.character)
                json.close("]")
            }
        }
    }
}
