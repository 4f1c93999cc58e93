// GPIO lines: how they are written, and that each is used once.
// The site that the changes apply to stands in Site.swift.

import Testing

@testable import SiteFile

@Suite struct LineReadingTests {
    @Test("A line is written CHIP/LINE")
    func malformed() {
        #expect(
            Site.findings([7: "  - {number: 1, valve: 17}"]) == [
                "site.yaml:7:24: \"17\" is not a line; write CHIP/LINE, for example io0/17"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/x}"]) == [
                "site.yaml:7:24: \"io/x\" is not a line; write CHIP/LINE, for example io0/17"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1/2}"]) == [
                "site.yaml:7:24: \"io/1/2\" is not a line; write CHIP/LINE, for example io0/17"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/-1}"]) == [
                "site.yaml:7:24: \"io/-1\" is not a line; write CHIP/LINE, for example io0/17"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1024}"]) == [
                "site.yaml:7:24: line 1024 is out of range; a chip has lines 0 to 1023"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: oi/1}"]) == [
                "site.yaml:7:24: unknown chip \"oi\"; write one of io"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: gpio7/1}"]) == [
                "site.yaml:7:24: unknown chip \"gpio7\"; write one of io"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1-2}"]) == [
                "site.yaml:7:24: \"io/1-2\" is 2 lines for 1 detector; write one line"
            ])
        #expect(
            Site.findings([2: "# no chips"]) == [
                "site.yaml:5:28: unknown chip \"io\"; declare it under \"chips\"",
                "site.yaml:7:24: unknown chip \"io\"; declare it under \"chips\"",
                "site.yaml:8:24: unknown chip \"io\"; declare it under \"chips\"",
                "site.yaml:11:43: unknown chip \"io\"; declare it under \"chips\"",
            ])
    }

    @Test("A line's options are checked")
    func options() {
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, source: {line: io/10, active: no, bias: up}}"
            ]) == [
                "site.yaml:11:65: \"active\" cannot be \"no\"; write one of high, low",
                "site.yaml:11:75: \"bias\" cannot be \"up\"; write one of as-is, disabled, "
                    + "pull-up, pull-down",
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: {line: io/10, bais: pull-up}}"
            ]) == [
                "site.yaml:11:57: unknown key \"bais\" in contact of detector 1; did you mean "
                    + "\"bias\"?"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: {line: io/1, bias: pull-up}}"]) == [
                "site.yaml:7:37: valve of floor 1 is an output and has no bias; remove \"bias\""
            ])
    }

    @Test("QUIET: two uses of one GPIO line are refused, naming the first")
    func twice() {
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/1}"]) == [
                "site.yaml:8:24: line io/1 is used twice: for valve of floor 2, and on line 7 "
                    + "for valve of floor 1; give each its own line"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/0}",
                13: "panel: {sounder: io/2}",
            ]) == [
                "site.yaml:11:43: line io/0 is used twice: for contact of detector 1, and on "
                    + "line 5 for off-contact of key \"main\"; give each its own line",
                "site.yaml:13:18: line io/2 is used twice: for sounder of the panel, and on "
                    + "line 8 for valve of floor 2; give each its own line",
            ])
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, source: {alarm: io/10, heartbeat: io/10}, "
                    + "period: 1s}"
            ]) == [
                "site.yaml:11:69: line io/10 is used twice: for heartbeat of detector 1, and "
                    + "on line 11 for alarm of detector 1; give each its own line"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: {line: io/1, feedback: io/1}}"]) == [
                "site.yaml:7:47: line io/1 is used twice: for feedback of floor 1, and on line "
                    + "7 for valve of floor 1; give each its own line"
            ])
        #expect(
            Site.findings([
                11: "  - {ids: 1-8, floor: 1, zone: hall, source: io/10-17}",
                12: "  - {ids: 12-19, floor: 2, source: io/14-21}",
            ]) == [
                "site.yaml:12:36: line io/14 (and 3 more) is used twice: for contact of "
                    + "detector 12, and on line 11 for contact of detector 5; give each its own line"
            ])
    }
}
