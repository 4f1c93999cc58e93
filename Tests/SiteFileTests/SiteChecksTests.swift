// What can only be said of the whole file.
// The site that the changes apply to stands in Site.swift.

import Testing

@testable import SiteFile

@Suite struct SiteChecksTests {
    @Test("A coincidence that its members cannot reach is refused")
    func coincidence() {
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1, release: {coincidence: 1}}"]) == [
                "site.yaml:7:53: a coincidence of 1 is none; write 2 or more, or \"release: "
                    + "first\""
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1, release: {coincidence: -5}}"]) == [
                "site.yaml:7:53: a coincidence of -5 is none; write 2 or more, or \"release: "
                    + "first\""
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1, release: {coincidence: 2}}"]) == [
                "site.yaml:7:39: floor 1 waits for 2 detectors to agree, but has 1; lower the "
                    + "coincidence or add detectors"
            ])
        #expect(
            Site.findings([
                7: "  - {number: 1, valve: io/1, release: {coincidence: 2, in: zone}}"
            ]) == [
                "site.yaml:7:39: floor 1 waits for 2 detectors of a zone to agree, but zone "
                    + "\"hall\" has 1; lower the coincidence or add detectors"
            ])
        #expect(
            Site.findings([
                8: "  - {number: 2, valve: io/2, release: {coincidence: 2, in: zone}}"
            ]) == [
                "site.yaml:12:5: detector 2 has no zone, but floor 2 releases by zones; write "
                    + "\"zone: NAME\""
            ])
        #expect(
            Site.findings([
                8: "  - {number: 2, valve: io/2, release: {coincidence: 2, in: zone}}",
                12: "",
            ]) == [
                "site.yaml:8:39: floor 2 waits for 2 detectors of a zone to agree, but has no "
                    + "detectors; add detectors or write \"release: first\""
            ])
    }

    @Test("A coincidence is not blamed for a detector that is wrong itself")
    func notBlamed() {
        #expect(
            Site.findings([
                7: "  - {number: 1, valve: io/1, release: {coincidence: 2}}",
                12: "  - {id: 2, floor: 11, source: network, period: 1s}",
            ]) == [
                "site.yaml:12:20: unknown floor \"11\"; write one of 1, 2"
            ])
    }

    @Test("LIVE: a poll plan that the bus cannot carry is refused")
    func load() {
        #expect(
            Site.findings([
                4: "  east: {rtu: /dev/ttyE, baud: 1200}",
                12:
                    "  - {ids: 2-11, floor: 2, source: {bus: east, unit: 1-10, input: 0}, period: "
                    + "200ms}",
            ]) == [
                "site.yaml:4:3: bus \"east\" cannot carry its polls: they need 963 % of its "
                    + "time; lengthen periods, raise the baud rate or move detectors to another bus"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {ids: 2-9, floor: 2, source: {bus: east, unit: 1-8, input: 0}, period: "
                    + "100ms}"
            ]) == [
                "site.yaml:4:3: warning: bus \"east\" spends 97 % of its time on polls, which "
                    + "leaves little for slow or dead slaves; lengthen periods, raise the baud rate "
                    + "or move detectors to another bus"
            ])
        #expect(
            Site.findings([
                4: "  east: {tcp: 192.0.2.1}",
                12:
                    "  - {ids: 2-11, floor: 2, source: {bus: east, unit: 1-10, input: 0}, period: "
                    + "100ms}",
            ]) == [])
    }

    @Test("Things that nothing uses are warnings")
    func unused() {
        #expect(
            Site.findings([
                2: "chips: {io: /dev/gpiochip0, spare: /dev/gpiochip1}",
                4: "  east: {rtu: /dev/ttyE, baud: 19200}\n  west: {tcp: 192.0.2.1}",
                5: "keys: {main: {off-contact: io/0}, lab: {off-contact: io/5}}",
                7: "  - {number: 1, valve: io/1, key: main}",
                8: "  - {number: 2, valve: io/2, key: main}",
                9: "zones: {hall: {floor: 1}, attic: {floor: 2}}",
            ]) == [
                "site.yaml:2:29: warning: chip \"spare\" is not used; remove it, or look for "
                    + "what should use it",
                "site.yaml:5:3: warning: bus \"west\" is not used; remove it, or look for what "
                    + "should use it",
                "site.yaml:6:35: warning: key \"lab\" is not used; remove it, or look for what "
                    + "should use it",
                "site.yaml:10:27: warning: zone \"attic\" is not used; remove it, or look for "
                    + "what should use it",
            ])
    }

    @Test("A floor that nothing can release is a warning")
    func unreleasable() {
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 1, source: {bus: east, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:8:14: warning: floor 2 has no detectors and no manual release: "
                    + "nothing can open its valve; add one of them"
            ])
        #expect(
            Site.findings([
                8: "  - {number: 2, valve: io/2, manual-release: io/3}",
                12: "  - {id: 2, floor: 1, source: {bus: east, unit: 3, input: 4}}",
            ]) == [])
    }

    /// `count` entries, each made of its number, in one line.
    private func many(_ count: Int, _ entry: (Int) -> String) -> String {
        (0..<count).map(entry).joined(separator: ", ")
    }

    @Test("BOUNDED: too many of anything is refused")
    func tooMany() {
        let cases: [([Int: String], String)] = [
            (
                [2: "chips: {io: /dev/gpiochip0, \(many(32) { "c\($0): /dev/c\($0)" })}"],
                "2:8: too many chips: 33; a site has at most 32"
            ),
            (
                [
                    3: "buses: {east: {rtu: /dev/e}, \(many(32) { "b\($0): {tcp: \"::1\"}" })}",
                    4: "",
                ],
                "3:8: too many buses: 33; a site has at most 32"
            ),
            (
                [
                    5: "keys: {main: {off-contact: io/0}, "
                        + "\(many(256) { "k\($0): {off-contact: io/\($0 + 20)}" })}",
                    7: "  - {number: 1, valve: io/1, key: main}",
                    8: "  - {number: 2, valve: io/2, key: main}",
                ], "5:7: too many keys: 257; a site has at most 256"
            ),
            (
                [
                    6: "floors: [\(many(257) { "{number: \($0), valve: io/\($0 + 20)}" })]", 7: "",
                    8: "",
                ], "6:9: too many floors: 257; a site has at most 256"
            ),
            (
                [9: "zones: {hall: {floor: 1}, \(many(1_024) { "z\($0): {floor: 1}" })}"],
                "9:8: too many zones: 1025; a site has at most 1024"
            ),
            (
                [13: "  - {ids: 3-1027, floor: 2, source: network, period: 1s}"],
                "8:14: too many detectors on floor 2: 1026; a floor has at most 1024"
            ),
            (
                [13: "  - {ids: 3-16385, floor: 2, source: network, period: 1s}"],
                "13:5: too many detectors; a site has at most 16384"
            ),
            (
                [13: "  - {ids: 3-4294967295, floor: 2, source: network, period: 1s}"],
                "13:5: too many detectors; a site has at most 16384"
            ),
        ]
        for (changes, message) in cases {
            let errors = SiteFile.check(Site.text(changes)).findings.filter {
                $0.severity == .error
            }
            #expect(errors.map { $0.text(path: "site.yaml") } == ["site.yaml:\(message)"])
        }
    }

    @Test("Several mistakes of every part come at once, and no plan with them")
    func atOnce() {
        let check = SiteFile.check(Site.text([4: "  east: {rtu: /dev/ttyE, baud: 1}", 8: "  - 8"]))
        #expect(check.errors == 2 && check.plan == nil && check.loads.isEmpty)
    }
}
