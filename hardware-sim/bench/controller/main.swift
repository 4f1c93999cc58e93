// The controller under test: the real one on the benchmark's lines, in a process of its own. Its
// heap calls are counted, and its journal's disk can hang.

import BenchHeap
import BenchLines
import Controller
import Glibc

benchheap_end_with_parent()
guard CommandLine.arguments.count > 1 else {
    print("usage: standpipe-bench-controller DIRECTORY, then the controller's options")
    exit(2)
}
do {
    let chips = try BenchChips(directory: CommandLine.arguments[1])
    benchheap_publish(chips.heapCounts)
    exit(runController(Array(CommandLine.arguments.dropFirst(2)), chips: chips) { chips.hang() })
} catch {
    print("standpipe-bench-controller: \(error)")
    exit(1)
}
