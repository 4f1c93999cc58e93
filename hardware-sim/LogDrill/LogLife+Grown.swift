// Lives that begin with a log at its cap, with segments freed and vital records copied forward, and
// that stay near the end of a segment: where one is begun, freed or given up is where names count.
// Called by `LogLife.run`; all that is judged there is judged here.

import DrillRandom
import EventLog
import SimulatedDisk

extension LogLife {
    /// Fills the log on a disk without faults until so many of its segments were freed, and flushes.
    func fillToCap() {
        guard open() else { return }
        for isVital in [true, false] {
            guard let log else { return }
            topicsMade += 1
            stage(
                [
                    .createTopic(
                        name: "\(isVital ? "vital" : "plain").\(topicsMade)",
                        id: LogID(head: random.next(), tail: random.next()), partitions: 1,
                        TopicSettings(isVital: isVital))
                ], log)
            flush(log)
        }
        let wanted = random.number(in: 1...settings.segments)
        for _ in 0..<200 {
            guard let log, violations.isEmpty, log.counters.segmentsFreed < wanted else { return }
            burst(log)
        }
    }

    /// Fat batches for one partition, so that some segments hold what has to be copied and others
    /// do not.
    private func burst(_ log: EventLog<SimulatedDisk>) {
        let isVital = random.chance(1, in: 3)
        for _ in 0..<random.number(in: 1...12) {
            guard violations.isEmpty, !disk.isDead else { return }
            if isVital, !isFlooded, ahead.vitalBytes > mostVitalBytes {
                setLogStart(log)
                flush(log)
                return
            }
            appendFat(settings.longestFrame * 3 / 4, isVital: isVital, log)
            guard log.hasStaged else { return }
            flush(log)
        }
    }

    /// Appends until the active segment has little room left: what is small fits, what is large, or
    /// has to be copied, needs the next one.
    func fillSegment(_ log: EventLog<SimulatedDisk>) {
        // The engine keeps 8 KiB and more for itself.
        let end = settings.segmentBytes - (8 << 10) - random.below(12 << 10)
        for _ in 0..<(settings.segmentBytes / 1_024) {
            guard violations.isEmpty, !disk.isDead else { return }
            let left = end - Int(log.durableEnd.length)
            guard left > 1_024, !log.hasStaged else { return }
            appendFat(min(left, settings.longestFrame * 3 / 4), isVital: false, log)
            guard log.hasStaged else { return }
            flush(log)
        }
    }

    /// Stages one batch of about so many bytes, with content that was never there before.
    private func appendFat(_ bytes: Int, isVital: Bool, _ log: EventLog<SimulatedDisk>) {
        let ids = ahead.partitions.keys.sorted().filter { ahead.isVital($0) == isVital }
        guard let id = ids.randomly(&random) else { return }
        contentNumber += 1
        let value = [UInt8](
            repeating: UInt8(truncatingIfNeeded: contentNumber), count: max(0, bytes - 512))
        let record = LogRecord(
            key: Array("\(contentNumber)".utf8), value: value, timestamp: wall)
        stage([.batch(id, RecordBatch.encode([record]))], log)
    }
}
