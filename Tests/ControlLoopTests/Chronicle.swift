// A log's thread on the test bench: takes records as the control loop gives them, keeps what it would
// write, and hands out what people are told as a JSON reader finds it.

import FireLogic
import Foundation
import Testing

@testable import ControlLoop

/// One message of topic `notifications`.
struct Told {
    let key: String
    let fields: [String: Any]
    let bytes: Int

    init(_ message: LogMessage) throws {
        #expect(message.topic == .notifications)
        key = String(decoding: message.key, as: UTF8.self)
        let value = try #require(message.value)
        bytes = value.count
        let object = try JSONSerialization.jsonObject(with: Data(value))
        fields = try #require(object as? [String: Any])
    }

    func text(_ name: String) -> String? { fields[name] as? String }
    func number(_ name: String) -> Int? { fields[name] as? Int }
    func numbers(_ name: String) -> [Int]? { fields[name] as? [Int] }
    var episode: String? { text("episode") }
    /// Key and phase.
    var short: String { key + " " + (text("phase") ?? "?") }
}

final class Chronicle {
    var plan: SitePlan
    let checksum: UInt32
    var episodes: Episodes
    var now: Instant
    var wallMilliseconds: Int64 = 1_800_000_000_000
    var machine: UInt64
    private var number: UInt32 = 0
    /// What the log holds.
    private(set) var log: [LogEntry] = []

    init(_ plan: SitePlan, checksum: UInt32 = 7, machine: UInt64 = 0xABCD_0000_1234_5678) {
        self.plan = plan
        self.checksum = checksum
        self.machine = machine
        now = Instant(nanoseconds: 1_000_000_000_000)
        episodes = Episodes(plan: plan, planChecksum: checksum)
        let start = Record.started(planChecksum: checksum)
        log.append(
            LogEntry(kind: .record, number: 0, machine: machine, stamp: stamp, words: start.words))
        _ = episodes.take(start, stamp, number: 0, machine: machine)
        number = 1
    }

    var stamp: Stamp { Stamp(boot: now, wallMilliseconds: wallMilliseconds) }

    func pass(_ seconds: Int) {
        now = now + .seconds(seconds)
        wallMilliseconds += Int64(seconds) * 1_000
    }

    /// What is told of `record`.
    @discardableResult
    func take(_ record: Record) throws -> [Told] {
        log.append(
            LogEntry(
                kind: .record, number: number, machine: machine, stamp: stamp, words: record.words))
        let notices = episodes.take(record, stamp, number: number, machine: machine)
        number += 1
        return try notices.map { try Told($0.message(plan)) }
    }

    func due() throws -> [Told] {
        try episodes.due(at: stamp).map { try Told($0.message(plan)) }
    }

    /// Everything that a tick of the loop recorded.
    func take(_ bench: Bench) throws -> [Told] {
        defer { bench.forget() }
        var stamps = bench.stamps[...]
        var told: [Told] = []
        for case .recorded(let record) in bench.entries {
            guard let stamp = stamps.popFirst() else { break }
            if case .signal = record { continue }
            now = stamp.boot
            wallMilliseconds = stamp.wallMilliseconds
            told += try take(record)
        }
        return told
    }

    /// Writes a memory, as every so many records.
    func remember() {
        log = []
        for entry in episodes.entries(machine: machine, stamp) { log.append(entry) }
    }

    /// The program starts again and reads its log.
    func restart(plan: SitePlan? = nil, checksum: UInt32? = nil, machine: UInt64? = nil) throws {
        if let plan { self.plan = plan }
        var fold = Episodes(plan: self.plan, planChecksum: checksum ?? self.checksum)
        for entry in log {
            var bytes: [UInt8] = []
            entry.append(to: &bytes)
            let read = LogEntry(bytes, wallMilliseconds: entry.stamp.wallMilliseconds)
            fold.take(try #require(read))
        }
        episodes = fold
        if let machine { self.machine = machine }
        number = 0
        remember()
    }
}

extension BusPlan {
    static let east = BusPlan(
        name: "east", link: .tcp(host: "192.0.2.7", port: 502), responseTimeout: .seconds(1))
}
