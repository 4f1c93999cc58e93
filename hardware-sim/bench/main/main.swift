// `standpipe-bench`: measures the controller and prints one table. It starts everything that it
// needs as processes of its own: the controller under test, detectors, slaves, peers. It exits with
// 0 when everything could be measured, whatever the figures say. hardware-sim/bench/README.md tells what each
// line is.

import BenchLines
import CLinux
import FireLogic
import Glibc

let usage = """
    usage: standpipe-bench [--samples N] [--only GROUP]...
      --samples N   releases in each line of latencies, 5,000 unless told
      --only GROUP  path, apart, rtu, dead, tcp, start, memory, loop, log or kafka
    """

func measure(_ arguments: [String]) throws -> Bool {
    var samples = 5_000
    var groups: Set<String> = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
        switch (word, rest.popFirst()) {
        case ("--samples", .some(let number)): samples = max(100, Int(number) ?? samples)
        case ("--only", .some(let group)): groups.insert(group)
        default:
            print(usage)
            exit(2)
        }
    }
    func wants(_ group: String) -> Bool { groups.isEmpty || groups.contains(group) }

    let place = try WorkPlace()
    let isFifo = Machine.setPriority(Machine.ownPriority)
    print(
        "\(Machine.cores) cores, Linux \(Machine.kernel), load \(Machine.load) at the start,"
            + " real time \(isFifo ? "granted" : "refused")")
    var table = Table()
    if wants("loop") { LoopCost.measure(place, into: &table) }
    if wants("path") { SignalPath.measure(place, samples: samples, into: &table) }
    if wants("apart") { ApartPath.measure(place, samples: samples, into: &table) }
    if wants("rtu") { BusRates.measureRtu(place.memory, into: &table) }
    if wants("tcp") { BusRates.measureTcp(into: &table) }
    if wants("dead") { BusRates.measureDeadSlaves(place.memory, into: &table) }
    if wants("log") { LogRates.measure(place, into: &table) }
    if wants("kafka") { KafkaRates.measure(place, into: &table) }
    if wants("start") || wants("memory") {
        do {
            let big = try BigSite(place)
            if wants("start") { big.measureStart(into: &table) }
            if wants("memory") { big.measureMemory(into: &table) }
        } catch {
            table.add(failed: "big site", "\(error)")
        }
    }
    table.print()
    print("load \(Machine.load) at the end")
    return table.isComplete
}

do {
    let words = Array(CommandLine.arguments.dropFirst())
    switch (words.first, words.count) {
    case ("--echo", 2): try BareWakeUp.echo(directory: words[1])
    case ("--load", 5):
        try SignalLoad.run(
            directory: words[1], rate: Int(words[2]) ?? 0, total: Int(words[3]) ?? 0,
            sparing: words[4] == "spare")
    case ("--rtu", 5):
        try Slaves.runRtu(
            path: words[1], baud: Int(words[2]) ?? 0, count: Int(words[3]) ?? 0,
            dead: words[4].split(separator: ",").compactMap { Int($0) })
    case ("--tcp", 2): try Slaves.runTcp(portPath: words[1])
    case ("--log-reader", 3):
        try LogRates.runReader(directory: words[1], count: Int(words[2]) ?? 0)
    case ("--log-scan", 2): try LogRates.runScan(directory: words[1])
    default: exit(try measure(words) ? 0 : 1)
    }
} catch {
    print("standpipe-bench: \(error)")
    exit(1)
}
