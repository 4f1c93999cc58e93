// The simulated disk itself: it keeps its word about what was synced and about nothing else. The
// tests use it as a log would, in its smallest form: numbered sectors.

import DrillRandom
import EventLog
import Testing

@testable import SimulatedDisk

@Suite struct SimulatedDiskTests {
    /// Sector-aligned memory full of one byte.
    private func withSectors<R>(
        _ count: Int, of byte: UInt8, _ body: (UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: count * 512, alignment: 4_096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: byte)
        return try body(UnsafeRawBufferPointer(memory))
    }

    private func write(
        _ disk: SimulatedDisk, _ file: LogFile, sector: Int, _ byte: UInt8, count: Int = 1
    ) throws {
        try withSectors(count, of: byte) { try disk.write(file, at: sector * 512, $0) }
    }

    @Test("RECORD: what was synced is there after any power cut", arguments: 1...200)
    func syncedIsKept(seed: UInt64) throws {
        let disk = SimulatedDisk(seed: seed)
        let file = try disk.create("a", bytes: 512 * 8)
        try write(disk, file, sector: 0, 1)
        try disk.sync(file)
        try disk.syncDirectory()
        try write(disk, file, sector: 1, 2)
        disk.cutPower()
        let bytes = try #require(disk.bytes(of: "a"), "seed \(seed)")
        #expect(bytes[..<512].allSatisfy { $0 == 1 } && bytes.count == 512 * 8, "seed \(seed)")
        #expect(disk.complaints.isEmpty)
    }

    @Test("What was not synced is old, new or torn, sector by sector and in any order")
    func unsyncedIsAnything() throws {
        var seen: Set<[UInt8]> = []
        var isTorn = false
        for seed in 1...2_000 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try disk.create("a", bytes: 512 * 2)
            try disk.sync(file)
            try disk.syncDirectory()
            try write(disk, file, sector: 0, 1)
            try write(disk, file, sector: 1, 1)
            try write(disk, file, sector: 0, 2)
            disk.cutPower()
            let bytes = try #require(disk.bytes(of: "a"))
            let sectors = [bytes[..<512], bytes[512...]]
            if sectors.allSatisfy({ Set($0).count == 1 }) {
                seen.insert([bytes[0], bytes[512]])
            } else {
                isTorn = true
            }
        }
        #expect(seen.isSuperset(of: [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]))
        #expect(isTorn)
    }

    @Test("Names that were not synced survive in any order, and never lose a synced file")
    func names() throws {
        var seen: Set<[String]> = []
        for seed in 1...500 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let kept = try disk.create("kept", bytes: 512)
            try write(disk, kept, sector: 0, 7)
            try disk.sync(kept)
            try disk.syncDirectory()
            try disk.rename("kept", to: "moved")
            let other = try disk.create("kept", bytes: 512)
            try disk.sync(other)
            try disk.remove("kept")
            _ = try disk.create("new", bytes: 512)
            disk.cutPower()
            let names = try disk.names().sorted()
            seen.insert(names)
            let holders = names.filter { disk.bytes(of: $0)?.first == 7 }
            #expect(holders.count == 1, "seed \(seed): \(names)")
        }
        #expect(seen.contains(["kept"]) && seen.contains(["kept", "new"]))
        #expect(seen.contains(["moved"]) && seen.contains(["moved", "new"]))
    }

    @Test("A failed sync loses some sectors for good, and the next one succeeds")
    func failedSync() throws {
        var lost = 0
        for seed in 1...200 as ClosedRange<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try disk.create("a", bytes: 512 * 4)
            try disk.sync(file)
            try disk.syncDirectory()
            try write(disk, file, sector: 0, 9, count: 4)
            disk.faults.syncErrors = 1_000_000
            #expect(throws: FileError.self) { try disk.sync(file) }
            disk.faults = DiskFaults()
            try disk.sync(file)
            disk.cutPower()
            lost += disk.bytes(of: "a")?.filter { $0 == 0 }.count ?? 0
        }
        #expect(lost > 0)
    }

    @Test("A killed program loses nothing that it wrote, until the power goes as well")
    func kill() throws {
        let disk = SimulatedDisk(seed: 3)
        let file = try disk.create("a", bytes: 512)
        try disk.sync(file)
        try disk.syncDirectory()
        try write(disk, file, sector: 0, 5)
        disk.kill()
        #expect(disk.bytes(of: "a")?.first == 5)
        #expect(try disk.open("a") != nil)
    }

    @Test("Every call fails after the power has, until it is back", arguments: 1...40)
    func deadDisk(calls: Int) throws {
        let disk = SimulatedDisk(seed: UInt64(calls))
        disk.die(after: calls)
        var done = 0
        while (try? disk.names()) != nil { done += 1 }
        #expect(done <= calls && done >= calls - 1)
        #expect(throws: FileError.self) { try disk.names() }
        disk.cutPower()
        #expect(try disk.names().isEmpty)
    }

    @Test(
        "Broken contracts are noticed: no sector, beyond the end, over synced data, after a failure"
    )
    func complaints() throws {
        let disk = SimulatedDisk(seed: 1)
        let file = try disk.create("a", bytes: 1_024)
        withSectors(1, of: 1) { sectors in
            #expect(throws: FileError.self) { try disk.write(file, at: 100, sectors) }
        }
        try write(disk, file, sector: 1, 1)
        try disk.sync(file)
        #expect(disk.complaints.count == 1)
        try write(disk, file, sector: 1, 2)
        #expect(disk.complaints.count == 2)
        #expect(throws: FileError.self) { try write(disk, file, sector: 1, 2, count: 2) }
        #expect(disk.complaints.count == 3)
        disk.faults.syncErrors = 1_000_000
        try? disk.sync(file)
        disk.faults = DiskFaults()
        try write(disk, file, sector: 0, 2)
        #expect(disk.complaints.count == 4)
        try disk.rename("a", to: "spare")
        let before = disk.complaints.count
        try write(disk, file, sector: 0, 2)
        #expect(disk.complaints.count == before)
    }

    @Test("BOUNDED: files take no more than the disk has")
    func capacity() throws {
        let disk = SimulatedDisk(seed: 1, capacity: 1_024)
        _ = try disk.create("a", bytes: 1_024)
        #expect(throws: FileError.self) { try disk.create("b", bytes: 512) }
        #expect(disk.highestBytes == 1_024)
    }

    @Test("One seed is one disk: the same calls end the same", arguments: 1...20)
    func replay(seed: UInt64) throws {
        func live() throws -> [UInt8]? {
            let disk = SimulatedDisk(seed: seed)
            disk.faults = .heavy
            for number in 0..<20 {
                guard let file = try? disk.create("a\(number % 3)", bytes: 4_096) else { continue }
                try? write(disk, file, sector: number % 8, UInt8(number))
                try? disk.sync(file)
                try? disk.syncDirectory()
            }
            disk.cutPower()
            return disk.bytes(of: "a1")
        }
        #expect(try live() == live())
    }
}
