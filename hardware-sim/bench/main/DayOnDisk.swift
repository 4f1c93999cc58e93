// What a day costs the flash: 200 detectors that speak once a second and 20 events an hour, through the
// controller's own journals, faster than time.

import BenchLines
import CLinux
import ControlLoop
import FireLogic
import Glibc
import SafetyLog

enum DayOnDisk {
    private static let detectors = 200
    private static let events = 20 * 24

    static func measure(_ place: WorkPlace, _ table: inout Table) throws {
        let state = place.disk + "/day"
        let run = place.memory + "/day"
        for path in [state, run] { mkdir(path, 0o700) }
        let signals = try SignalWriter(directory: run + "/signals", livePath: run + "/signals.live")
        let plan = BenchSite(floors: 10, detectorsPerFloor: detectors / 10).plan
        let floor = plan.floors[0].id
        let records = try RecordWriter(
            directory: state + "/log", livePath: run + "/log.live",
            start: RecordWriter.Start(
                plan: plan, planChecksum: 0, planFile: { nil }, boot: BootTime.bootID,
                memory: Memory(), stamp: stamp(0)),
            signals: signals.reserves)
        try records.begin()
        try signals.begin(with: records)
        defer {
            signals.stop()
            records.stop()
        }
        var journal = RecordJournal(records: records, signals: signals)
        // The log is made and its spare segments are written with zeros: once in a board's life.
        try settle(state)
        sync()
        Machine.sleep(.milliseconds(200))
        guard let before = RawDisk.deviceBytes(state) else {
            throw BenchError("no block device under \(state)", errno: 0)
        }
        for second in 0..<86_400 {
            for detector in plan.detectors {
                offer(.signal(detector.id, .normal), second, &journal)
            }
            guard second % (86_400 / events) == 0 else { continue }
            // An alarm opens a valve, which is seen open: one event, each record with a flush.
            let detector = plan.detectors[second % detectors].id
            for record: Record in [
                .alarm(detector, floor), .valve(floor, .open, .release(.detector(detector))),
                .valveConfirmed(floor, .open),
            ] {
                let written = records.durableRecords
                offer(record, second, &journal)
                while records.durableRecords == written { Machine.sleep(.milliseconds(1)) }
            }
        }
        guard let after = RawDisk.deviceBytes(state) else {
            throw BenchError("no block device under \(state)", errno: 0)
        }
        let megabytes = Double(after - before) / 1e6
        table.add(
            "log: device bytes, a day of 200 detectors, 20 events/h", megabytes, "MB", digits: 1,
            goal: "<= 16",
            beside: "\(Table.text(Double(86_400 * detectors))) signals, \(3 * events) records",
            isOk: megabytes <= 16)
    }

    private static func offer(_ record: Record, _ second: Int, _ journal: inout RecordJournal) {
        while !journal.append(record, stamp(second)) { Machine.sleep(.milliseconds(1)) }
    }

    private static func stamp(_ second: Int) -> Stamp {
        Stamp(
            boot: Machine.now, wallMilliseconds: 1_800_000_000_000 + Int64(second) * 1_000)
    }

    /// Waits until the log's files have not changed in number for a second.
    private static func settle(_ state: String) throws {
        var last = -1
        for _ in 0..<60 {
            Machine.sleep(.seconds(1))
            var count = 0
            if let folder = opendir(state + "/log") {
                while readdir(folder) != nil { count += 1 }
                closedir(folder)
            }
            if count == last, count > 2 { return }
            last = count
        }
        throw BenchError("the log is never ready", errno: 0)
    }
}
