// Holds back who tries passwords: after some wrong ones a name is locked for the address that they came
// from, and the address for all names; each wrong one after that doubles the time. Others at other
// addresses log in meanwhile, and nobody needs to log in for the key, the buttons and the manual release.

/// Names and addresses from which wrong passwords came. Times are milliseconds of a steady clock.
package struct LockOut: Sendable {
    /// Wrong passwords that are free.
    package static let freeOfName = 5
    package static let freeOfAddress = 50
    package static let shortest: Int64 = 30_000
    package static let longest: Int64 = 900_000
    /// After so long without a wrong one everything is forgotten.
    package static let memory: Int64 = 3_600_000
    package static let mostEntries = 4_096

    private struct Entry {
        var wrong = 0
        var until: Int64 = 0
        var last: Int64
    }

    private struct Key: Hashable {
        var address: String
        /// nil: all names.
        var name: String?
    }

    private var entries: [Key: Entry] = [:]

    package init() {}

    /// Milliseconds for which this name may not try from there; 0: it may.
    package func left(_ name: String, _ address: String, at now: Int64) -> Int64 {
        [Key(address: address, name: name), Key(address: address, name: nil)]
            .map { max(0, (entries[$0]?.until ?? 0) - now) }.max() ?? 0
    }

    /// A wrong password.
    package mutating func failed(_ name: String, _ address: String, at now: Int64) {
        note(Key(address: address, name: name), Self.freeOfName, now)
        note(Key(address: address, name: nil), Self.freeOfAddress, now)
    }

    /// The try that was just counted as wrong was right: the name's wrong ones are forgotten, and of
    /// the address this one.
    package mutating func succeeded(_ name: String, _ address: String) {
        entries[Key(address: address, name: name)] = nil
        let key = Key(address: address, name: nil)
        guard var entry = entries[key] else { return }
        entry.wrong = max(0, entry.wrong - 1)
        if entry.wrong < Self.freeOfAddress { entry.until = 0 }
        entries[key] = entry
    }

    private mutating func note(_ key: Key, _ free: Int, _ now: Int64) {
        if entries[key] == nil, entries.count >= Self.mostEntries {
            entries = entries.filter { now - $0.value.last < Self.memory }
            // A quarter at a time: who makes names up is not to cost a search for each.
            if entries.count >= Self.mostEntries {
                let oldest = entries.sorted { $0.value.last < $1.value.last }
                for entry in oldest.prefix(Self.mostEntries / 4) { entries[entry.key] = nil }
            }
        }
        var entry = entries[key] ?? Entry(last: now)
        if now - entry.last >= Self.memory { entry = Entry(last: now) }
        entry.last = now
        entry.wrong = min(entry.wrong + 1, free + 16)
        if entry.wrong >= free {
            let span = Self.shortest << Int64(min(entry.wrong - free, 5))
            entry.until = now + min(span, Self.longest)
        }
        entries[key] = entry
    }
}
