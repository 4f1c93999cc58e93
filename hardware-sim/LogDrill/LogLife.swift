// One life of a log, from a seed: the real engine on a simulated disk that dies at random calls, and
// an account of all that was acknowledged. After each crash the log is opened again and compared.
// The first broken promise ends the life.

import DrillRandom
import EventLog
import SimulatedDisk

package final class LogLife {
    package let seed: UInt64
    package internal(set) var violations: [String] = []
    package internal(set) var figures = LogDrillFigures()
    /// Called with a line of text for everything that happens.
    package var tell: ((String) -> Void)?

    /// Compares everything after each flush: slower, and nearer to where it went wrong.
    package var judgesAlways = false

    var random: Random
    let disk: SimulatedDisk
    let settings: LogSettings
    var log: EventLog<SimulatedDisk>?
    /// What was in the log when `grow` was done with it.
    var lastIndex: LogIndex?
    /// What was acknowledged, and the same with what is staged.
    var truth = Truth()
    var ahead = Truth()
    var staged: [(steps: [AppendStep], results: [AppendResult])] = []
    /// Batches of producers that were in flight when the log crashed: they are sent again.
    var unanswered: [(PartitionID, [UInt8])] = []
    var wall: Int64 = 1_700_000_000_000
    var topicsMade = 0
    var contentNumber: UInt64 = 0
    /// No call fails before the disk dies, and there is room for all that the log may take.
    let isCalm: Bool
    /// Vital topics are let grow beyond half of the log.
    let isFlooded: Bool
    /// It had to drop vital records, and is allowed to.
    var isForced = false
    /// It gave a segment up without a word in the journal: ordinary records may be gaps.
    var hasGivenUp = false
    /// It begins with a log at its cap, and stays near the ends of segments.
    let isGrown: Bool
    private let newLog: LogID

    /// Bytes of vital records that a life lets the log hold, if it does not flood it.
    var mostVitalBytes: Int { settings.segments * settings.segmentBytes / (isGrown ? 4 : 5) }

    package init(seed: UInt64, isGrown: Bool = false) {
        self.seed = seed
        self.isGrown = isGrown
        var random = Random(seed: seed)
        let sector = random.pick([64, 512, 512, 512, 4_096])
        settings = LogSettings(
            segmentBytes: 64 << 10, segments: random.number(in: 4...8),
            reserve: random.number(in: 1...2),
            longestFrame: random.pick([4_096, 8_192, 16_384]))
        disk = SimulatedDisk(seed: random.next(), sectorBytes: sector)
        disk.isFinal = { $0.hasSuffix(".segment") }
        newLog = LogID(head: random.next(), tail: random.next())
        isCalm = random.chance(1, in: 3)
        isFlooded = random.chance(1, in: 8)
        if !isCalm && random.chance(1, in: 4) {
            disk.capacity = settings.segmentBytes * random.number(in: 3...settings.segments)
            if random.chance(1, in: 2) { disk.capacity += random.below(settings.segmentBytes) }
        }
        self.random = random
    }

    /// Lives until it has crashed so often, or until a promise is broken.
    package func run(crashes: Int) {
        figures.lives = 1
        if let tell { disk.tell = { tell($0) } }
        note("\(settings), sectors of \(disk.sectorBytes), \(disk.capacity) bytes on the disk")
        if isGrown {
            fillToCap()
            if violations.isEmpty { crash() }
        }
        while figures.crashes < crashes && violations.isEmpty {
            arm()
            if open() { live() }
            if violations.isEmpty { crash() }
        }
        if violations.isEmpty {
            disk.faults = DiskFaults()
            disk.die(after: .max)
            _ = open()
        }
        log = nil
        figures.disk = disk.counts
    }

    /// Gives it a disk that lies, to see whether the drill finds it.
    package func plant(_ lie: LyingDisk) { disk.lie = lie }

    func note(_ text: @autoclosure () -> String) {
        guard let tell else { return }
        tell(text())
    }

    func fail(_ text: String) {
        note("BROKEN \(text)")
        if violations.count < 20 { violations.append(text) }
    }

    // MARK: Crashes

    /// Says when the disk dies, and how it fails until then.
    private func arm() {
        // A start reads every segment, so it takes more calls where there are many.
        let span = random.pick(
            isGrown ? [10, 60, 100, 100, 200, 200, 300] : [3, 10, 30, 30, 60, 60, 200])
        disk.die(after: 1 + random.below(span))
        disk.faults = DiskFaults()
        guard !isCalm else { return }
        switch random.below(isGrown ? 9 : 6) {
        case 0: disk.faults = .rare
        case 1: disk.faults = .heavy
        case 6, 7, 8: disk.faults = .names
        default: break
        }
        if random.chance(1, in: 20) { disk.capacity = max(disk.usedBytes, 1) }
    }

    func crash() {
        if let log {
            figures.segmentsUsed += Int(log.counters.rolls)
            figures.segmentsFreed += Int(log.counters.segmentsFreed)
            noteNeed(log)
        }
        log = nil
        figures.crashes += 1
        note("crash \(figures.crashes)")
        if random.chance(1, in: 5) { disk.kill() } else { disk.cutPower() }
        judgeDisk()
    }

    // MARK: Opening

    /// Opens the log and compares it; false: the disk died meanwhile.
    func open() -> Bool {
        // A read that fails here makes the log open with less.
        let faults = disk.faults
        let syncErrors = disk.counts.syncErrors
        disk.faults.readErrors = 0
        defer { disk.faults = faults }
        let hasTwin = random.chance(1, in: 16) && faults == DiskFaults()
        let twin = hasTwin ? disk.copy(seed: 1) : nil
        note("open")
        do {
            log = try EventLog(disk, settings, wallMilliseconds: wall, newLog: newLog)
        } catch {
            if !disk.isDead && disk.faults == DiskFaults() {
                fail("LIVE: the log does not open: \(error)")
            }
            if !disk.isDead { disk.die(after: 0) }
        }
        guard let log, !disk.isDead else {
            figures.crashesInRecovery += 1
            return false
        }
        if disk.counts.syncErrors > syncErrors, log.isDegraded, log.hasStaged {
            // The last frame may not be on the disk, and could not be written again yet.
            note("opened in doubt")
            return false
        }
        figures.recoveries += 1
        judgeRecovery(log)
        if let twin, violations.isEmpty { judgeTwin(log, twin) }
        return violations.isEmpty
    }

    /// Two recoveries of one disk find the same.
    private func judgeTwin(_ log: EventLog<SimulatedDisk>, _ twin: SimulatedDisk) {
        guard let other = try? EventLog(twin, settings, wallMilliseconds: wall, newLog: newLog)
        else { return fail("LIVE: the log does not open a second time") }
        if let difference = truth.difference(from: other.index) {
            fail("RECORD: a second recovery finds something else: \(difference)")
        }
    }

    private func judgeRecovery(_ log: EventLog<SimulatedDisk>) {
        let index = log.index
        // How much of what was in flight is there: the first appends up to some one, or nothing.
        var candidates = [truth]
        for (steps, results) in staged {
            guard var next = candidates.last else { break }
            for (step, result) in zip(steps, results) { _ = next.apply(step, result) }
            candidates.append(next)
        }
        let differences = candidates.map { $0.difference(from: index) }
        let found = differences.lastIndex { $0 == nil }
        if let found { settle(candidates[found], found) }
        let difference = found == nil ? differences.first.flatMap { $0 } : nil
        if let difference {
            for (count, other) in differences.enumerated().dropFirst() {
                note("nor with \(count) of \(staged.count) appends in flight: \(other ?? "")")
            }
            return fail("RECORD: what was acknowledged is not what is there: \(difference)")
        }
        // A segment that was given up in need is known to be gone only by the next checkpoint; none
        // other may be missing.
        let oldest = index.segments.first?.number ?? 1
        let isMissing = log.recovery.missing.contains { $0 > oldest || !hasGivenUp }
        if !log.recovery.rot.isEmpty || isMissing || !log.recovery.foreign.isEmpty
            || index.lostMeta > 0 && log.recovery.missing.isEmpty || index.strays > 0
        {
            fail("RECORD: damage is reported where there is none: \(log.recovery)")
        }
        judge(log)
    }

    private func settle(_ found: Truth, _ count: Int) {
        note("recovered, with \(count) of \(staged.count) appends in flight")
        for (place, append) in staged.enumerated() {
            for (step, result) in zip(append.steps, append.results) {
                guard case .offsets(_, let records, false) = result else { continue }
                if place < count {
                    figures.survived += records
                } else {
                    figures.vanished += records
                }
                if case .batch(let id, let bytes) = step,
                    bytes.withUnsafeBytes({ BatchHeader($0)?.producerID ?? -1 }) >= 0
                {
                    unanswered.append((id, bytes))
                }
            }
        }
        truth = found
        ahead = found
        staged = []
    }

    // MARK: Judging

    /// Compares all that is durable with the account.
    func judge(_ log: EventLog<SimulatedDisk>) {
        let index = log.index
        var allowed = Truth.Allowed()
        allowed.ordinary = (index.segments.first?.number ?? 1) > 1
        // Without room, or on a disk that fails, the log goes on at the cost of its oldest part.
        noteNeed(log)
        if isForced { figures.forced += 1 }
        allowed.vital = isFlooded || isForced
        for text in truth.judgeLogStarts(index, allowed) { fail(text) }
        for name in ahead.topics.keys where ahead.topics[name]?.wasLimited == true {
            truth.topics[name]?.wasLimited = true
        }
        var next = ahead
        for (id, partition) in truth.partitions {
            guard let other = next.partitions[id], other.logStart < partition.logStart else {
                continue
            }
            next.moveLogStart(id, to: partition.logStart)
        }
        ahead = next
        for gap in index.gaps where !mayLose(gap.partition) {
            fail("RECORD: \(gap.offsets) of partition \(gap.partition.rawValue) are a gap")
        }
        let journal = Journal(disk, index)
        for text in journal.faults + truth.judgeContent(journal, index, mayLose) { fail(text) }
        figures.checked += journal.entries.count
        // What is lost without a word in the journal is in no frame.
        if !hasGivenUp, violations.isEmpty {
            figures.folded += 1
            if let wrong = journal.foldDifference(from: index) { fail("RECORD: \(wrong)") }
        }
        let ids = truth.partitions.keys.sorted()
        for _ in 0..<4 where !ids.isEmpty {
            let id = random.pick(ids)
            guard let partition = truth.partitions[id], partition.logStart < partition.next else {
                continue
            }
            let offset = Int64(random.below(Int(partition.next - partition.logStart)))
            if index.gap(id, at: partition.logStart + offset) != nil { continue }
            if let wrong = truth.judgeLookup(id, partition.logStart + offset, journal, index) {
                fail(wrong)
            }
        }
        judgeDisk()
    }

    /// Whether offsets of the partition may have become a gap.
    private func mayLose(_ id: PartitionID) -> Bool {
        isForced || isFlooded || hasGivenUp && !truth.isVital(id)
    }

    /// Takes note of what a disk that fails, or has no room, allows the log to give up.
    func noteNeed(_ log: EventLog<SimulatedDisk>) {
        guard !isCalm else { return }
        if log.counters.vitalBytesDropped > 0 { isForced = true }
        if log.counters.segmentsGivenUp > 0 { hasGivenUp = true }
    }

    func judgeDisk() {
        for complaint in disk.complaints { fail("RECORD: \(complaint)") }
        let cap = settings.segments * settings.segmentBytes
        if disk.highestBytes > cap {
            fail("BOUNDED: files of \(disk.highestBytes) bytes, the cap is \(cap)")
        }
        if disk.highestOpen > 8 { fail("BOUNDED: \(disk.highestOpen) files are open") }
    }
}
