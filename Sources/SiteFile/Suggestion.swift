// "Did you mean …?": which known word a misspelt one was meant to be. The readers of this module
// call it for unknown keys, names and choices.

enum Suggestion {
    /// The known word nearest to `word`; nil when none is near. Near is one change in three
    /// letters, two at most: a letter more, less, other, or swapped with its neighbour. Words of one and
    /// two letters are all near to each other and only match in another case.
    static func nearest(to word: String, in known: [String]) -> String? {
        guard word.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let allowed = min(2, candidate.count / 3)
            let distance = distance(word.lowercased(), candidate.lowercased())
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    /// "did you mean X?", or else what there is, or else `none`.
    static func advice(
        for word: String, in known: [String], none: String = "there is none"
    ) -> String {
        if let nearest = nearest(to: word, in: known) { return "did you mean \(nearest.quoted)?" }
        if known.isEmpty { return none }
        let shown = known.prefix(12).map(\.shown).joined(separator: ", ")
        return "write one of \(shown)\(known.count > 12 ? ", …" : "")"
    }

    /// Changes between two words (Damerau and Levenshtein, neighbours swapped once).
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        if abs(a.count - b.count) > 2 { return 3 }
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                row.append(cost)
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
