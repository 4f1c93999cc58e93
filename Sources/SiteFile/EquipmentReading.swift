// The equipment that floors and detectors refer to: chips, buses, keys, the panel.

import FireLogic
import Glibc
import PlanFile

extension SiteReader {
    mutating func readChips(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        var first: [String: Place] = [:]
        let entries = named(value, "chips", limit: Limits.chips)
        if entries == nil { chips.isBroken = true }
        for entry in entries ?? [] {
            var path = text(
                entry.value, "the path of chip \(entry.key.quoted)", limit: Limits.pathBytes)
            if let written = path, !isFirst(written, "chip", at: entry.value.place, &first) {
                path = nil
            }
            _ = chips.add(entry.key, at: entry.keyPlace, path.map(ChipPlan.init(path:)))
        }
    }

    /// False, and an error, when `path` stands in an earlier entry.
    private mutating func isFirst(
        _ path: String, _ kind: String, at place: Place, _ first: inout [String: Place]
    ) -> Bool {
        if let other = first[path] {
            error(
                place,
                "\(kind) \(path.quoted) is given twice, first on line \(other.line); "
                    + "use one name for it")
            return false
        }
        first[path] = place
        return true
    }

    static let busKeys = [
        "rtu", "tcp", "baud", "parity", "stop-bits", "port", "timeout", "outstanding",
    ]

    mutating func readBuses(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        var devices: [String: Place] = [:]
        let entries = named(value, "buses", limit: Limits.buses)
        if entries == nil { buses.isBroken = true }
        for entry in entries ?? [] {
            let bus = bus(entry.value, name: entry.key, devices: &devices)
            _ = buses.add(entry.key, at: entry.keyPlace, bus)
        }
    }

    private mutating func bus(
        _ value: YamlValue, name: String, devices: inout [String: Place]
    ) -> BusPlan? {
        let what = "bus \(name.quoted)"
        guard
            let fields = fields(
                value, what,
                known: Self.busKeys)
        else { return nil }
        var timeout: Interval? = .milliseconds(200)
        if let value = fields["timeout"] {
            timeout = interval(value, "timeout", in: Limits.responseTimeout)
        }
        var outstanding: Int? = 1
        if let value = fields["outstanding"], fields.has("tcp") {
            outstanding = number(value, "outstanding", in: Limits.outstanding)
        }
        let link: BusPlan.Link?
        switch (fields["rtu"], fields["tcp"]) {
        case (let device?, nil): link = rtuLink(device, of: fields, devices: &devices)
        case (nil, let host?): link = tcpLink(host, of: fields)
        case (nil, nil):
            error(
                value.place,
                "\(what) has neither \"rtu\" nor \"tcp\"; write \"rtu: DEVICE\" or "
                    + "\"tcp: ADDRESS\"")
            link = nil
        case (_?, _?):
            error(value.place, "\(what) has both \"rtu\" and \"tcp\"; keep one of them")
            link = nil
        }
        guard let link, let timeout, let outstanding else { return nil }
        return BusPlan(
            name: name, link: link, responseTimeout: timeout, outstanding: outstanding)
    }

    private mutating func rtuLink(
        _ value: YamlValue, of fields: Fields, devices: inout [String: Place]
    ) -> BusPlan.Link? {
        var device = text(value, "the device of \(fields.what)", limit: Limits.pathBytes)
        if let written = device, !isFirst(written, "device", at: value.place, &devices) {
            device = nil
        }
        if fields.has("port") {
            error(
                fields.keyPlace("port"),
                "\(fields.what) is a serial line and has no port; remove \"port\"")
        }
        if fields.has("outstanding") {
            error(
                fields.keyPlace("outstanding"),
                "\(fields.what) is a serial line and carries one request at a time; remove "
                    + "\"outstanding\"")
        }
        var baud: Int? = 19_200
        if let value = fields["baud"] {
            baud = choice(
                value, "the baud rate of \(fields.what)", Limits.bauds.map { String($0) }
            ).flatMap { Int($0) }
        }
        var parity: BusPlan.Parity? = .even
        if let value = fields["parity"] {
            switch choice(value, "the parity of \(fields.what)", ["none", "even", "odd"]) {
            case "none": parity = BusPlan.Parity.none
            case "even": parity = .even
            case "odd": parity = .odd
            case _: parity = nil
            }
        }
        // Modbus keeps 11 bits a character: without parity there are two stop bits.
        var stopBits: Int? = parity == BusPlan.Parity.none ? 2 : 1
        if let value = fields["stop-bits"] {
            stopBits = number(value, "stop-bits", in: 1...2)
        }
        guard let device, let baud, let parity, let stopBits else { return nil }
        return .rtu(device: device, baud: baud, parity: parity, stopBits: stopBits)
    }

