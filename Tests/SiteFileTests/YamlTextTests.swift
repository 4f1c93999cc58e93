// What is not YAML, or more YAML than a site file may have.
// The site that the changes apply to stands in Site.swift.

import Testing

@testable import SiteFile

@Suite struct YamlTextTests {
    @Test("A syntax error is named with its place")
    func syntax() {
        #expect(
            Site.findings([7: "  - {number: 1, valve: io/1"]) == [
                "site.yaml:8:5: this is not YAML: while parsing a flow mapping, did not find "
                    + "expected ',' or '}'; look for a wrong indentation, a tab, a bracket or a "
                    + "quote here or just above"
            ])
        #expect(
            Site.findings([8: "   - number: [2"]) == [
                "site.yaml:8:4: this is not YAML: while parsing a block collection, did not "
                    + "find expected '-' indicator; look for a wrong indentation, a tab, a bracket "
                    + "or a quote here or just above"
            ])
        #expect(
            Site.findings([1: "site: \"Test"]) == [
                "site.yaml:13:1: this is not YAML: while scanning a quoted scalar, found "
                    + "unexpected end of stream; look for a wrong indentation, a tab, a bracket or a "
                    + "quote here or just above"
            ])
        #expect(
            Site.findings([1: "\tsite: Test"]) == [
                "site.yaml:1:1: this is not YAML: while scanning for the next token, found "
                    + "character that cannot start any token; look for a wrong indentation, a tab, a "
                    + "bracket or a quote here or just above"
            ])
        #expect(
            Site.findings([2: "chips: {io: *nothing}"]) == [
                "site.yaml:2:13: this is not YAML: found undefined alias; put text that starts "
                    + "with * or & in quotes"
            ])
    }

    @Test("An empty file, or one with comments only, says where to begin")
    func empty() {
        #expect(
            Site.findings("") == [
                "site.yaml:1:1: the file is empty; start from an example in deploy/examples"
            ])
        #expect(
            Site.findings("# nothing\n") == [
                "site.yaml:1:1: the file is empty; start from an example in deploy/examples"
            ])
    }

    @Test("A second document is refused")
    func documents() {
        #expect(
            Site.findings([13: "---\nsite: Other"]) == [
                "site.yaml:13:1: a second document starts here; a site file is one document"
            ])
    }

    @Test("Keys that stand twice are all reported, with the first place")
    func duplicateKeys() {
        #expect(
            Site.findings([
                7: "  - {number: 1, valve: io/1, number: 3, \"valve\": io/4}",
                13: "site: Other",
            ]) == [
                "site.yaml:7:30: key \"number\" is given twice, first on line 7; remove one of "
                    + "them",
                "site.yaml:7:41: key \"valve\" is given twice, first on line 7; remove one of "
                    + "them",
                "site.yaml:13:1: key \"site\" is given twice, first on line 1; remove one of them",
            ])
        #expect(
            Site.findings([13: "\"site\": a\n'site': b"]) == [
                "site.yaml:13:1: key \"site\" is given twice, first on line 1; remove one of them",
                "site.yaml:14:1: key \"site\" is given twice, first on line 1; remove one of them",
            ])
    }

    @Test("Anchors and aliases are refused")
    func anchors() {
        #expect(
            Site.findings([2: "chips: &all {io: /dev/gpiochip0}", 9: "zones: *all"]) == [
                "site.yaml:2:8: anchor \"&all\": a site file has no anchors and aliases; write "
                    + "the value out where it is needed"
            ])
    }

    @Test("A key must be a word")
    func complexKey() {
        #expect(
            Site.findings([13: "? [a, b]\n: c"]) == [
                "site.yaml:13:3: a key must be a word; \"{…}\" and \"[…]\" need a key before them"
            ])
    }

    @Test("Control characters are refused where they stand")
    func bytes() {
        #expect(
            Site.findings([1: "site: a\u{1}b"]) == [
                "site.yaml:1:8: this is not text: control characters are not allowed; save the "
                    + "file as UTF-8 and remove the character"
            ])
        #expect(
            Site.findings([3: "buses: # x\u{0}"]) == [
                "site.yaml:3:11: this is not text: control characters are not allowed; save "
                    + "the file as UTF-8 and remove the character"
            ])
    }

    @Test("BOUNDED: nesting without end is refused")
    func deep() {
        func nested(_ depth: Int) -> String {
            "panel: " + String(repeating: "{fire-lamp: ", count: depth)
                + String(repeating: "}", count: depth)
        }
        for depth in [20, 500] {
            #expect(
                Site.findings([13: nested(depth)]).contains {
                    $0.hasSuffix(": nested too deep; a site file has at most 16 levels")
                })
        }
        for opening in ["[", "{a: ", "- ", "? "] {
            let text = String(repeating: opening, count: 100_000)
            #expect(!Site.findings([13: "panel: " + text]).isEmpty)
        }
    }

    @Test("BOUNDED: a few aliases do not blow a file up")
    func laughs() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...40 {
            text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        #expect(
            Site.findings(text) == [
                "site.yaml:6:10: too many words that start with \"*\"; YAML may take them for "
                    + "aliases, which a site file does not have"
            ])
    }

    @Test("Stars in comments are no aliases")
    func comments() {
        let comment = "# *one* *two* *three* *four* *five* *six* *seven* *eight* *nine* *ten*"
        #expect(Site.findings([13: comment]) == [])
    }

    @Test("What is not UTF-8 is named by its line")
    func encoding() {
        var bytes = Array(Site.text().utf8)
        bytes[15] = 0xFF
        #expect(
            SiteFile.check(bytes).findings.map { $0.text(path: "site.yaml") } == [
                "site.yaml:2:1: this is not UTF-8; save the file as UTF-8"
            ])
    }

    @Test("The mark that some editors put before UTF-8 is no part of the site")
    func byteOrderMark() throws {
        #expect(SiteFile.check("\u{FEFF}" + Site.text()).plan == (try Site.plan()))
    }

    @Test("Windows line ends are as good as others")
    func lineEnds() throws {
        let text = Site.lines.joined(separator: "\r\n")
        #expect(SiteFile.check(text).plan == (try Site.plan()))
        #expect(
            Site.findings(text.replacing("number: 2", with: "number: 1")).first
                == "site.yaml:8:14: floor 1 is given twice, first on line 7; "
                + "give each floor its own number")
    }

    @Test("Keys that stand twice are reported beside a syntax error behind them")
    func duplicateKeysBeforeSyntaxError() {
        #expect(
            Site.findings([
                7: "  - {number: 1, valve: io/1, number: 3}", 12: "  - {id: 2, floor: 2",
            ]) == [
                "site.yaml:7:6: key \"number\" is given twice in this mapping; remove one of them",
                "site.yaml:13:1: this is not YAML: while parsing a flow mapping, did not find "
                    + "expected ',' or '}'; look for a wrong indentation, a tab, a bracket or "
                    + "a quote here or just above",
            ])
    }

    @Test("BOUNDED: more doubled keys than are worth a reading each are cut short")
    func manyDuplicateKeys() {
        let lines = (0..<100).map { "  - {number: \($0), valve: io/1, valve: io/2}" }
        let findings = Site.findings([7: lines.joined(separator: "\n"), 8: ""])
        #expect(findings.count == 21)
        #expect(
            findings.last
                == "site.yaml:27:18: key \"valve\" is given twice in this mapping; "
                + "remove one of them")
    }
}
