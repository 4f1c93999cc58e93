// Chips, buses, keys, panel and remote rights: every mistake has its message.
// The site that the changes apply to stands in Site.swift.

import FireLogic
import Testing

@testable import SiteFile

@Suite struct EquipmentReadingTests {
    @Test("Chips")
    func chips() {
        #expect(
            Site.findings([2: "chips: {io: /dev/gpiochip0, io2: /dev/gpiochip0}"]) == [
                "site.yaml:2:34: chip \"/dev/gpiochip0\" is given twice, first on line 2; use "
                    + "one name for it"
            ])
        #expect(
            Site.findings([2: "chips: {io: }"]) == [
                "site.yaml:2:13: the path of chip \"io\" is empty; write a value or remove the "
                    + "key"
            ])
    }

    @Test("Serial buses")
    func serialBuses() {
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, baud: 9601}"]) == [
                "site.yaml:4:32: the baud rate of bus \"east\" cannot be \"9601\"; did you "
                    + "mean \"9600\"?"
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, parity: evn}"]) == [
                "site.yaml:4:34: the parity of bus \"east\" cannot be \"evn\"; did you mean "
                    + "\"even\"?"
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, stop-bits: 3}"]) == [
                "site.yaml:4:37: stop-bits 3 is out of range; write 1 to 2"
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, port: 502}"]) == [
                "site.yaml:4:26: bus \"east\" is a serial line and has no port; remove \"port\""
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE}\n  west: {rtu: /dev/ttyE}"]) == [
                "site.yaml:5:15: device \"/dev/ttyE\" is given twice, first on line 4; use one "
                    + "name for it"
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, timeout: 6s}"]) == [
                "site.yaml:4:35: timeout 6s is out of range; write 10ms to 5s"
            ])
        #expect(
            Site.findings([4: "  east: {baud: 9600}"]) == [
                "site.yaml:4:9: bus \"east\" has neither \"rtu\" nor \"tcp\"; write \"rtu: "
                    + "DEVICE\" or \"tcp: ADDRESS\""
            ])
        #expect(
            Site.findings([4: "  east: {rtu: /dev/ttyE, tcp: 192.0.2.1}"]) == [
                "site.yaml:4:9: bus \"east\" has both \"rtu\" and \"tcp\"; keep one of them"
            ])
    }

    @Test("BOUNDED: 1 to 16 requests under way at once, and on TCP only")
    func outstanding() {
        func findings(_ bus: String) -> [String] { Site.findings([4: "  east: {\(bus)}"]) }
        #expect(
            findings("rtu: /dev/ttyE, outstanding: 8") == [
                "site.yaml:4:26: bus \"east\" is a serial line and carries one request at a "
                    + "time; remove \"outstanding\""
            ])
        #expect(
            findings("tcp: 192.0.2.1, outstanding: 17") == [
                "site.yaml:4:39: outstanding 17 is out of range; write 1 to 16"
            ])
        #expect(
            findings("tcp: 192.0.2.1, outstanding: 0") == [
                "site.yaml:4:39: outstanding 0 is out of range; write 1 to 16"
            ])
        #expect(
            findings("tcp: 192.0.2.1, outstanding: many") == [
                "site.yaml:4:39: outstanding \"many\" is not a whole number; write 1 to 16"
            ])
        for count in [1, 16] { #expect(findings("tcp: 192.0.2.1, outstanding: \(count)") == []) }
    }

    @Test("TCP buses")
    func tcpBuses() {
        #expect(
            Site.findings([4: "  east: {tcp: plc.example}"]) == [
                "site.yaml:4:15: \"plc.example\" is not an IPv4 or IPv6 address; write digits "
                    + "such as 192.0.2.7, because the controller resolves no names"
            ])
        #expect(
            Site.findings([4: "  east: {tcp: 192.0.2.1, port: 0}"]) == [
                "site.yaml:4:32: port 0 is out of range; write 1 to 65535"
            ])
        #expect(
            Site.findings([4: "  east: {tcp: \"2001:db8::1\", baud: 9600, parity: odd}"]) == [
                "site.yaml:4:30: bus \"east\" is a TCP connection and has no baud; remove "
                    + "\"baud\"",
                "site.yaml:4:42: bus \"east\" is a TCP connection and has no parity; remove "
                    + "\"parity\"",
            ])
    }

    @Test("A key needs the contact that closes when it is off")
    func keys() {
        #expect(
            Site.findings([5: "keys: {main: {on-contact: io/0}}"]) == [
                "site.yaml:5:14: key \"main\" has no off-contact; write \"off-contact: "
                    + "CHIP/LINE\", the contact that closes when the key is turned off"
            ])
        #expect(
            Site.findings([5: "keys: {main: {}}"]) == [
                "site.yaml:5:14: key \"main\" has no off-contact; write \"off-contact: "
                    + "CHIP/LINE\", the contact that closes when the key is turned off"
            ])
    }

    @Test("A lamp has no bias")
    func panel() {
        #expect(
            Site.findings([
                13: "panel: {fire-lamp: {line: io/5, active: hi, bias: pull-up}}"
            ]) == [
                "site.yaml:13:41: \"active\" cannot be \"hi\"; write one of high, low",
                "site.yaml:13:45: fire-lamp of the panel is an output and has no bias; remove "
                    + "\"bias\"",
            ])
    }

    @Test("Remote rights are a closed list")
    func remote() {
        #expect(
            Site.findings([13: "remote: [reset, close]"]) == [
                "site.yaml:13:17: a remote right cannot be \"close\"; write one of silence, "
                    + "reset, disable, walk-test"
            ])
        #expect(
            Site.findings([13: "remote: [walktest]"]) == [
                "site.yaml:13:10: a remote right cannot be \"walktest\"; did you mean "
                    + "\"walk-test\"?"
            ])
    }

    @Test("Buses, keys, panel and rights arrive in the plan, with their defaults")
    func plan() throws {
        let plan = try Site.plan([
            4: "  east: {rtu: /dev/ttyE, parity: none}\n"
                + "  plant: {tcp: \"2001:db8::1\", timeout: 1s, outstanding: 8}",
            5: "keys: {main: {off-contact: {line: io/0, active: low, bias: pull-down}, "
                + "on-contact: io/3}}",
            13: "  - {id: 3, floor: 2, source: {bus: plant, unit: 0, coil: 0}}\n"
                + "panel: {sounder: io/5, reset-button: io/6}\nremote: [reset, walk-test]",
        ])
        #expect(
            plan.buses == [
                BusPlan(
                    name: "east",
                    link: .rtu(device: "/dev/ttyE", baud: 19_200, parity: .none, stopBits: 2),
                    responseTimeout: .milliseconds(200)),
                BusPlan(
                    name: "plant", link: .tcp(host: "2001:db8::1", port: 502),
                    responseTimeout: .seconds(1), outstanding: 8),
            ])
        let off = GpioLine(chip: 0, offset: 0, activeLow: true, bias: .pullDown)
        #expect(
            plan.keys == [
                KeyPlan(name: "main", offContact: off, onContact: GpioLine(chip: 0, offset: 3))
            ])
        var panel = PanelPlan()
        panel.sounder = GpioLine(chip: 0, offset: 5)
        panel.resetButton = GpioLine(chip: 0, offset: 6)
        #expect(plan.panel == panel && plan.remote == [.reset, .walkTest])
        #expect(plan.name == "Test" && plan.chips == [ChipPlan(path: "/dev/gpiochip0")])
        #expect(try Site.plan().remote == [])
    }
}
