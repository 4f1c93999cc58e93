// In which order requests about transactions are done: those about one id one after the other, others
// at the same time. Now and then nothing is to be under way, so that all can be written anew; what
// comes meanwhile is held.

struct TransactionWork {
    /// Is called when the work is done, once.
    typealias Done = () -> Void
    typealias Work = (@escaping Done) -> Void

    /// Ids of which something is under way, and what waits for it.
    private var busy: [String: [Work]] = [:]
    private var held: [(id: String, work: Work)] = []
    /// Records that were written since the last time that all was written anew, or read at the start.
    var records = 0
    /// Whether the topic of transactions is being made, and who waits for it.
    var waitingForTopic: [() -> Void] = []

    var isIdle: Bool { busy.isEmpty }

    /// Whether it is begun at once; otherwise it waits.
    mutating func begin(_ id: String, _ work: @escaping Work, isHeld: Bool) -> Bool {
        if busy[id] != nil {
            busy[id]?.append(work)
            return false
        }
        if isHeld, !isIdle {
            held.append((id, work))
            return false
        }
        busy[id] = []
        return true
    }

    /// What is to be done next for the id.
    mutating func next(_ id: String) -> Work? {
        guard var waiting = busy[id], !waiting.isEmpty else {
            busy[id] = nil
            return nil
        }
        let work = waiting.removeFirst()
        busy[id] = waiting
        return work
    }

    /// What was held, once nothing is under way.
    mutating func release() -> [(id: String, work: Work)] {
        guard isIdle else { return [] }
        defer { held = [] }
        return held
    }
}
