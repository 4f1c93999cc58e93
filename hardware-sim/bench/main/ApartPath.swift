// Promise APART in figures: from an input to its valve while the gateway beside the controller is
// absent, idle, flooded, watched, crowded, stopped, or killed again and again. The gateway and its clients are
// ordinary processes of this machine; the controller is what `path` measures.

import BenchLines
import CLinux
import FireLogic
import Glibc

enum ApartPath {
    private static let crowd = 10_000
    private static let panels = 200

    static func measure(_ place: WorkPlace, samples wanted: Int, into table: inout Table) {
        do {
            try run(place, max(1_000, wanted * 2 / 5), &table)
        } catch {
            table.add(failed: "apart", "\(error)")
        }
    }

    private static func run(_ place: WorkPlace, _ wanted: Int, _ table: inout Table) throws {
        let site = BenchSite(floors: 20, detectorsPerFloor: 5)
        let controller = try ControllerUnderTest(place, "apart", plan: site.plan)
        _ = try controller.start()
        defer { controller.stop() }
        try controller.connect()
        let room = Machine.allowDescriptors(crowd + 500)
        let gateway = try GatewayUnderTest(place, controller: "apart", connections: crowd + 200)
        defer { gateway.end() }
        var run = LatencyRun(controller, site)

        func add(
            _ name: String, beside: () throws -> String = { "" }, each: () throws -> Void = {}
        )
            throws
        {
            for (source, kind) in [(LatencyRun.Source.edge, "edge"), (.socket, "packet")] {
                var samples = Samples()
                while samples.count < wanted {
                    try each()
                    samples.add(try run.round(source))
                    guard run.lost == 0 else { throw BenchError("\(name): a release was lost") }
                }
                let found = samples.summary()
                table.add(
                    "apart: gateway \(name), \(kind) to valve, p99.9", found.p999, "us",
                    goal: "<= 1,000",
                    beside: "p50 \(Table.text(found.p50)), p99 \(Table.text(found.p99)), max"
                        + " \(Table.text(found.max)) us" + (source == .edge ? try beside() : ""),
                    isOk: found.p999 <= 1_000)
            }
        }

        try add("absent")
        try gateway.start()
        try add("idle", beside: { "; \(gateway.memory) MB resident" })
        let records = try gateway.load(["flood", "flood", "1000"])
        try add("flooded with records")
        table.add(
            "  records that it took meanwhile", try rate(records), "/s",
            beside: "\(gateway.memory) MB resident")
        // The detectors of which this benchmark plays none.
        let detectors = (0..<site.floors).flatMap { floor in
            (3..<5).map { "\(BenchSite.id(floor, $0).rawValue)" }
        }
        let signals = try gateway.load(
            ["signals", "flood", "1000", detectors.joined(separator: ",")])
        try add("flooded with signals")
        table.add("  signals that the controller took meanwhile", try rate(signals), "/s")
        let panels = try gateway.panels(Self.panels)
        try add("with \(Self.panels) open panels", beside: { "; \(gateway.memory) MB resident" })
        table.add("  changes that came to all of them", try rate(panels), "/s")
        let many = try gateway.connect(min(crowd, room - 500))
        try add("with \(Table.text(Double(many.count))) idle connections")
        table.add(
            "  its memory with them", Double(gateway.memory) ?? 0, "MB resident",
            beside: "asked for with --connections; 400 unless told")
        for one in many { close(one) }
        gateway.signal(SIGSTOP)
        try add("stopped")
        gateway.signal(SIGCONT)
        try add("killed before each 20 releases", each: { try gateway.killAndStart() })
    }

    /// The median second of a flood, which ends it.
    private static func rate(_ flood: Child) throws -> Double {
        kill(flood.pid, SIGKILL)
        let seconds = flood.text().0.split(separator: "\n").compactMap { Double($0) }.sorted()
        guard !seconds.isEmpty else { throw BenchError("the flood said nothing", errno: 0) }
        return seconds[seconds.count / 2]
    }
}
