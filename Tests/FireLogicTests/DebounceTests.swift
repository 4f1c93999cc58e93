// A push button or call point: when a level counts.

import FireLogic
import Testing

@Suite struct DebounceTests {
    private let levels: [ContactLevel] = [.inactive, .active, .unreadable]

    @Test("QUIET: a level counts after it has held still for the debounce time, once")
    func table() {
        for start in levels {
            for next in levels {
                var contact = Debounce(start)
                contact.read(next, at: .zero, debounce: .milliseconds(20))
                #expect(contact.advance(to: .zero + .milliseconds(19)) == nil)
                #expect(contact.level == start)
                let counted = contact.advance(to: .zero + .milliseconds(20))
                #expect(counted == (start == next ? nil : next))
                #expect(contact.level == next)
                #expect(contact.deadline == .never)
                #expect(contact.advance(to: .zero + .seconds(9)) == nil)
            }
        }
    }

    @Test("QUIET: a level that goes back in time never counted")
    func back() {
        var contact = Debounce(.inactive)
        contact.read(.active, at: .zero, debounce: .milliseconds(20))
        contact.read(.inactive, at: .zero + .milliseconds(19), debounce: .milliseconds(20))
        #expect(contact.deadline == .never)
        #expect(contact.advance(to: .zero + .seconds(1)) == nil)
    }

    @Test("RELEASE: reading the same level again does not start the debounce time anew")
    func repeated() {
        var contact = Debounce(.inactive)
        for time in 0..<20 {
            contact.read(.active, at: .zero + .milliseconds(time), debounce: .milliseconds(20))
        }
        #expect(contact.advance(to: .zero + .milliseconds(20)) == .active)
    }
}
