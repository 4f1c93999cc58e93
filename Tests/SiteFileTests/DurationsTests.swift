// Times as a site file writes them.

import FireLogic
import Testing

@testable import SiteFile

@Suite struct DurationsTests {
    @Test("Whole numbers with a unit are times")
    func times() {
        for (text, interval) in [
            ("500ms", Interval.milliseconds(500)), ("10s", .seconds(10)), ("2min", .seconds(120)),
            ("0s", .zero), ("10 s", .seconds(10)), ("007s", .seconds(7)),
            ("99999999min", .minutes(99_999_999)),
        ] {
            #expect(Interval(siteText: text) == interval)
        }
    }

    @Test("Anything else is none")
    func others() {
        for text in [
            "", "s", "10", "10S", "10sec", "1.5s", "-1s", "+1s", "1s1s", "1 0s", "9999999999s",
            "１s",
            "0x10s", "10s ", "∞s",
        ] {
            #expect(Interval(siteText: text) == nil)
        }
    }

    @Test("A time is written back as it is read")
    func text() {
        for text in ["500ms", "1500ms", "10s", "0s"] {
            #expect(Interval(siteText: text)?.siteText == text)
        }
    }
}
