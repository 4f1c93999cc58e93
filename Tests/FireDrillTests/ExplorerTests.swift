// The exploration itself: planted mistakes that it must find, and the real rules in which it finds none.

import FireDrill
import FireLogic
import Testing

/// The explorer finds each planted mistake, by the shortest way. `make test` explores the real
/// rules completely, in a release build; here a part of them is enough.
@Suite struct ExplorerTests {
    private func broken<M: Mistake>(_ mistake: M.Type, in site: Exploration) -> Set<Promise> {
        var explorer = Explorer<WrongRules<M>>(site)
        let result = explorer.run(limit: 40_000)
        #expect(!result.path.isEmpty)
        return Set(result.violations.map(\.promise))
    }

    @Test("LATCH: closing on a detector's silence is found")
    func closesOnSilence() {
        #expect(broken(ClosesOnSilence.self, in: .keyAndRelease).contains(.latch))
    }

    @Test("LATCH: closing on a reset is found")
    func closesOnReset() {
        #expect(broken(ClosesOnReset.self, in: .keyAndRelease).contains(.latch))
    }

    @Test("LATCH: a start that forgets which valves are open is found")
    func forgetsAtStart() {
        #expect(broken(ForgetsAtStart.self, in: .keyAndRelease).contains(.latch))
    }

    @Test("QUIET: opening at a start is found")
    func opensAtStart() {
        #expect(broken(OpensAtStart.self, in: .coincidence).contains(.quiet))
    }

    @Test("KEY: isolating and closing on a broken wire is found")
    func closesOnBrokenWire() {
        #expect(broken(ClosesOnBrokenWire.self, in: .keyAlone).contains(.key))
    }

    @Test("KEY: closing on contacts that disagree is found")
    func closesOnDisagreement() {
        #expect(broken(ClosesOnDisagreement.self, in: .keyContacts).contains(.key))
    }

    @Test("KEY: a floor that is deaf while isolated is found")
    func deafWhileIsolated() {
        #expect(!broken(DeafWhileIsolated.self, in: .keyAndRelease).isEmpty)
    }

    @Test("Small spaces are visited to the end; one that is cut short says so", arguments: [0, 1])
    func isComplete(small: Int) {
        var whole = Explorer<SiteLogic>(Exploration.all[small])
        let result = whole.run()
        #expect(result.violations.isEmpty)
        #expect(result.isComplete)
        #expect(result.closings > 0)
        #expect(result.closings == result.closingsByKey)
        var cut = Explorer<SiteLogic>(Exploration.all[small])
        #expect(!cut.run(limit: result.states / 2).isComplete)
    }

    @Test("LIVE: a faulty detector shown as normal is found")
    func believesFaults() {
        #expect(broken(BelievesFaults.self, in: .coincidence).contains(.live))
    }

    @Test("LATCH: no path closes a valve but the key, as far as a short exploration sees")
    func onlyTheKeyCloses() {
        var explorer = Explorer<SiteLogic>(.keyAndRelease)
        let result = explorer.run(limit: 4_000)
        #expect(result.violations.isEmpty)
        #expect(result.closings > 0)
        #expect(result.closings == result.closingsByKey)
    }
}
