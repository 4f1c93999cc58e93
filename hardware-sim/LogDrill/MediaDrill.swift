// What rots at rest: one log, damaged in many ways, each time from the same good state. A medium that
// does this has broken its word, so records may be gone; but what the log still gives out must be
// right, what is gone must be known to be gone, and what was not hit must be there.
//
// One thing nobody can know: that the newest frames, or the newest file, of a log are gone with nothing
// valid behind them. Those are counted apart (`newest`); a flipped bit there is none of them. Found is
// what the next start reports, what a read reports as lost, and what a walk over the chain as `verify`
// does it comes to.

import DrillRandom
import EventLog
import SimulatedDisk

/// Damages one log again and again.
package final class MediaDrill {
    /// What came of the faults of one kind.
    package struct Kind: Sendable {
        package var tried = 0
        /// Nothing that belongs to a frame was changed, or nothing but a last one without entries.
        package var harmless = 0
        package var found = 0
        /// Only the newest frame was hit, by something that looks like a write that never was.
        package var newestFrame = 0
        /// The same of several frames at the end.
        package var newestFrames = 0
        /// The file of the newest segment is gone.
        package var newestFile = 0
        /// Batches that are known to be lost.
        package var lost = 0
    }

    package struct Figures: Sendable {
        package var kinds: [MediaFault: Kind] = [:]
        package var batches = 0
        /// Batches that were read and are not what was appended.
        package var wrong = 0

        package init() {}

        package var tried: Int { kinds.values.reduce(0) { $0 + $1.tried } }

        package static func += (a: inout Figures, b: Figures) {
            for (fault, kind) in b.kinds {
                a.kinds[fault, default: Kind()].tried += kind.tried
                a.kinds[fault, default: Kind()].harmless += kind.harmless
                a.kinds[fault, default: Kind()].found += kind.found
                a.kinds[fault, default: Kind()].newestFrame += kind.newestFrame
                a.kinds[fault, default: Kind()].newestFrames += kind.newestFrames
                a.kinds[fault, default: Kind()].newestFile += kind.newestFile
                a.kinds[fault, default: Kind()].lost += kind.lost
            }
            a.batches += b.batches
            a.wrong += b.wrong
        }

        package var lines: [String] {
            let head = ["fault", "faults", "no frame hit", "detected", "%", "newest", "lost"]
            var lines = [Self.row(head)]
            var newestFrame = 0
            var newestFrames = 0
            var newestFile = 0
            for fault in MediaFault.allCases {
                let kind = kinds[fault] ?? Kind()
                let newest = kind.newestFrame + kind.newestFrames + kind.newestFile
                newestFrame += kind.newestFrame
                newestFrames += kind.newestFrames
                newestFile += kind.newestFile
                // What nobody can know is no part of it.
                let hits = kind.tried - kind.harmless - newest
                let share = hits > 0 ? 1_000 * kind.found / hits : 1_000
                lines.append(
                    Self.row([
                        fault.rawValue, "\(kind.tried)", "\(kind.harmless)", "\(kind.found)",
                        "\(share / 10).\(share % 10)", "\(newest)", "\(kind.lost)",
                    ]))
            }
            return lines + [
                "not to be told from a write that never was (newest): "
                    + "\(newestFrame) in the last frame alone, \(newestFrames) in the last few, "
                    + "\(newestFile) missing newest files",
                "\(tried) media faults, \(batches) batches read back, \(wrong) wrong",
            ]
        }

        private static func row(_ cells: [String]) -> String {
            var row = ""
            for (column, cell) in cells.enumerated() {
                let space = String(
                    repeating: " ", count: max(1, (column == 0 ? 18 : 13) - cell.count))
                row += column == 0 ? cell + space : space + cell
            }
            return row
        }
    }

    package let seed: UInt64
    package private(set) var figures = Figures()
    package private(set) var violations: [String] = []
    package var tell: ((String) -> Void)?

    private var random: Random
    private let life: LogLife
    private let foreign: [UInt8]

    package init(seed: UInt64) {
        self.seed = seed
        random = Random(seed: seed &+ 0x6D65_6469_61)
        life = LogLife(seed: seed)
        let other = LogLife(seed: seed &+ 1)
        other.grow(acts: 60)
        foreign = other.disk.bytes(of: Journal.name(of: 1)) ?? [UInt8](repeating: 7, count: 65_536)
    }

    /// Makes a log and damages it so often, or until something wrong is told.
    package func run(faults: Int) {
        life.grow(acts: random.pick([60, 200, 600, 1_200]))
        guard let index = life.lastIndex, life.violations.isEmpty, index.segments.count > 0 else {
            violations += life.violations
            return
        }
        let journal = Journal(life.disk, index)
        for _ in 0..<faults where violations.isEmpty { damage(index, journal) }
    }

    private func damage(_ index: LogIndex, _ journal: Journal) {
        let disk = life.disk.copy(seed: random.next())
        let segment = random.pick(index.segments)
        let name = Journal.name(of: segment.number)
        let whole = disk.bytes(of: name)?.count ?? 0
        // Mostly where something stands.
        let end = random.chance(9, in: 10) ? Int(segment.length) : whole
        let fault = random.pick(MediaFault.allCases)
        guard
            let damage = disk.damage(fault, name, within: 0..<min(end, whole), foreign: foreign)
        else { return }
        figures.kinds[fault, default: Kind()].tried += 1
        judge(disk, damage, segment, index, journal)
    }

    private func fail(_ damage: Damage, _ text: String) {
        if violations.count < 8 { violations.append("RECORD: after \(damage): \(text)") }
    }

    private func judge(
        _ disk: SimulatedDisk, _ damage: Damage, _ segment: SegmentSummary, _ before: LogIndex,
        _ journal: Journal
    ) {
        tell?("\(damage)")
        if let tell { disk.tell = { tell($0) } }
        let log: EventLog<SimulatedDisk>
        do {
            log = try EventLog(disk, life.settings, wallMilliseconds: life.wall)
        } catch {
            return fail(damage, "the log does not open: \(error)")
        }
        tell?("\(log.recovery)")
        guard log.index.log == before.log else {
            // Where one file of a few is of another log, nobody can say which log was meant.
            figures.kinds[damage.fault, default: Kind()].found += 1
            if before.segments.count > 2 { fail(damage, "another log is opened") }
            return
        }
        let frames = journal.frameRanges[segment.number] ?? []
        let isLast = segment.number == before.segments.last?.number
        // A last frame without entries holds nothing that could be lost.
        let isEmpty = before.lastKind == .resting || before.lastKind == .closing
        let full = isLast && isEmpty ? frames.dropLast() : frames[...]
        let isHarmless =
            damage.bytes.lowerBound >= 128 && !full.contains { $0.overlaps(damage.bytes) }
        let newest = isLast ? frames.last : nil
        // What a lost write of the newest frame looks like, nobody can tell from it.
        let isNewest =
            damage.fault != .flippedBit
            && (newest.map { damage.bytes.upperBound > $0.lowerBound } ?? false)
        var isFound =
            log.recovery.isDamaged || log.recovery.tornBytes > 0
            || !log.recovery.errors.isEmpty || !log.index.gaps.isEmpty
        let reading = BatchReading(disk: disk, index: log.index)
        for (id, partition) in life.truth.partitions {
            for batch in partition.batches where batch.next > partition.logStart {
                let copies = journal.entries[Journal.Key(partition: id, base: batch.base)] ?? []
                let isHit = !copies.contains { entry in
                    entry.segment != segment.number
                        || !entry.frameBytes.overlaps(damage.bytes)
                }
                figures.batches += 1
                switch reading.read(batch, id) {
                case .right: continue
                case .wrong(let text):
                    figures.wrong += 1
                    fail(damage, "\(id.rawValue) at \(batch.base): \(text)")
                case .reported:
                    isFound = true
                    figures.kinds[damage.fault, default: Kind()].lost += 1
                    if !isHit {
                        fail(
                            damage,
                            "\(id.rawValue) lost \(batch.base), which was not hit; gap "
                                + "\(log.index.gap(id, at: batch.base).map { "\($0)" } ?? "none"), "
                                + "\(log.index.locate(id, offset: batch.base).map { "\($0)" } ?? "")"
                        )
                    }
                case .absent:
                    figures.kinds[damage.fault, default: Kind()].lost += 1
                    // The topic was made in what was hit.
                    if log.index.partition(id) == nil, isHit, log.recovery.isDamaged { continue }
                    // Writing goes on in another segment, for which an old one had to be freed.
                    let isFreed = copies.allSatisfy { $0.segment < log.oldestSegment }
                    if isFreed, !life.truth.isVital(id), log.recovery.isDamaged { continue }
                    if !isNewest || !isHit {
                        fail(
                            damage,
                            "\(id.rawValue) lost \(batch.base) without a word; "
                                + "\(log.index.partition(id).map { "\($0)" } ?? "unknown")")
                    }
                }
            }
            let next = log.index.highWatermark(id) ?? -1
            let isForgotten = next < 0 && log.recovery.isDamaged
            if next < partition.next && !isNewest && !isForgotten {
                fail(damage, "\(id.rawValue) goes on at \(next), and was at \(partition.next)")
            }
        }
        if !isFound { isFound = !Journal(disk, log.index).faults.isEmpty }
        var kind = figures.kinds[damage.fault] ?? Kind()
        if isFound {
            kind.found += 1
        } else if isHarmless {
            kind.harmless += 1
        } else if isNewest && damage.fault == .missingFile {
            kind.newestFile += 1
        } else if isNewest, frames.dropLast().contains(where: { $0.overlaps(damage.bytes) }) {
            kind.newestFrames += 1
        } else if isNewest {
            kind.newestFrame += 1
        } else {
            fail(damage, "nobody notices")
        }
        figures.kinds[damage.fault] = kind
    }
}
