// What happens in a life between two crashes: appends of all kinds, flushes, retention, good and bad
// producers, clocks that jump.

import DrillRandom
import EventLog
import SimulatedDisk

extension LogLife {
    /// Acts until the disk dies or enough has happened.
    func live() {
        for _ in 0..<80 {
            guard let log, !disk.isDead, violations.isEmpty else { return }
            act(log)
        }
    }

    /// Lives without any fault, so that there is a good log to begin with. `lastIndex` tells what is
    /// in it.
    package func grow(acts: Int) {
        disk.capacity = .max
        guard open() else { return }
        for _ in 0..<acts {
            guard log != nil, violations.isEmpty else { return }
            if let log { act(log) }
            // It was closed: the next start goes on.
            guard disk.isDying, violations.isEmpty else { continue }
            crash()
            guard open() else { return }
        }
        if let log, violations.isEmpty {
            flush(log)
            try? log.rest(wallMilliseconds: wall)
            judge(log)
        }
        lastIndex = log?.index
        log = nil
    }

    private func act(_ log: EventLog<SimulatedDisk>) {
        if isGrown, random.chance(1, in: 8) { return fillSegment(log) }
        if truth.topics.isEmpty && ahead.topics.isEmpty { return makeTopic(log) }
        switch random.pick(weights: [40, 34, 6, 4, 3, 3, 3, 3, 3, 2, 1, 2]) {
        case 0: append(log)
        case 1: flush(log)
        case 2: prepare(log)
        case 3: sendAgain(log)
        case 4: appendNonsense(log)
        case 5: setLogStart(log)
        case 6: retain(log)
        case 7: makeTopic(log)
        case 8: changeTopic(log)
        case 9: jump()
        case 10: close(log)
        default: reserve(log)
        }
    }

    // MARK: Appends

    private func append(_ log: EventLog<SimulatedDisk>) {
        if !isFlooded, ahead.vitalBytes > mostVitalBytes {
            return setLogStart(log)
        }
        var steps: [AppendStep] = []
        for _ in 0..<random.pick([1, 1, 1, 2, 3]) {
            guard let id = anyPartition() else { return }
            steps.append(.batch(id, batch(for: id, steps)))
        }
        if random.chance(1, in: 4), let id = anyPartition() { steps.append(commit(id)) }
        stage(steps, log)
    }

    /// Stages what must be taken, and compares what it became.
    func stage(_ steps: [AppendStep], _ log: EventLog<SimulatedDisk>) {
        figures.appends += 1
        do throws(AppendError) {
            let results = try log.stage(steps, wallMilliseconds: wall)
            note("append \(steps.map(Self.text)) -> \(results.map(Self.text))")
            guard results.count == steps.count else {
                return fail("RECORD: \(steps.count) steps became \(results.count) results")
            }
            for (step, result) in zip(steps, results) {
                if let wrong = ahead.apply(step, result) { fail("RECORD: \(wrong)") }
            }
            staged.append((steps, results))
        } catch {
            note("append \(steps.map(Self.text)) refused: \(error)")
            figures.refusals += 1
            switch error {
            case .full, .backlogged, .tooMany: break
            case .tooLarge:
                let bytes = steps.reduce(0) { sum, step in
                    guard case .batch(_, let bytes) = step else { return sum + 256 }
                    return sum + JournalFormat.entryBytes(bytes.count)
                }
                if bytes + 512 < settings.longestFrame { fail("LIVE: \(bytes) bytes are too many") }
            default: fail("LIVE: an append was refused as \(error)")
            }
        }
        let most = settings.longestFrame
        if log.stagedBytes > most { fail("BOUNDED: \(log.stagedBytes) bytes are staged") }
    }

    func flush(_ log: EventLog<SimulatedDisk>) {
        let failures = injected
        do {
            try log.flush(wallMilliseconds: wall)
        } catch {
            note("flush fails: \(error)")
            figures.failedFlushes += 1
            if injected == failures, !disk.isDead, log.index.segments.count >= 3,
                disk.faults == DiskFaults()
            {
                fail("LIVE: a flush failed without a fault: \(error)")
            }
            return
        }
        note("flushed")
        noteNeed(log)
        if log.hasStaged { fail("RECORD: a flush left something staged") }
        for append in staged {
            for case .offsets(_, let count, let isDuplicate) in append.results {
                if isDuplicate { figures.duplicates += 1 } else { figures.acknowledged += count }
            }
        }
        figures.flushes += 1
        staged = []
        truth = ahead
        if let difference = truth.difference(from: log.index) {
            fail("RECORD: after a flush: \(difference)")
        }
        // Nothing came for a second. Not by chance, so that lives stay what they were.
        if figures.flushes % 4 == 0 { try? log.rest(wallMilliseconds: wall) }
        if random.chance(1, in: 32) || judgesAlways { judge(log) }
    }

    private var injected: Int {
        let counts = disk.counts
        return counts.readErrors + counts.writeErrors + counts.syncErrors + counts.directoryErrors
            + counts.noSpace
    }

