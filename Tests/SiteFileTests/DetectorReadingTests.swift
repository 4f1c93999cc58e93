// Detectors: ids, places, times. Every mistake has its message.
// The site that the changes apply to stands in Site.swift.

import FireLogic
import Testing

@testable import SiteFile

@Suite struct DetectorReadingTests {
    @Test("Ids are unique numbers; a second one names the first place")
    func ids() {
        #expect(
            Site.findings([
                12: "  - {id: 1, floor: 2, source: {bus: east, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:12:10: detector 1 is given twice, first on line 11; give each "
                    + "detector its own id"
            ])
        #expect(
            Site.findings([
                9: "# none",
                11: "  - {ids: 1-9, floor: 1, source: network, period: 1s}",
                12: "  - {ids: 5-12, floor: 2, source: {bus: east, unit: 3, input: 0-7}}",
            ]) == [
                "site.yaml:12:11: detector 5 (and 4 more) is given twice, first on line 11; "
                    + "give each detector its own id"
            ])
        #expect(
            Site.findings([11: "  - {id: -1, floor: 1, zone: hall, source: io/10}"]) == [
                "site.yaml:11:10: a detector's id -1 is out of range; write 1 to 4294967295"
            ])
        #expect(
            Site.findings([11: "  - {id: 0, floor: 1, zone: hall, source: io/10}"]) == [
                "site.yaml:11:10: a detector's id 0 is out of range; write 1 to 4294967295"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 4294967296, floor: 1, zone: hall, source: io/10}"
            ]) == [
                "site.yaml:11:10: a detector's id 4294967296 is out of range; write 1 to "
                    + "4294967295"
            ])
        #expect(
            Site.findings([11: "  - {id: a7, floor: 1, zone: hall, source: io/10}"]) == [
                "site.yaml:11:10: a detector's id \"a7\" is not a whole number; write 1 to "
                    + "4294967295"
            ])
        #expect(
            Site.findings([11: "  - {ids: 9-7, floor: 1, zone: hall, source: io/10}"]) == [
                "site.yaml:11:11: \"9-7\" is not a range of ids; write FIRST-LAST, for example "
                    + "100-163"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, ids: 3-4, floor: 1, zone: hall, source: io/10}"
            ]) == [
                "site.yaml:11:18: this detector has \"id\" and \"ids\"; keep one of them"
            ])
    }

    @Test("A detector's floor and zone must exist and belong together")
    func places() {
        #expect(
            Site.findings([11: "  - {id: 1, floor: 3, zone: hall, source: io/10}"]) == [
                "site.yaml:11:20: unknown floor \"3\"; write one of 1, 2"
            ])
        #expect(
            Site.findings([11: "  - {id: 1, floor: 1, zone: hal, source: io/10}"]) == [
                "site.yaml:11:29: unknown zone \"hal\"; did you mean \"hall\"?"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, zone: hall, source: {bus: east, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:12:29: zone \"hall\" is on floor 1, detector 2 on floor 2; choose a "
                    + "zone of the same floor"
            ])
    }

    @Test("LIVE: periods that are not allowed are refused")
    func periods() {
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: network, period: 2s}"
            ]) == [
                "site.yaml:11:60: period 2s is not allowed for an active detector; write 1s, "
                    + "5s or 10s"
            ])
        #expect(
            Site.findings([11: "  - {id: 1, floor: 1, zone: hall, source: network}"]) == [
                "site.yaml:11:5: detector 1 has no period; write how often it sends: 1s, 5s or "
                    + "10s"
            ])
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, source: {alarm: io/10, heartbeat: io/11}, "
                    + "period: 60s}"
            ]) == [
                "site.yaml:11:85: period 60s is not allowed for an active detector; write 1s, "
                    + "5s or 10s"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, period: 50ms}"
            ]) == [
                "site.yaml:11:58: period 50ms is out of range; write 100ms to 60s"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, period: 60s}"
            ]) == [
                "site.yaml:11:58: period 60s is too long, two must fit into the longest limit "
                    + "of 100s; write at most 50s"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, period: 2h}"
            ]) == [
                "site.yaml:11:58: period \"2h\" is not a time; write for example 500ms, 10s or "
                    + "2min"
            ])
    }

    @Test("LIVE: limits out of range or shorter than two periods are refused")
    func limits() {
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, limit: 101s}"
            ]) == [
                "site.yaml:11:57: limit 101s is out of range; write 200ms to 100s"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, limit: 0s}"
            ]) == [
                "site.yaml:11:57: limit 0s is out of range; write 200ms to 100s"
            ])
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, source: network, period: 5s, limit: 9999ms}"
            ]) == [
                "site.yaml:11:71: limit 9999ms is shorter than two periods of 5s; write at "
                    + "least 10s"
            ])
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, source: network, period: 5s, limit: never}"
            ]) == [
                "site.yaml:11:71: limit \"never\" is not a time; write for example 500ms, 10s "
                    + "or 2min"
            ])
    }

    @Test("A kind that its source contradicts is refused")
    func kinds() {
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, kind: active, source: io/10}"
            ]) == [
                "site.yaml:11:41: detector 1 is called active, but its source is asked; write "
                    + "\"kind: passive\", or \"network\" or alarm and heartbeat lines as its source"
            ])
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, kind: passive, source: network, period: 1s}"
            ]) == [
                "site.yaml:11:41: detector 1 is called passive, but its source sends by "
                    + "itself; write \"kind: active\", or a contact or a Modbus point as its source"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, kind: pasive, source: io/10}"
            ]) == [
                "site.yaml:11:41: the kind of detector 1 cannot be \"pasive\"; did you mean "
                    + "\"passive\"?"
            ])
    }

    @Test("Only contacts bounce, for 50 ms at most")
    func debounce() {
        #expect(
            Site.findings([
                11:
                    "  - {id: 1, floor: 1, zone: hall, source: network, period: 1s, debounce: 5ms}"
            ]) == [
                "site.yaml:11:64: detector 1 has no contact that could bounce; remove "
                    + "\"debounce\""
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, debounce: 51ms}"
            ]) == [
                "site.yaml:11:60: debounce 51ms is out of range; write 0s to 50ms"
            ])
    }

    @Test("Many detectors with one name are a warning")
    func sameName() {
        #expect(
            Site.findings([
                11: "  - {ids: 1-2, name: Hall, floor: 1, zone: hall, source: io/10-11}",
                12: "  - {id: 3, floor: 2, source: {bus: east, unit: 3, input: 4}}",
            ]) == [
                "site.yaml:11:22: warning: detectors 1-2 all have the same name; write "
                    + "\"{id}\" where the id should stand"
            ])
    }

    @Test("What is not written has a sensible value")
    func defaults() throws {
        let contact = try Site.plan().detectors[0]
        #expect(contact.name == "Detector 1")
        #expect(contact.period == .seconds(1) && contact.limit == .seconds(3))
        #expect(contact.debounce == Limits.defaultContactDebounce)
        let modbus = try Site.plan().detectors[1]
        #expect(modbus.debounce == .zero)
        func limit(_ period: String) throws -> Interval {
            try Site.plan([
                11: "  - {id: 1, floor: 1, zone: hall, source: io/10, period: \(period)}"
            ]).detectors[0].limit
        }
        #expect(try limit("100ms") == .milliseconds(300))
        #expect(try limit("50s") == .seconds(100))
    }

    @Test("A range of ids makes one detector each, with lines and names counted along")
    func ranges() throws {
        let plan = try Site.plan([
            11: "  - {ids: 101-104, name: \"Room {id}{x\", floor: 1, zone: hall, source: io/10-13}"
        ])
        let made = plan.detectors.prefix(4)
        #expect(made.map(\.id.rawValue) == [101, 102, 103, 104])
        #expect(made.map(\.name) == (101...104).map { "Room \($0){x" })
        #expect(
            made.map(\.source)
                == (10...13).map { DetectorSource.contact(GpioLine(chip: 0, offset: $0)) })
    }

    @Test("Detectors stand by floor, then by id, whatever the order of the file")
    func order() throws {
        let plan = try Site.plan([
            11: "  - {ids: 7-8, floor: 2, source: network, period: 10s}",
            12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4}}\n"
                + "  - {id: 9, floor: 1, zone: hall, source: io/10}",
        ])
        #expect(plan.detectors.map(\.id.rawValue) == [9, 2, 7, 8])
    }
}
