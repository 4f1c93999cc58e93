// What the durable log holds beside its records, so that a start reads little: the memory that follows
// from all records up to here, the open episodes, and the plan's file. All go out in parts, and their
// place is committed with the last part: half of one is never taken for a whole.

import ControlLoop
import EventLog
import FireLogic

extension RecordWriter {
    /// Appends a memory and, with its last part, commits where it begins. Nothing is staged before
    /// it, so that its offset is known.
    func stageMemory(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ kind: LogEntry.Kind,
        _ memory: Memory, _ episodes: Episodes, _ stamp: Stamp, _ wall: Int64
    ) throws(AppendError) {
        let first = log.index.highWatermark(partitions.records) ?? 0
        var entries =
            (memory.entries(kind, machine: start.boot.head, stamp)
            + episodes.entries(machine: start.boot.head, stamp))[...]
        while !entries.isEmpty {
            recordBatch.removeAll()
            for entry in entries.prefix(Self.entriesAtOnce) {
                entryBytes.removeAll(keepingCapacity: true)
                entry.append(to: &entryBytes)
                recordBatch.append(key: nil, value: entryBytes, timestamp: wall)
            }
            entries = entries.dropFirst(Self.entriesAtOnce)
            recordBatch.finish()
            var steps: [AppendStep] = [.batch(partitions.records, recordBatch.bytes)]
            if entries.isEmpty {
                steps.append(
                    .commit(
                        group: SafetyTopics.memoryGroup, partitions.records, offset: first,
                        metadata: ""))
            }
            try stageOrFlush(log, steps, wall)
        }
    }

    /// Appends the plan's file unless it is the one that was appended last.
    func stagePlan(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ wall: Int64
    ) throws(AppendError) {
        let name = String(start.planChecksum, radix: 16)
        let info = log.index.partition(partitions.plans)
        if let last = log.index.committed(group: SafetyTopics.planGroup, partitions.plans),
            last.metadata == name, last.offset >= info?.logStart ?? 0
        {
            return
        }
        guard let file = start.planFile(), !file.isEmpty else { return }
        let parts = (file.count + PlanEntry.longestPart - 1) / PlanEntry.longestPart
        let first = info?.highWatermark ?? 0
        for part in 0..<parts {
            let from = part * PlanEntry.longestPart
            let bytes = file[from..<min(file.count, from + PlanEntry.longestPart)]
            let key = PlanEntry(
                checksum: start.planChecksum, part: UInt16(part), parts: UInt16(parts)
            ).key
            recordBatch.removeAll()
            recordBatch.append(key: key, value: Array(bytes), timestamp: wall)
            recordBatch.finish()
            var steps: [AppendStep] = [.batch(partitions.plans, recordBatch.bytes)]
            if part == parts - 1 {
                steps.append(
                    .commit(
                        group: SafetyTopics.planGroup, partitions.plans, offset: first,
                        metadata: name))
            }
            try stageOrFlush(log, steps, wall)
        }
    }

    /// Stages, after a flush where there is no room left to stage in.
    private func stageOrFlush(
        _ log: EventLog<DirectoryFiles>, _ steps: [AppendStep], _ wall: Int64
    ) throws(AppendError) {
        do throws(AppendError) {
            _ = try log.stage(steps, wallMilliseconds: wall)
        } catch {
            guard error == .backlogged, flush(log, wall) else { throw error }
            _ = try log.stage(steps, wallMilliseconds: wall)
        }
    }
}