    /// A producer that got no answer sends its batch again: a duplicate, or new.
    private func sendAgain(_ log: EventLog<SimulatedDisk>) {
        if let (id, bytes) = unanswered.popLast() {
            guard let header = bytes.withUnsafeBytes({ BatchHeader($0) }),
                ahead.partitions[id] != nil,
                let state = ahead.producers[
                    ProducerKey(producer: header.producerID, partition: id)],
                state.epoch == header.producerEpoch,
                state.nextSequence == header.baseSequence
                    || state.sent.contains(where: { $0.bytes == bytes })
            else { return }
            return stage([.batch(id, bytes)], log)
        }
        guard
            let (key, producer) = ahead.producers.sorted(by: { $0.key < $1.key }).randomly(&random),
            !producer.sent.isEmpty
        else { return }
        stage([.batch(key.partition, random.pick(producer.sent).bytes)], log)
    }

    private func appendNonsense(_ log: EventLog<SimulatedDisk>) {
        guard let id = anyPartition() else { return }
        let good = batch(for: id, [], numbered: false)
        let unknown = PartitionID(rawValue: ahead.highestPartition + 7)
        var steps: [AppendStep] = [.batch(id, good)]
        let wanted: AppendError
        switch random.below(6) {
        case 0:
            steps.append(.batch(unknown, good))
            wanted = .unknownPartition
        case 1:
            var bad = good
            bad[random.number(in: 16...bad.count - 1)] ^= 0x40
            steps.append(.batch(id, bad))
            wanted = .badBatch
        case 2:
            steps.append(.setLogStart(id, offset: .max))
            wanted = .offsetOutOfRange
        case 3:
            steps.append(.commit(group: "", id, offset: 0, metadata: ""))
            wanted = .badName
        case 4:
            steps.append(.addPartitions(topic: "none", upTo: 2))
            wanted = .unknownTopic
        default:
            steps.append(
                .createTopic(
                    name: "a/b", id: LogID(head: 1, tail: 1), partitions: 1, TopicSettings()))
            wanted = .badName
        }
        let bytes = log.stagedBytes
        do throws(AppendError) {
            _ = try log.stage(steps, wallMilliseconds: wall)
            fail("RECORD: nonsense was taken: \(steps.map(Self.text))")
        } catch {
            let isRoom = [.full, .backlogged, .tooMany, .tooLarge].contains(error)
            if error != wanted && !isRoom {
                fail("RECORD: nonsense was refused as \(error) and not \(wanted)")
            }
        }
        if log.stagedBytes != bytes { fail("RECORD: a refused append left something staged") }
    }

    // MARK: Topics

    private func makeTopic(_ log: EventLog<SimulatedDisk>) {
        guard ahead.topics.count < 5 else { return }
        topicsMade += 1
        let isVital = random.chance(1, in: 2)
        stage(
            [
                .createTopic(
                    name: "\(isVital ? "vital" : "plain").\(topicsMade)",
                    id: LogID(head: random.next(), tail: random.next()),
                    partitions: random.number(in: 1...2), anySettings(isVital))
            ], log)
    }

    private func changeTopic(_ log: EventLog<SimulatedDisk>) {
        guard let (name, topic) = ahead.topics.sorted(by: { $0.key < $1.key }).randomly(&random)
        else { return }
        switch random.below(4) {
        case 0 where ahead.topics.count > 3: stage([.deleteTopic(name: name)], log)
        case 1 where topic.partitions.count < 3:
            stage([.addPartitions(topic: name, upTo: topic.partitions.count + 1)], log)
        case 2:
            stage([.alterTopic(name: name, anySettings(topic.settings.isVital))], log)
        default:
            guard let key = ahead.commits.keys.sorted().randomly(&random) else { return }
            stage(
                random.chance(1, in: 2)
                    ? [.deleteGroup(key.group)]
                    : [.deleteCommit(group: key.group, key.partition)], log)
        }
    }

    private func anySettings(_ isVital: Bool) -> TopicSettings {
        TopicSettings(
            retentionMilliseconds: random.chance(1, in: 5) ? Int64(random.below(100_000)) : nil,
            retentionBytes: random.chance(1, in: 5) ? Int64(random.below(100_000)) : nil,
            isVital: isVital)
    }

    func setLogStart(_ log: EventLog<SimulatedDisk>) {
        let vital = ahead.partitions.keys.sorted().filter { ahead.isVital($0) }
        guard let id = random.chance(3, in: 4) ? vital.randomly(&random) : anyPartition(),
            let partition = ahead.partitions[id],
            let start = log.index.partition(id)?.logStart,
            max(start, partition.logStart) <= partition.next
        else { return }
        let first = max(start, partition.logStart)
        let offset = first + Int64(random.below(Int(partition.next - first) + 1))
        // What the log itself moves meanwhile is seen in `ahead` of the log only.
        do throws(AppendError) {
            let results = try log.stage(
                [.setLogStart(id, offset: offset)], wallMilliseconds: wall)
            note("log start \(id.rawValue) \(offset)")
            for result in results {
                if let wrong = ahead.apply(.setLogStart(id, offset: offset), result) {
                    fail("RECORD: \(wrong)")
                }
            }
            staged.append(([.setLogStart(id, offset: offset)], results))
        } catch {
            figures.refusals += 1
            note("log start \(id.rawValue) \(offset) refused: \(error)")
        }
    }

