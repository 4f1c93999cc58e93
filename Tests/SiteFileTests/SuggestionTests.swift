// "Did you mean": near is near, and everything else is a list of what there is.

import Testing

@testable import SiteFile

@Suite struct SuggestionTests {
    private let keys = ["id", "name", "floor", "period", "limit", "debounce"]

    @Test("A slip of the finger finds its word")
    func near() {
        for (word, meant) in [
            ("perod", "period"), ("preiod", "period"), ("Period", "period"), ("flor", "floor"),
            ("debuonce", "debounce"), ("nam", "name"), ("limits", "limit"), ("ID", "id"),
        ] {
            #expect(Suggestion.nearest(to: word, in: keys) == meant)
        }
    }

    @Test("What is far from every word finds none")
    func far() {
        for word in ["colour", "", "x", "ic", "periodical", String(repeating: "name", count: 99)] {
            #expect(Suggestion.nearest(to: word, in: keys) == nil)
        }
    }

    @Test("Numbers of floors are not taken for each other")
    func numbers() {
        #expect(Suggestion.advice(for: "3", in: ["1", "2"]) == "write one of 1, 2")
    }

    @Test("A long list is cut short, an empty one says what to do")
    func lists() {
        let many = (1...20).map { "n\($0)" }
        #expect(
            Suggestion.advice(for: "other", in: many)
                == "write one of n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, …")
        #expect(Suggestion.advice(for: "x", in: [], none: "declare one") == "declare one")
    }

    @Test("What a user wrote is shown short and without control characters")
    func shown() {
        #expect("a\u{1B}[2J\n".quoted == "\"a?[2J?\"")
        #expect(String(repeating: "x", count: 100).shown.count == 61)
    }
}
