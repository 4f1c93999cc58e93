// Events that are not fire, gathered until the next digest goes out. Gathered by what they are of: a
// detector that comes and goes all the time takes as much room as one that went once.

struct Gathering {
    /// What happened to one thing.
    private struct Subject {
        /// The first few events.
        var items: [Item]
        /// The last one of more.
        var last: Item?
        var begins = 0
        var ends = 0
    }

    private var subjects: [String: Subject] = [:]
    private var order: [String] = []
    /// Events of things beyond the limit, by their word.
    private var beyond: [String: Int] = [:]
    /// When the first one came, by the boot clock.
    private(set) var since: Int64?
    /// The last one in the log.
    private(set) var source: Int64 = 0

    var isEmpty: Bool { since == nil }

    mutating func add(_ item: Item, _ time: NotifyTime) {
        if since == nil { since = time.boot }
        source = max(source, item.offset)
        let name = item.subject
        guard subjects[name] != nil || order.count < NotifyLimits.subjects else {
            beyond[Self.word(item), default: 0] += 1
            return
        }
        if subjects[name] == nil { order.append(name) }
        var subject = subjects[name] ?? Subject(items: [])
        if item.fields?.phase == "begin" { subject.begins += 1 }
        if item.isEnd { subject.ends += 1 }
        if subject.items.count < 2 * NotifyLimits.chatter {
            subject.items.append(item)
        } else {
            subject.last = item
        }
        subjects[name] = subject
    }

    private static func word(_ item: Item) -> String {
        String((item.fields?.event ?? "event").prefix(32))
    }

    /// What one recipient is told, in the order in which it came; nil: nothing.
    func content(
        _ limit: Int, _ wants: (String) -> Bool
    ) -> (items: [Item], more: [String: Int])? {
        var items: [Item] = []
        for name in order {
            guard let subject = subjects[name] else { continue }
            for item in Self.told(subject) where wants(item.key) { items.append(item) }
        }
        // What could not be kept cannot be asked for its key: who is told anything is told of it.
        guard !items.isEmpty else { return nil }
        return Self.cut(items, beyond, limit)
    }

    private static func told(_ subject: Subject) -> [Item] {
        guard subject.last != nil || min(subject.begins, subject.ends) >= NotifyLimits.chatter,
            var item = subject.last ?? subject.items.last
        else { return subject.items }
        item.times = max(subject.begins, 1)
        return [item]
    }

    /// As many as fit; the others are counted.
    static func cut(
        _ items: [Item], _ more: [String: Int], _ limit: Int
    ) -> (items: [Item], more: [String: Int]) {
        var kept: [Item] = []
        var more = more
        var bytes = 0
        for item in items {
            var slim = item
            if items.count > 1 { slim.trim() }
            bytes += slim.size
            if kept.count < limit, bytes < NotifyLimits.digestBytes || kept.isEmpty {
                kept.append(slim)
            } else {
                more[word(item), default: 0] += 1
            }
        }
        if more.count > 16 { more = ["event": more.values.reduce(0, +)] }
        return (kept, more)
    }
}

extension Item {
    /// Leaves what a line of a digest needs.
    mutating func trim() {
        let isKnown = EventKind(self) != .other
        raw = raw.map { $0.cut(160) }
        guard var slim = fields else { return }
        slim.site = nil
        slim.episode = nil
        slim.since = nil
        if isKnown { slim.text = nil }
        slim.detectors = slim.detectors.map { Array($0.prefix(8)) }
        slim.missing = slim.missing.map { Array($0.prefix(8)) }
        fields = slim
    }
}
