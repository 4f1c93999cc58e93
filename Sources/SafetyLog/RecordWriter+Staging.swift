// What the durable log's thread stages for the next flush, and in which order: the memory first, so that
// its offset is known, then the plan, the reserve of the signals, and the records that wait with all
// that is told of them. Writes nothing itself; what cannot be staged now waits.

import ControlLoop
import EventLog
import FireLogic
import Handover

extension RecordWriter {
    /// False: something could not be staged and waits.
    func stage(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ wall: Int64
    ) -> Bool {
        do throws(AppendError) {
            if !isBegun {
                try stageMemory(
                    log, partitions, .memoryAtStart, start.memory, start.episodes, start.stamp, wall
                )
                isBegun = true
            } else if sinceMemory >= Self.recordsAMemory || rolls != log.counters.rolls {
                let stamp = Stamp(boot: memoryAt, wallMilliseconds: wall)
                try stageMemory(
                    log, partitions, .memoryOnTheWay, memory, episodes, stamp, wall)
                sinceMemory = 0
                rolls = log.counters.rolls
            }
            if !hasPlan {
                try stagePlan(log, partitions, wall)
                hasPlan = true
            }
            if let wanted = offsets?.wanted {
                _ = try log.stage(
                    [.reserveVolatile(partitions.signals, upTo: wanted)], wallMilliseconds: wall)
                stagedReserve = wanted
            }
            if !group.isEmpty || episodes.nextDue <= BootTime.now {
                try stageGroup(log, partitions, wall)
            }
            return true
        } catch {
            // What was staged before it goes out first; then it is tried again.
            return log.hasStaged
        }
    }

    func fillGroup() {
        while group.count < Self.groupRecords, let entry = queue.take() {
            group.append(entry)
            // Also while nothing can be written: who watches learns it all the same.
            if let record = entry.words.record { announce(record, entry.stamp) }
        }
    }

    private func stageGroup(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ wall: Int64
    ) throws(AppendError) {
        recordBatch.removeAll()
        for place in toldBatches.indices { toldBatches[place].removeAll() }
        // Counts once it is staged: what cannot be is tried again.
        var after = episodes
        for entry in group { add(entry, &after) }
        let due = after.due(at: Stamp(boot: BootTime.now, wallMilliseconds: wall))
        for notice in due { tell(notice.message(start.plan), wall) }
        do throws(AppendError) {
            try stage(log, batches(partitions, hasNotifications: true), wall)
        } catch {
            guard error == .full else { throw error }
            // No room but the reserve: what is only told to people stays out.
            try stage(log, batches(partitions, hasNotifications: false), wall)
        }
        episodes = after
        stagedRecords += group.count
        for entry in group {
            guard let record = entry.words.record else { continue }
            remember(record, entry.stamp)
        }
        group.removeAll(keepingCapacity: true)
    }

    private func stage(
        _ log: EventLog<DirectoryFiles>, _ steps: [AppendStep], _ wall: Int64
    ) throws(AppendError) {
        if !steps.isEmpty { _ = try log.stage(steps, wallMilliseconds: wall) }
    }

    private func add(_ entry: QueuedRecord, _ episodes: inout Episodes) {
        entryBytes.removeAll(keepingCapacity: true)
        LogEntry(
            kind: .record, number: entry.number, machine: start.boot.head, stamp: entry.stamp,
            words: entry.words
        ).append(to: &entryBytes)
        let wall = entry.stamp.wallMilliseconds
        recordBatch.append(key: nil, value: entryBytes, timestamp: wall)
        guard let record = entry.words.record else { return }
        for message in record.messages(start.plan) { tell(message, wall) }
        let notices = episodes.take(
            record, entry.stamp, number: entry.number, machine: start.boot.head)
        for notice in notices { tell(notice.message(start.plan), wall) }
    }

    private func tell(_ message: LogMessage, _ wall: Int64) {
        guard let place = SafetyPartitions.told.firstIndex(of: message.topic) else { return }
        toldBatches[place].append(key: message.key, value: message.value, timestamp: wall)
    }

    private func batches(
        _ partitions: SafetyPartitions, hasNotifications: Bool
    ) -> [AppendStep] {
        var steps: [AppendStep] = []
        if recordBatch.count > 0 {
            recordBatch.finish()
            steps.append(.batch(partitions.records, recordBatch.bytes))
        }
        for place in toldBatches.indices where toldBatches[place].count > 0 {
            if !hasNotifications && SafetyPartitions.told[place] == .notifications { continue }
            toldBatches[place].finish()
            steps.append(.batch(partitions.told(place), toldBatches[place].bytes))
        }
        return steps
    }

    private func remember(_ record: Record, _ stamp: Stamp) {
        memory.age(by: stamp.boot - memoryAt)
        memoryAt = max(memoryAt, stamp.boot)
        memory.apply(record, age: .zero)
    }
}
