// Floors and zones: every mistake has its message.
// The site that the changes apply to stands in Site.swift.

import FireLogic
import Testing

@testable import SiteFile

@Suite struct FloorReadingTests {
    @Test("A floor without a valve is refused")
    func noValve() {
        #expect(
            Site.findings([7: "  - {number: 1}"]) == [
                "site.yaml:7:5: floor 1 has no valve; write \"valve: CHIP/LINE\", the output "
                    + "that opens it"
            ])
        #expect(
            Site.findings([7: "  - {number: 1, valve: {feedback: io/5}}"]) == [
                "site.yaml:7:24: valve of floor 1 has no line; write \"line: CHIP/LINE\", for "
                    + "example io0/17"
            ])
    }

    @Test("Two floors with one number are refused, naming the first place")
    func twice() {
        #expect(
            Site.findings([
                8: "  - {number: 1, valve: io/2}",
                12: "  - {id: 2, floor: 1, source: network, period: 1s}",
            ]) == [
                "site.yaml:8:14: floor 1 is given twice, first on line 7; give each floor its "
                    + "own number"
            ])
    }

    @Test("A floor's number")
    func numbers() {
        #expect(
            Site.findings([7: "  - {number: ground, valve: io/1}"]) == [
                "site.yaml:7:14: a floor's number \"ground\" is not a whole number; write "
                    + "-32768 to 32767"
            ])
        #expect(
            Site.findings([7: "  - {number: 40000, valve: io/1}"]) == [
                "site.yaml:7:14: a floor's number 40000 is out of range; write -32768 to 32767"
            ])
    }

    @Test("A floor's key must exist")
    func key() {
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, key: man}"]) == [
                "site.yaml:8:35: unknown key switch \"man\"; did you mean \"main\"?"
            ])
        #expect(
            Site.findings([
                5: "keys: {a: {off-contact: io/0}, b: {off-contact: io/3}}",
                7: "  - {number: 1, valve: io/1, key: a}",
                8: "  - {number: 2, valve: io/2}",
            ]) == [
                "site.yaml:8:5: floor 2 has no key; write \"key: NAME\" with one of a, b"
            ])
        #expect(
            Site.findings([5: "# no keys"]) == [
                "site.yaml:7:5: floor 1 has no key; declare one under \"keys\"",
                "site.yaml:8:5: floor 2 has no key; declare one under \"keys\"",
            ])
    }

    @Test("A delay is 0 to 60 whole seconds")
    func delay() {
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, delay: 61s}"]) == [
                "site.yaml:8:37: delay 61s is out of range; write 0s to 60s"
            ])
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, delay: 1500ms}"]) == [
                "site.yaml:8:37: the delay of floor 2 is 1500ms; write whole seconds, 0s to 60s"
            ])
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, delay: 10}"]) == [
                "site.yaml:8:37: delay \"10\" has no unit; write for example 10s or 10ms"
            ])
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, delay: -1s}"]) == [
                "site.yaml:8:37: delay \"-1s\" is not a time; write for example 500ms, 10s or "
                    + "2min"
            ])
        #expect(
            Site.findings([
                8: "  - {number: 2, valve: io/2, delay: 99999999999999999999s}"
            ]) == [
                "site.yaml:8:37: delay \"99999999999999999999s\" is not a time; write for "
                    + "example 500ms, 10s or 2min"
            ])
    }

    @Test("Release rules")
    func release() {
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, release: second}"]) == [
                "site.yaml:8:39: the release of floor 2 cannot be \"second\"; write \"first\" "
                    + "or \"{coincidence: 2, in: floor}\""
            ])
        #expect(
            Site.findings([8: "  - {number: 2, valve: io/2, release: {in: zone}}"]) == [
                "site.yaml:8:39: the release of floor 2 has no coincidence; write how many "
                    + "detectors must agree"
            ])
        #expect(
            Site.findings([
                8: "  - {number: 2, valve: io/2, release: {coincidence: 2, in: house}}"
            ]) == [
                "site.yaml:8:60: \"in\" cannot be \"house\"; write one of floor, zone"
            ])
        #expect(
            Site.findings([
                8: "  - {number: 2, valve: io/2, release: {coincidence: many}}"
            ]) == [
                "site.yaml:8:53: coincidence \"many\" is not a whole number; write 2 or more"
            ])
    }

    @Test("Zones")
    func zones() {
        #expect(
            Site.findings([9: "zones: {hall: {floor: 7}}"]) == [
                "site.yaml:9:23: unknown floor \"7\"; write one of 1, 2"
            ])
        #expect(
            Site.findings([9: "zones: {hall: {}}"]) == [
                "site.yaml:9:15: zone \"hall\" has no floor; write \"floor: NUMBER\""
            ])
    }

    @Test("Floors and zones arrive in the plan, with their defaults")
    func plan() throws {
        let plan = try Site.plan([
            7: "  - {number: 1, valve: io/1}\n"
                + "  - {number: -3, name: Cellar, release: {coincidence: 2}, delay: 1min, "
                + "key: main, manual-release: io/4,\n"
                + "     valve: {line: io/5, active: low, feedback: io/6}, "
                + "lamps: {fire: io/7, fault: io/8, open: io/9}}",
            13: "  - {ids: 3-4, floor: -3, source: network, period: 1s}",
        ])
        func line(_ offset: Int, low: Bool = false) -> GpioLine {
            GpioLine(chip: 0, offset: offset, activeLow: low)
        }
        #expect(
            plan.floors[0]
                == FloorPlan(
                    id: FloorID(rawValue: 1), name: "Floor 1",
                    valve: ValvePlan(output: line(1)), key: 0))
        #expect(
            plan.floors[1]
                == FloorPlan(
                    id: FloorID(rawValue: -3), name: "Cellar",
                    rule: .coincidence(count: 2, scope: .floor), delay: .seconds(60),
                    valve: ValvePlan(output: line(5, low: true), feedback: line(6)), key: 0,
                    manualRelease: line(4), fireLamp: line(7), faultLamp: line(8),
                    openLamp: line(9)))
        #expect(plan.zones == [ZonePlan(name: "hall", floor: 0)])
        #expect(plan.detectors[0].zone == 0 && plan.detectors[1].zone == nil)
    }
}