    private mutating func tcpLink(_ value: YamlValue, of fields: Fields) -> BusPlan.Link? {
        for key in ["baud", "parity", "stop-bits"] where fields.has(key) {
            error(
                fields.keyPlace(key),
                "\(fields.what) is a TCP connection and has no \(key); remove \"\(key)\"")
        }
        var port: Int? = 502
        if let value = fields["port"] {
            port = number(value, "port", in: 1...65_535)
        }
        guard let host = scalar(value, "the address of \(fields.what)") else { return nil }
        guard Self.isAddress(host) else {
            error(
                value.place,
                "\(host.quoted) is not an IPv4 or IPv6 address; write digits such as "
                    + "192.0.2.7, because the controller resolves no names")
            return nil
        }
        return port.map { .tcp(host: host, port: UInt16(clamping: $0)) }
    }

    private static func isAddress(_ text: String) -> Bool {
        var address = in6_addr()
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return false }
        return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1
    }

    mutating func readKeys(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        let entries = named(value, "keys", limit: Limits.keys)
        if entries == nil { keys.isBroken = true }
        for entry in entries ?? [] {
            _ = keys.add(entry.key, at: entry.keyPlace, key(entry.value, name: entry.key))
        }
    }

    private mutating func key(_ value: YamlValue, name: String) -> KeyPlan? {
        let what = "key \(name.quoted)"
        guard let fields = fields(value, what, known: ["off-contact", "on-contact"]) else {
            return nil
        }
        let on = optionalLine(
            "on-contact", of: fields, for: "on-contact of \(what)", .input)
        guard
            let contact = required(
                "off-contact", of: fields,
                or: "write \"off-contact: CHIP/LINE\", the contact that closes when the key is "
                    + "turned off"),
            let off = line(contact, for: "off-contact of \(what)", .input)
        else { return nil }
        return KeyPlan(name: name, offContact: off, onContact: on)
    }

    typealias PanelLine = (key: String, field: WritableKeyPath<PanelPlan, GpioLine?>)

    static var panelOutputs: [PanelLine] {
        [
            ("power-lamp", \.powerLamp), ("fire-lamp", \.fireLamp), ("fault-lamp", \.faultLamp),
            ("isolated-lamp", \.isolatedLamp), ("test-lamp", \.testLamp), ("sounder", \.sounder),
            ("heartbeat", \.heartbeat),
        ]
    }

    static var panelInputs: [PanelLine] {
        [
            ("silence-button", \.silenceButton), ("reset-button", \.resetButton),
            ("lamp-test-button", \.lampTestButton), ("power-fault", \.powerFault),
        ]
    }

    mutating func readPanel(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        guard
            let fields = fields(
                value, "the panel",
                known: Self.panelOutputs.map(\.key) + Self.panelInputs.map(\.key))
        else { return }
        for (key, field) in Self.panelOutputs {
            panel[keyPath: field] = optionalLine(
                key, of: fields, for: "\(key) of the panel", .output)
        }
        for (key, field) in Self.panelInputs {
            panel[keyPath: field] = optionalLine(
                key, of: fields, for: "\(key) of the panel", .input)
        }
    }
}
