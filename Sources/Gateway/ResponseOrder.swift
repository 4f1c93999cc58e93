// Responses leave a connection in the order in which its requests came, as Kafka's clients expect,
// though they are ready in any order.

/// The requests of one connection that have not been answered.
struct ResponseOrder<Response> {
    private enum Slot {
        case waiting
        case ready(Response)
        /// The request wants no response.
        case silent
    }

    private var slots: [Slot] = []
    /// The number of the first slot.
    private var first = 0

    /// Requests that wait, the answered ones behind an unanswered one included.
    var count: Int { slots.count }

    /// A place for the next request's response.
    mutating func reserve() -> Int {
        slots.append(.waiting)
        return first + slots.count - 1
    }

    /// Fills a place (nil: without a response) and hands out all responses that may go now.
    mutating func fill(_ place: Int, _ response: Response?) -> [Response] {
        if place == first, slots.count == 1 {
            // Nearly always: one request at a time.
            slots.removeAll(keepingCapacity: true)
            first += 1
            return response.map { [$0] } ?? []
        }
        slots[place - first] = response.map { .ready($0) } ?? .silent
        var gone = 0
        var out: [Response] = []
        loop: for slot in slots {
            switch slot {
            case .waiting: break loop
            case .ready(let response): out.append(response)
            case .silent: break
            }
            gone += 1
        }
        slots.removeFirst(gone)
        first += gone
        return out
    }
}
