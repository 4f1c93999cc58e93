// One event as the panel lists it: a record of topic `notifications` with its number and time, and
// what is asked for when events are filtered. The controller writes the record's value
// (ControlLoop/Notice+Message.swift); it is handed on as it stands.

package import EventLog
import FoundationEssentials

/// A record of `notifications`.
package struct PanelEvent: Sendable {
    /// What a filter can ask for.
    package enum Kind: String, CaseIterable, Sendable {
        case fire, fault, isolation, test, `operator`, system
    }

    /// Its number: the record's offset.
    package let number: Int64
    /// Milliseconds since 1970.
    package let wall: Int64
    package let key: String
    private let value: [UInt8]

    /// nil: the record is none.
    package init?(_ record: LogRecord) {
        guard let key = record.key.flatMap({ String(validating: $0, as: UTF8.self) }),
            let value = record.value, value.first == UInt8(ascii: "{"),
            value.last == UInt8(ascii: "}")
        else { return nil }
        number = record.offset
        wall = record.timestamp
        self.key = key
        self.value = value
    }

    /// `{"n":…,"wall":…,"key":…,` and the fields of the value.
    package var json: [UInt8] {
        let head = JsonBytes.object { json in
            json.field("n", number)
            json.field("wall", wall)
            json.field("key", key)
        }
        return value.count > 2
            ? head.dropLast() + [UInt8(ascii: ",")] + value.dropFirst() : head
    }

    /// The same in a report, with how long it lasted in all; nil: it is not over.
    package func json(seconds: Int64?) -> [UInt8] {
        let fields = fields
        return JsonBytes.object { json in
            json.field("n", number)
            json.field("wall", wall)
            json.field("key", key)
            json.field("event", fields?.event)
            json.field("text", fields?.text)
            json.field("floor", fields?.floor)
            json.field("floorName", fields?.floorName)
            json.field("detector", fields?.detector)
            json.field("detectorName", fields?.detectorName)
            json.field("zone", fields?.zone)
            json.field("bus", fields?.bus)
            json.field("busName", fields?.busName)
            json.field("cause", fields?.cause)
            json.field("fault", fields?.fault)
            json.field("who", fields?.who)
            json.field("forSeconds", fields?.forSeconds)
            json.field("seconds", seconds)
        }
    }

    package var kind: Kind {
        let words = key.split(separator: ".")
        switch words.last {
        case "fire", "pending", "withdrawn", "withheld", "open", "closed", "confirmed", "pressed",
            "released":
            return .fire
        case "isolated", "in-service": return .isolation
        case "tested", "walk-test-started", "walk-test-ended": return .test
        case "reset": return .operator
        default: break
        }
        if words.first == "operator" { return .operator }
        if words.first == "system", !["fault", "back"].contains(words.last) { return .system }
        return .fault
    }

    /// What of the value is looked at.
    package struct Fields: Decodable, Sendable {
        package var event: String?
        package var text: String?
        package var episode: String?
        package var phase: String?
        package var cause: String?
        package var who: String?
        package var floor: Int?
        package var detector: UInt32?
        package var since: Int64?
        package var seconds: Int64?
        package var forSeconds: Int64?
        package var detectors: [UInt32]?
        package var missing: [UInt32]?
        package var count: Int?
        package var missingCount: Int?
        package var floorName: String?
        package var detectorName: String?
        package var zone: String?
        package var bus: Int?
        package var busName: String?
        package var fault: String?
    }

    /// nil: the value is not what the controller writes.
    package var fields: Fields? { try? JSONDecoder().decode(Fields.self, from: Data(value)) }

    /// Whether a person has to acknowledge it: the beginning of something bad.
    package var asksForAcknowledgement: Bool {
        switch kind {
        case .fire, .fault, .isolation: break
        case .test, .operator, .system: return false
        }
        guard let fields else { return false }
        return fields.phase == "begin" || fields.phase == "single" && fields.event == "fire"
    }
}
