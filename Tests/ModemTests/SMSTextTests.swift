// Texts cut into messages: the alphabet, the borders, the pairs that stay together.

import Modem
import TestSupport
import Testing

@Suite struct SMSTextTests {
    /// Units of each part.
    private func counts(_ text: SMSText) -> [Int] {
        text.parts.map { part in
            switch part {
            case .septets(let septets): septets.count
            case .units(let units): units.count
            }
        }
    }

    private func times(_ count: Int, _ text: String) -> String {
        String(repeating: text, count: count)
    }

    @Test("The alphabet and the parts of a text")
    func table() {
        let rows: [(String, SMSText.Alphabet, [Int])] = [
            ("", .gsm7, [0]), ("Fire", .gsm7, [4]), ("€", .gsm7, [2]), ("á", .ucs2, [1]),
            (times(160, "a"), .gsm7, [160]), (times(161, "a"), .gsm7, [153, 8]),
            (times(306, "a"), .gsm7, [153, 153]), (times(307, "a"), .gsm7, [153, 153, 1]),
            (times(80, "€"), .gsm7, [160]), (times(81, "€"), .gsm7, [152, 10]),
            (times(152, "a") + times(10, "€"), .gsm7, [152, 20]),
            (times(151, "a") + times(10, "€"), .gsm7, [153, 18]),
            (times(70, "á"), .ucs2, [70]), (times(71, "á"), .ucs2, [67, 4]),
            (times(35, "🔥"), .ucs2, [70]), (times(36, "🔥"), .ucs2, [66, 6]),
            (times(66, "á") + times(5, "🔥"), .ucs2, [66, 10]),
            (times(65, "á") + times(5, "🔥"), .ucs2, [67, 8]),
        ]
        for (text, alphabet, parts) in rows {
            let cut = SMSText(text)
            #expect(cut.alphabet == alphabet && counts(cut) == parts && !cut.isCut, "\(text)")
        }
    }

    @Test("BOUNDED: ten parts at most; a longer text ends with a mark")
    func longest() {
        #expect(!SMSText(times(1_530, "a")).isCut)
        let plain = SMSText(times(1_531, "a"))
        #expect(plain.isCut && counts(plain) == times(10, "a").map { _ in 153 })
        guard case .septets(let last)? = plain.parts.last else { return #expect(Bool(false)) }
        #expect(GSM7.text(of: last) == times(150, "a") + "...")
        #expect(!SMSText(times(670, "á")).isCut)
        let wide = SMSText(times(671, "á"))
        #expect(wide.isCut && counts(wide) == times(10, "a").map { _ in 67 })
        guard case .units(let end)? = wide.parts.last else { return #expect(Bool(false)) }
        #expect(String(decoding: end, as: UTF16.self) == times(66, "á") + "…")
    }

    @Test("TOLD: no text loses a character, no pair is cut, no part is too long")
    func random() {
        var (numbers, seed) = SeededNumbers.printed("cut texts")
        let plain = Array("ab €[]{}\\~|^\n")
        let wide = Array("á🔥👩‍👩‍👧‍👦b€")
        for _ in 0..<3_000 {
            let isWide = Bool.random(using: &numbers)
            let length = Int.random(in: 0...(isWide ? 300 : 900), using: &numbers)
            let text = String(
                (0..<length).map { _ in
                    (isWide ? wide : plain).randomElement(using: &numbers) ?? "a"
                })
            let cut = SMSText(text)
            if cut.isCut { continue }
            var back = ""
            for part in cut.parts {
                switch part {
                case .septets(let septets):
                    #expect(septets.count <= (cut.parts.count == 1 ? 160 : 153), "seed \(seed)")
                    #expect(septets.last != GSM7.escape, "seed \(seed)")
                    back += GSM7.text(of: septets)
                case .units(let units):
                    #expect(units.count <= (cut.parts.count == 1 ? 70 : 67), "seed \(seed)")
                    // Decoded part by part: a pair cut in two would not come back.
                    back.unicodeScalars += String(decoding: units, as: UTF16.self).unicodeScalars
                }
            }
            #expect(back == text, "seed \(seed)")
        }
    }
}
