// A plan, one of every record, what a log says when it is read again, and directories that are gone
// with the test: for all tests of this folder.

import ControlLoop
import EventLog
import FireLogic
import Foundation
import Glibc
import Handover
import TestSupport

@testable import SafetyLog

enum Sample {
    static let boot = BootID(head: 0x1122_3344_5566_7788, tail: 0x99AA_BBCC_DDEE_FF00)
    static let otherBoot = BootID(head: 1, tail: 2)

    static let who = OperatorName("a.fireman")
    static let floor = FloorID(rawValue: -2)
    static let detector = DetectorID(rawValue: 0xFEDC_BA98)

    static let episodes = Episodes(plan: SampleSite.plan(), planChecksum: 0xBEEF)

    static let causes: [ReleaseCause] = [.manual, .detector(detector)]

    static let operations: [OperatorRequest.Operation] = [
        .silence, .reset, .disable(.detector(detector), .minutes(5)),
        .disable(.zone(7), .minutes(1)), .disable(.floor(floor), .minutes(480)),
        .enable(.detector(detector)), .enable(.zone(1_023)), .enable(.floor(floor)),
        .startWalkTest(floor, .minutes(30)), .stopWalkTest(floor),
    ]

    /// Every case with every value of its small parts.
    static let everyRecord: [Record] = {
        var all: [Record] = [
            .alarm(detector, floor), .tested(detector, floor), .detectorBack(detector, floor),
            .bus(31, up: true), .bus(0, up: false), .releaseWithdrawn(floor),
            .valveRepaired(floor), .isolated(floor), .inService(floor), .keyFault(key: 255),
            .keyRepaired(key: 0), .manualRelease(floor, pressed: true),
            .manualRelease(floor, pressed: false), .manualReleaseFault(floor, present: true),
            .manualReleaseFault(floor, present: false), .disabled(detector, who, .minutes(9)),
            .enabled(detector, who), .walkTestStarted(floor, who, .minutes(60)),
            .walkTestEnded(floor, who), .silenced(who), .reset(.panel), .armed,
            .started(planChecksum: .max), .signalsDropped(12_345),
        ]
        let down: [DownCause] =
            FaultReason.allCases.map { .fault($0) } + SilenceCause.allCases.map { .silent($0) }
        all += down.map { .detectorDown(detector, floor, $0) }
        all += (down.map(\.reading) + [.normal, .alarm]).map { .signal(detector, $0) }
        for cause in causes {
            all.append(.releasePending(floor, cause, delay: .seconds(30)))
            all.append(.releaseWithheld(floor, cause))
        }
        for command in [ValveCommand.closed, .open] {
            all.append(.valveConfirmed(floor, command))
            let valve: [ValveCause] =
                causes.map { .release($0) } + [.key, .again(3), .remembered]
            all += valve.map { .valve(floor, command, $0) }
        }
        all += [ValveFault.notConfirmedOpen, .notConfirmedClosed, .notDriven].map {
            .valveFault(floor, $0)
        }
        all += PanelButton.allCases.map { .button($0) }
        for fault in SystemFault.allCases {
            all.append(.systemFault(fault, present: true))
            all.append(.systemFault(fault, present: false))
        }
        for operation in operations {
            for origin in [OperatorRequest.Origin.panel, .remote] {
                let request = OperatorRequest(operation, who: who, origin: origin)
                all.append(.refused(request, .notAllowed))
                all.append(.refused(request, .detectorInAlarm))
            }
        }
        return all
    }()
}

/// A directory that is gone with the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/standpipe-log-XXXXXX".utf8CString)
        guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap(mkdtemp) != nil })
        else { throw FileError(call: "mkdtemp", path: "/tmp", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A log's records as any reader finds them.
struct ReadBack {
    let reader: LogReader

    init(_ directory: String) throws { reader = try LogReader(directory: directory) }

    /// Every record of a topic, from its log start.
    func records(_ topic: String) throws -> [LogRecord] {
        guard let id = reader.index.topic(named: topic)?.partitions.first,
            let info = reader.index.partition(id)
        else { return [] }
        var found: [LogRecord] = []
        var next = info.logStart
        while next < info.highWatermark {
            var bytes: [UInt8] = []
            let result = try reader.read(id, from: next, maxBytes: 1 << 20, into: &bytes)
            try bytes.withUnsafeBytes { bytes in
                var place = 0
                while place < bytes.count {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
                    guard let batch = BatchHeader(rest) else { return }
                    try RecordBatch.forEachRecord(rest) { found.append($0) }
                    place += batch.batchLength
                }
            }
            guard result.next > next else { break }
            next = result.next
        }
        return found
    }

    var entries: [LogEntry] {
        get throws {
            try records("records").compactMap { record in
                record.value.flatMap { LogEntry($0, wallMilliseconds: record.timestamp) }
            }
        }
    }
}

/// One run of the durable log's writer.
final class RecordRun {
    let writer: RecordWriter
    private var number: UInt32 = 0
    private var isStopped = false

    init(
        _ directory: String, live: String, settings: LogSettings = small, memory: Memory = Memory(),
        signals: Doorbell? = nil, stallHook: @escaping @Sendable () -> Void = {}
    ) throws {
        writer = try RecordWriter(
            directory: directory, livePath: live, settings: settings,
            start: RecordWriter.Start(
                plan: SampleSite.plan(), planChecksum: 0xBEEF,
                planFile: { [UInt8](repeating: 7, count: 100_000) }, boot: Sample.boot,
                memory: memory, stamp: Stamp(boot: BootTime.now, wallMilliseconds: 0)),
            signals: signals, stallHook: stallHook)
    }

    /// Small enough that tests see it roll.
    static let small = LogSettings(
        segmentBytes: 1 << 20, segments: 6, reserve: 1, longestFrame: 256 << 10)

    func begin() throws { try writer.begin() }

    func offer(_ record: Record) {
        let entry = QueuedRecord(
            words: record.words, stamp: Stamp(boot: BootTime.now, wallMilliseconds: 1_000),
            number: number)
        number += 1
        while !writer.queue.offer(entry) { sched_yield() }
    }

    func durable(_ count: Int, within seconds: Int = 20) -> Bool {
        waitUntil(seconds) { self.writer.durableRecords >= count }
    }

    func stop() {
        guard !isStopped else { return }
        isStopped = true
        writer.stop()
    }

    deinit { stop() }
}

func waitUntil(_ seconds: Int, _ condition: () -> Bool) -> Bool {
    let deadline = BootTime.now + .seconds(seconds)
    while BootTime.now < deadline {
        if condition() { return true }
        usleep(2_000)
    }
    return condition()
}
