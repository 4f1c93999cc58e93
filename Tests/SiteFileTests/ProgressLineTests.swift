// The bar of a long command.

import Testing

@testable import standpipe

@Suite struct ProgressLineTests {
    @Test("The bar grows with the work and is gone at its end")
    func bar() {
        let half = ProgressLine.text(512, of: 1_024, "1 kB")
        #expect(half == "[###############...............] 50 % of 1 kB")
        #expect(ProgressLine.text(0, of: 3, "3").hasPrefix("[.............................."))
        #expect(ProgressLine.text(3, of: 3, "3").isEmpty)
        #expect(ProgressLine.text(4, of: 3, "3").isEmpty)
        #expect(ProgressLine.text(0, of: 0, "0").isEmpty)
        #expect(ProgressLine.text(-1, of: 3, "3").contains(" 0 %"))
    }
}
