// What happens next in a simulated life: events in the order of their times, of equal times in the
// order in which they were put in.

struct EventQueue<Event> {
    private var heap: [(time: Int64, number: Int, event: Event)] = []
    private var count = 0

    mutating func put(_ event: Event, at time: Int64) {
        heap.append((time, count, event))
        count += 1
        var place = heap.count - 1
        while place > 0, isBefore(place, (place - 1) / 2) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func take() -> (time: Int64, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.time, first.event) }
        heap[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && isBefore(child, least) { least = child }
            if least == place { break }
            heap.swapAt(place, least)
            place = least
        }
        return (first.time, first.event)
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        (heap[a].time, heap[a].number) < (heap[b].time, heap[b].number)
    }
}
