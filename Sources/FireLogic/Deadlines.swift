// Which detector has something to do next: a binary heap with one entry a detector, found by
// position, so that it never grows (promise BOUNDED). Entries may be earlier than the detector's
// true deadline, never later: a signal that pushes a deadline out costs nothing here, the entry
// is corrected when it comes up.

package struct Deadlines: Sendable {
    private var times: [Instant]
    /// Heap of detector positions, ordered by `times`.
    private var heap: [Int32]
    /// Where each detector stands in `heap`.
    private var places: [Int32]

    package init(count: Int, at first: Instant) {
        times = Array(repeating: first, count: count)
        heap = (0..<Int32(count)).map { $0 }
        places = heap
    }

    package var next: Instant { heap.isEmpty ? .never : times[Int(heap[0])] }
    package var nextIndex: Int? { heap.isEmpty ? nil : Int(heap[0]) }

    /// Makes sure that `index` comes up no later than `time`.
    package mutating func bringForward(_ index: Int, to time: Instant) {
        guard time < times[index] else { return }
        times[index] = time
        rise(Int(places[index]))
    }

    /// Sets the time of the entry that is up now.
    package mutating func correctFirst(to time: Instant) {
        times[Int(heap[0])] = time
        sink(0)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard times[Int(heap[place])] < times[Int(heap[parent])] else { return }
            exchange(place, parent)
            place = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in (2 * place + 1)...(2 * place + 2)
            where child < heap.count && times[Int(heap[child])] < times[Int(heap[least])] {
                least = child
            }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        places[Int(heap[a])] = Int32(a)
        places[Int(heap[b])] = Int32(b)
    }
}
