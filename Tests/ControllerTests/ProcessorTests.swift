// Which processors the control loop's thread and the gateway may use.

import CLinux
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Controller

@Suite struct ProcessorTests {
    /// As the kernel names those of the calling thread: "0-3,5".
    private static var allowed: Set<Int> {
        let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let ranges = line?.split(separator: "\t").last?.split(separator: ",") ?? []
        return ranges.reduce(into: []) { set, range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            if let first = ends.first, let last = ends.last { set.formUnion(first...last) }
        }
    }

    @Test(
        "APART: the loop has the last processor, which the gateway leaves; where there is one they share it"
    )
    func apart() throws {
        let seen = Mutex<(loop: Set<Int>, gateway: Set<Int>, alone: Set<Int>, code: Int32)>(
            ([], [], [], 0))
        TestThread {
            RealTime.takeLastProcessor()
            let loop = Self.allowed
            // It has one now: nothing to leave.
            let code = clinux_last_processor(0)
            seen.withLock { $0 = (loop, $0.gateway, Self.allowed, code) }
        }.join()
        TestThread {
            _ = clinux_last_processor(0)
            seen.withLock { $0.gateway = Self.allowed }
        }.join()
        let all = Self.allowed
        let found = seen.withLock { $0 }
        try #require(!all.isEmpty)
        #expect(found.code == ENODEV && found.alone == found.loop)
        if let last = all.max(), all.count > 1 {
            #expect(found.loop == [last])
            #expect(found.gateway == all.subtracting([last]))
        } else {
            #expect(found.loop == all && found.gateway == all)
        }
    }
}
