// Lines 1, 6 and 7 on a running controller: releases under load with a healthy and a hanging
// journal in turn, then the heap and the processor in the steady state, then at rest.

import BenchLines
import CLinux
import FireLogic
import Glibc

enum SignalPath {
    static func measure(_ place: WorkPlace, samples wanted: Int, into table: inout Table) {
        do {
            let bare = try BareWakeUp.measure(directory: place.memory + "/bare", count: wanted)
            let limit = bare.summary()
            add(limit, "bare wake-up of a process (epoll, read)", into: &table)
            let beside = { (text: String) in "bare wake-up \(Table.text(limit.p999)) us, " + text }
            try measureIdle(place, wanted, beside, into: &table)
            try measureLoaded(place, wanted, beside, into: &table)
        } catch {
            table.add(failed: "input to valve", "\(error)")
        }
    }

    private static func add(
        _ summary: Samples.Summary, _ name: String, goal: Double? = nil, beside: String = "",
        into table: inout Table
    ) {
        table.add(name + ", p50", summary.p50, "us", beside: "\(summary.count) samples")
        table.add(name + ", p99", summary.p99, "us")
        table.add(
            name + ", p99.9", summary.p999, "us",
            goal: goal.map { "<= \(Table.text($0))" } ?? "", beside: beside,
            isOk: goal.map { summary.p999 <= $0 })
        table.add(name + ", max", summary.max, "us")
    }

    private static func measureIdle(
        _ place: WorkPlace, _ wanted: Int, _ beside: (String) -> String, into table: inout Table
    ) throws {
        let site = BenchSite(floors: 20, detectorsPerFloor: 3)
        let controller = try ControllerUnderTest(place, "house", plan: site.plan)
        _ = try controller.start()
        defer { controller.stop() }
        try controller.connect()
        var run = LatencyRun(controller, site)
        var results: [LatencyRun.Source: Samples] = [:]
        // The debounced contact waits for a timer: fewer samples show that as well.
        for (source, count) in [
            (LatencyRun.Source.socket, wanted), (.edge, wanted), (.debounced, wanted / 5),
        ] {
            while results[source, default: Samples()].count < count {
                results[source, default: Samples()].add(try run.round(source))
                guard run.lost == 0 else { throw BenchError("a release was lost", errno: 0) }
            }
        }
        let names: [(LatencyRun.Source, String)] = [
            (.socket, "a) idle, packet to valve"), (.edge, "a) idle, contact edge to valve"),
            (.debounced, "a) idle, contact with 10 ms debounce"),
        ]
        for (source, name) in names {
            guard let summary = results[source]?.summary() else { continue }
            add(
                summary, name, goal: source == .debounced ? 11_000 : 1_000,
                beside: beside("20 floors"), into: &table)
        }
    }

    private static func measureLoaded(
        _ place: WorkPlace, _ wanted: Int, _ beside: (String) -> String, into table: inout Table
    ) throws {
        let site = BenchSite(floors: 100, detectorsPerFloor: 100)
        let controller = try ControllerUnderTest(place, "tower", plan: site.plan)
        _ = try controller.start()
        defer { controller.stop() }
        try controller.connect()
        let load = try SignalLoad.start(controller, rate: 9_700, sparing: true)
        defer { load.end() }
        Machine.sleep(.seconds(2))
        var run = LatencyRun(controller, site)
        var healthy: [LatencyRun.Source: Samples] = [:]
        var stalled: [LatencyRun.Source: Samples] = [:]
        var sawStall = false
        // In turn, so that whatever else the machine does meets both alike.
        while (stalled[.edge] ?? Samples()).count < wanted {
            for _ in 0..<4 {
                for source in [LatencyRun.Source.socket, .edge] {
                    healthy[source, default: Samples()].add(try run.round(source))
                }
            }
            controller.page.diskHangs = true
            for _ in 0..<4 {
                for source in [LatencyRun.Source.socket, .edge] {
                    stalled[source, default: Samples()].add(try run.round(source))
                }
                sawStall = sawStall || controller.has(.journal)
            }
            controller.page.diskHangs = false
            Machine.sleep(.milliseconds(500))
            guard run.lost == 0, load.isRunning else {
                throw BenchError("a release or the load was lost", errno: 0)
            }
        }
        guard sawStall else { throw BenchError("the journal never stalled", errno: 0) }
        for (source, name) in [
            (LatencyRun.Source.socket, "packet to valve"), (.edge, "contact edge to valve"),
        ] {
            guard let good = healthy[source]?.summary(), let bad = stalled[source]?.summary()
            else { continue }
            add(
                bad, "b) 10,000 signals/s, journal stalled, \(name)", goal: 1_000,
                beside: beside("healthy \(Table.text(good.p999)) us"), into: &table)
            add(
                good, "c) 10,000 signals/s, journal healthy, \(name)", goal: 1_000,
                beside: beside("100 floors"), into: &table)
            table.add(
                "(b)/(c) at p99.9, \(name)", bad.p999 / good.p999, "x", digits: 2, goal: "< 2",
                isOk: bad.p999 < 2 * good.p999)
        }
        table.add(
            "real time where that was measured", 1, "", beside: realTime(controller))
        measureSteady(controller, load, into: &table)
    }

    private static func realTime(_ controller: ControllerUnderTest) -> String {
        "SCHED_FIFO \(controller.has(.realTime) ? "refused" : "granted"), "
            + "mlockall \(controller.has(.memoryLock) ? "refused" : "granted")"
    }

    private static func measureSteady(
        _ controller: ControllerUnderTest, _ load: Child, into table: inout Table
    ) {
        Machine.sleep(.seconds(2))
        let heap = controller.page.heapCounts
        let pid = controller.pid
        let callsBefore = heap[0]
        let loopCallsBefore = heap[1]
        let ticksBefore = controller.ticks
        let usage = Usage(of: pid)
        Machine.sleep(.seconds(10))
        let used = usage.share(until: Usage(of: pid))
        let calls = heap[0] - callsBefore
        let loopCalls = heap[1] - loopCallsBefore
        let signals = 9_900 * used.span
        table.add(
            "heap allocations a signal, the loop's thread", Double(loopCalls) / signals, "",
            digits: 4, goal: "0", beside: "\(loopCalls) calls in \(Table.text(signals)) signals",
            isOk: loopCalls == 0)
        // The log's thread needs some for each write, which takes many signals.
        let others = calls - loopCalls
        table.add(
            "heap allocations a signal, all other threads", Double(others) / signals, "",
            digits: 4, goal: "<= 0.02", beside: "\(others) calls", isOk: others * 50 <= Int(signals))
        let ticks = Double(controller.ticks - ticksBefore) / used.span
        table.add(
            "processor at 10,000 signals/s", used.all, "% of a core", digits: 1,
            beside: "the loop's thread \(Table.text(used.loop, 1)) %,"
                + " \(Table.text(ticks)) ticks/s")
        load.end()
        Machine.sleep(.milliseconds(200))
        let idleTicks = controller.ticks
        let idle = Usage(of: pid)
        Machine.sleep(.seconds(4))
        let rest = idle.share(until: Usage(of: pid))
        table.add(
            "processor, nobody speaks", rest.all, "% of a core", digits: 2,
            beside: "200 contacts are read once a second,"
                + " \(Table.text(Double(controller.ticks - idleTicks) / rest.span)) ticks/s")
    }
}