    private func reserve(_ log: EventLog<SimulatedDisk>) {
        stage([.reserveProducerIDs(upTo: ahead.producerIDs + Int64(random.below(100)))], log)
    }

    // MARK: The rest

    private func retain(_ log: EventLog<SimulatedDisk>) {
        note("retain")
        log.retain(wallMilliseconds: wall)
    }

    private func prepare(_ log: EventLog<SimulatedDisk>) {
        for _ in 0..<random.number(in: 1...3) {
            do {
                let isMore = try log.prepare(wallMilliseconds: wall)
                note("prepared, \(isMore ? "more to do" : "done")")
                if judgesAlways { judge(log) }
                if !isMore { return }
            } catch {
                note("prepare fails: \(error)")
                return
            }
        }
    }

    private func jump() {
        let years: Int64 = 365 * 86_400_000
        switch random.below(8) {
        case 0: wall += 40 * years
        case 1: wall -= 40 * years
        default: wall += Int64(random.below(10_000))
        }
        note("it is \(wall)")
    }

    private func close(_ log: EventLog<SimulatedDisk>) {
        note("close")
        flush(log)
        guard staged.isEmpty, !disk.isDead, violations.isEmpty else { return }
        try? log.close(wallMilliseconds: wall)
        disk.die(after: 0)
    }

    private func anyPartition() -> PartitionID? { ahead.partitions.keys.sorted().randomly(&random) }

    private func commit(_ id: PartitionID) -> AppendStep {
        .commit(
            group: "group\(random.below(3))", id,
            offset: Int64(random.below(Int(min(ahead.partitions[id]?.next ?? 0, 1 << 40)) + 1)),
            metadata: random.chance(1, in: 4) ? "m\(random.below(1_000))" : "")
    }

    /// A batch with content that was never there before.
    private func batch(
        for id: PartitionID, _ steps: [AppendStep], numbered: Bool = true
    ) -> [UInt8] {
        contentNumber += 1
        let count = random.pick([1, 1, 1, 1, 2, 5, 20])
        let size = random.pick([0, 10, 100, 100, 200, 600, 3_000]) / (count > 2 ? 10 : 1)
        let value = [UInt8](repeating: UInt8(truncatingIfNeeded: contentNumber), count: size)
        let records = (0..<count).map { number in
            LogRecord(
                key: number == 0 ? Array("\(contentNumber)".utf8) : nil, value: value,
                timestamp: wall + Int64(number))
        }
        let isAlone = !steps.contains { step in
            if case .batch(id, _) = step { return true }
            return false
        }
        guard numbered, isAlone, random.chance(1, in: 3) else { return RecordBatch.encode(records) }
        let producer = Int64(random.below(3))
        let state = ahead.producers[ProducerKey(producer: producer, partition: id)]
        // The log knows so many pairs only, and forgets the longest unused one.
        guard state != nil || ahead.producers.count < 12 else { return RecordBatch.encode(records) }
        let isNew = random.chance(1, in: 30)
        return RecordBatch.encode(
            records, producerID: producer, epoch: (state?.epoch ?? 0) + (isNew ? 1 : 0),
            baseSequence: isNew ? 0 : state?.nextSequence ?? 0)
    }

    // MARK: In words

    private static func text(_ step: AppendStep) -> String {
        guard case .batch(let id, let bytes) = step else { return "\(step)" }
        let header = bytes.withUnsafeBytes { BatchHeader($0) }
        let producer = header?.producerID ?? -1
        return "\(header?.recordCount ?? 0) records, \(bytes.count) bytes to \(id.rawValue)"
            + (producer < 0 ? "" : " by \(producer) from \(header?.baseSequence ?? -1)")
    }

    private static func text(_ result: AppendResult) -> String {
        switch result {
        case .offsets(let base, _, let isDuplicate): isDuplicate ? "again \(base)" : "\(base)"
        case .partitions(let first, let count): "partitions \(first.rawValue)+\(count)"
        case .done: "done"
        }
    }
}

extension Array {
    func randomly(_ random: inout Random) -> Element? { isEmpty ? nil : random.pick(self) }
}

extension ProducerKey: Comparable {
    package static func < (a: ProducerKey, b: ProducerKey) -> Bool {
        (a.producer, a.partition) < (b.producer, b.partition)
    }
}

extension Truth.CommitKey: Comparable {
    static func < (a: Truth.CommitKey, b: Truth.CommitKey) -> Bool {
        (a.group, a.partition) < (b.group, b.partition)
    }
}
