// The words behind the question mark of the panel's requests.

import HTTPFace
import Hummingbird
import Panel

struct PanelQuery {
    private var values: [String: String] = [:]

    /// - Throws: `HTTPFault` 400 for a name that is not among `names`, or is there twice.
    init(_ request: Request, _ names: [String]) throws(HTTPFault) {
        for (key, value) in request.uri.queryParameters {
            let name = String(key)
            guard names.contains(name) else {
                throw HTTPFault(
                    .badRequest,
                    "unknown \"\(name.prefix(64))\"; there are \(names.joined(separator: ", "))")
            }
            guard values.updateValue(String(value), forKey: name) == nil else {
                throw HTTPFault(.badRequest, "\"\(name)\" is there twice")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// - Throws: `HTTPFault` 400.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(HTTPFault) -> Int? {
        guard let value = values[name] else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw HTTPFault(
                .badRequest,
                "\"\(name)\" is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension EventFilter {
    /// - Throws: `HTTPFault` 400.
    init(_ query: PanelQuery) throws(HTTPFault) {
        self.init()
        let offsets = 0...Int(Int64.max)
        before = try query.number("before", offsets).map { Int64($0) }
        after = try query.number("after", -1...Int(Int64.max)).map { Int64($0) }
        limit = try query.number("limit", 1...Self.mostEvents) ?? limit
        floor = try query.number("floor", Int(Int16.min)...Int(Int16.max))
        detector = try query.number("detector", 0...Int(UInt32.max)).map { UInt32($0) }
        from = try query.number("from", offsets).map { Int64($0) }
        to = try query.number("to", offsets).map { Int64($0) }
        guard let words = query["kind"], !words.isEmpty else { return }
        var kinds: Set<PanelEvent.Kind> = []
        for word in words.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = PanelEvent.Kind(rawValue: String(word)) else {
                let all = PanelEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw HTTPFault(.badRequest, "\"kind\" is a list of \(all)")
            }
            kinds.insert(kind)
        }
        self.kinds = kinds
    }
}
