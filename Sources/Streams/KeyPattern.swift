// A pattern over dotted keys, as the topic exchanges of AMQP have it (AMQP 0-9-1, section 3.1.3.3):
// streams choose records with it, and recipients choose what they are told.
//
//   floor.2.fire     this key alone
//   floor.*.fire     `*` is one word, whatever it is
//   floor.2.#        `#` is any number of words, none included: also floor.2
//
// A word is what stands between two dots; it may be empty. The empty key has no word.

/// Words with `*` and `#`, matched against the words of a key.
package struct KeyPattern: Hashable, Sendable {
    /// Bytes of a pattern at most.
    package static let longest = 255

    private enum Word: Hashable {
        case exactly([UInt8])
        /// `*`
        case one
        /// `#`
        case any
    }

    package let text: String
    private let words: [Word]

    /// nil: empty, longer than `longest` bytes, or `*` or `#` beside other characters in a word.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longest else { return nil }
        var words: [Word] = []
        for part in bytes.split(separator: Self.dot, omittingEmptySubsequences: false) {
            switch part {
            case [UInt8(ascii: "*")]: words.append(.one)
            case [UInt8(ascii: "#")]:
                // Two in a row say what one says.
                if words.last != .any { words.append(.any) }
            default:
                guard !part.contains(UInt8(ascii: "*")), !part.contains(UInt8(ascii: "#")) else {
                    return nil
                }
                words.append(.exactly(Array(part)))
            }
        }
        self.text = text
        self.words = words
    }

    private static let dot = UInt8(ascii: ".")

    package func matches(_ key: String) -> Bool {
        var key = key
        return key.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    /// Allocates nothing. The time goes at most by the words of the pattern times the bytes of the
    /// key: only the last `#` is ever tried anew.
    package func matches(_ key: UnsafeRawBufferPointer) -> Bool {
        var word = 0
        // Where the next word of the key begins; nil: there is none.
        var place: Int? = key.isEmpty ? nil : 0
        var again: (word: Int, place: Int)?
        while true {
            if word < words.count, case .any = words[word] {
                word += 1
                if word == words.count { return true }
                again = place.map { (word, $0) }
                continue
            }
            if let start = place, word < words.count {
                let end = Self.end(of: start, in: key)
                if Self.fits(words[word], key, start, end) {
                    word += 1
                    place = end < key.count ? end + 1 : nil
                    continue
                }
            } else if place == nil, word == words.count {
                return true
            }
            // The last `#` takes one word more.
            guard let last = again else { return false }
            let end = Self.end(of: last.place, in: key)
            // Nothing is left behind it, and the rest of the pattern wants a word.
            guard end < key.count else { return false }
            again = (last.word, end + 1)
            word = last.word
            place = end + 1
        }
    }

    private static func end(of start: Int, in key: UnsafeRawBufferPointer) -> Int {
        var end = start
        while end < key.count, key[end] != dot { end += 1 }
        return end
    }

    private static func fits(
        _ word: Word, _ key: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Bool {
        switch word {
        case .one, .any: return true
        case .exactly(let bytes):
            guard bytes.count == end - start else { return false }
            for (offset, byte) in bytes.enumerated() where key[start + offset] != byte {
                return false
            }
            return true
        }
    }
}
