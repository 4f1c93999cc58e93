// The small parts of a site file: types, unknown and missing keys, names.
// The site that the changes apply to stands in Site.swift.

import Testing

@testable import SiteFile

@Suite struct FieldsTests {
    @Test("A wrong type says what belongs there")
    func wrongTypes() {
        #expect(
            Site.findings("just text\n") == [
                "site.yaml:1:1: a site file must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings("- a\n- b\n") == [
                "site.yaml:1:1: a site file must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings([6: "floors: none", 7: "", 8: ""]) == [
                "site.yaml:6:9: \"floors\" must be a list; begin each entry with \"- \" or "
                    + "write [a, b]"
            ])
        #expect(
            Site.findings([3: "buses:\n  - a", 4: ""]) == [
                "site.yaml:4:3: \"buses\" must be a mapping; write \"NAME: …\" for each"
            ])
        #expect(
            Site.findings([7: "  - 1"]) == [
                "site.yaml:7:5: a floor must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings([11: "  - one"]) == [
                "site.yaml:11:5: a detector must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings([1: "site: [a]"]) == [
                "site.yaml:1:7: the site's name must be a single value, not a list or a mapping"
            ])
        #expect(
            Site.findings([5: "keys: {main: io/0}"]) == [
                "site.yaml:5:14: key \"main\" must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings([9: "zones: {hall: 1}"]) == [
                "site.yaml:9:15: zone \"hall\" must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings([13: "remote: silence"]) == [
                "site.yaml:13:9: \"remote\" must be a list; begin each entry with \"- \" or "
                    + "write [a, b]"
            ])
        #expect(
            Site.findings([13: "panel: io/5"]) == [
                "site.yaml:13:8: the panel must be a mapping; write \"key: value\" pairs"
            ])
        #expect(
            Site.findings([12: "  - {id: 2, floor: 2, source: [network]}"]) == [
                "site.yaml:12:31: the source of detector 2 must be a single value or a "
                    + "mapping, not a list"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: [2], source: {bus: {a: b}, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:12:20: floor must be a single value, not a list or a mapping",
                "site.yaml:12:39: bus must be a single value, not a list or a mapping",
            ])
    }

    @Test("An unknown key is reported with the key that may have been meant")
    func unknownKeys() {
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, perod: 1s, colour: red}"
            ]) == [
                "site.yaml:11:50: unknown key \"perod\" in a detector; did you mean \"period\"?",
                "site.yaml:11:61: unknown key \"colour\" in a detector; write one of id, ids, "
                    + "name, floor, zone, kind, source, period, limit, debounce",
            ])
        #expect(
            Site.findings([13: "remotes: [reset]"]) == [
                "site.yaml:13:1: unknown key \"remotes\" in a site file; did you mean \"remote\"?"
            ])
        #expect(
            Site.findings([7: "  - {nubmer: 1, valve: io/1}"]) == [
                "site.yaml:7:6: unknown key \"nubmer\" in a floor; did you mean \"number\"?"
            ])
        #expect(
            Site.findings([8: "  - {number: 2, vlave: io/2}"]) == [
                "site.yaml:8:17: unknown key \"vlave\" in a floor; did you mean \"valve\"?"
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, boud: 19200}"]) == [
                "site.yaml:4:26: unknown key \"boud\" in bus \"east\"; did you mean \"baud\"?"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {buss: east, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:12:32: unknown key \"buss\" in the source of detector 2; did you "
                    + "mean \"bus\"?"
            ])
        #expect(
            Site.findings([
                2: "chips: {io: /dev/gpiochip0}\npanel: {fire-lam: io/5, Sounder: io/6}"
            ]) == [
                "site.yaml:3:9: unknown key \"fire-lam\" in the panel; did you mean "
                    + "\"fire-lamp\"?",
                "site.yaml:3:25: unknown key \"Sounder\" in the panel; did you mean \"sounder\"?",
            ])
    }

    @Test("A missing key says what to write")
    func missing() {
        #expect(
            Site.findings([1: "# no name"]) == [
                "site.yaml:2:1: a site file has no site; write \"site: NAME\" at the top"
            ])
        #expect(
            Site.findings([1: "site:"]) == [
                "site.yaml:1:6: a site file has no site; write \"site: NAME\" at the top"
            ])
        #expect(
            Site.findings([6: "# none", 7: "", 8: "", 9: "", 11: "", 12: ""]) == [
                "site.yaml:1:1: a site file has no floors; write at least one, a site without "
                    + "floors has no valve"
            ])
        #expect(
            Site.findings([6: "floors: []", 7: "", 8: "", 9: "", 11: "", 12: ""]) == [
                "site.yaml:6:9: \"floors\" is empty; write at least one, a site without floors "
                    + "has no valve"
            ])
        #expect(
            Site.findings([11: "  - {floor: 1, source: network, period: 1s}"]) == [
                "site.yaml:11:5: this detector has no id; write \"id: NUMBER\", unique in the "
                    + "site"
            ])
        #expect(
            Site.findings([11: "  - {id: 1, source: network, period: 1s}"]) == [
                "site.yaml:11:5: detector 1 has no floor; write \"floor: NUMBER\", the floor "
                    + "whose valve it opens"
            ])
        #expect(
            Site.findings([11: "  - {id: 1, floor: 1, zone: hall}"]) == [
                "site.yaml:11:5: detector 1 has no source; write \"source: network\", "
                    + "\"source: CHIP/LINE\" or a Modbus point"
            ])
    }

    @Test("Names are short and printable")
    func names() {
        #expect(
            Site.findings([
                1: "site: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
            ]) == [
                "site.yaml:1:7: the site's name is 65 bytes long; write 1 to 64"
            ])
        #expect(
            Site.findings([1: "site: \"a\\eb\""]) == [
                "site.yaml:1:7: the site's name holds a control character; remove it"
            ])
        #expect(
            Site.findings([9: "zones: {\"a b\": {floor: 1}}"]) == [
                "site.yaml:9:9: \"a b\" is no name; write 1 to 64 letters, digits, \"-\" or \"_\"",
                "site.yaml:11:29: unknown zone \"hall\"; write one of a b",
            ])
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, name: ééééééééééééééééééééééééééééééééé, floor: 1, zone: hall, "
                    + "source: io/10}"
            ]) == [
                "site.yaml:11:19: the name of detector 1 is 66 bytes long; write 1 to 64"
            ])
    }

    @Test("All mistakes come at once, sorted by line")
    func several() {
        #expect(
            Site.findings([
                1: "sites: Test",
                4: "  east: {rtu: /dev/ttyE, baud: 19201}",
                8: "  - {number: 1, valve: io/2}",
                11: "  - {id: 1, floor: 3, zone: hall, source: io/10}",
                12: "  - {id: 2, floor: 2, source: {bus: est, unit: 3, input: 4}, period: 1}",
            ]) == [
                "site.yaml:1:1: unknown key \"sites\" in a site file; did you mean \"site\"?",
                "site.yaml:4:32: the baud rate of bus \"east\" cannot be \"19201\"; did you "
                    + "mean \"19200\"?",
                "site.yaml:8:14: floor 1 is given twice, first on line 7; give each floor its "
                    + "own number",
                "site.yaml:11:20: unknown floor \"3\"; write one of 1",
                "site.yaml:12:20: unknown floor \"2\"; write one of 1",
                "site.yaml:12:37: unknown bus \"est\"; did you mean \"east\"?",
                "site.yaml:12:70: period \"1\" has no unit; write for example 1s or 1ms",
            ])
    }

    @Test("Findings stand in the order of the file, whatever the order of its parts")
    func anyOrder() {
        #expect(
            Site.findings([
                1: "remote: [all]\nsites: x", 12: "  - {id: 1, floor: 2, source: network}",
            ]) == [
                "site.yaml:1:10: a remote right cannot be \"all\"; write one of silence, reset, "
                    + "disable, walk-test",
                "site.yaml:2:1: unknown key \"sites\" in a site file; did you mean \"site\"?",
                "site.yaml:13:5: detector 1 has no period; write how often it sends: "
                    + "1s, 5s or 10s",
                "site.yaml:13:10: detector 1 is given twice, first on line 12; "
                    + "give each detector its own id",
            ])
    }
}
