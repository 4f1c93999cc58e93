// The streams of a site at work: reads what has come into their topics, and says what to append. It has
// no thread and no clock: whoever has them calls `next` when a log may have grown, hands the appends to
// the service log and gives each outcome to `answered`.
//
// Exactly once: an append holds the records and, for the stream's group, the offset behind the last
// record that they speak for. It is on the disk as a whole or not at all, so wherever the gateway dies,
// its next start reads the commit and goes on behind it. Each target of a stream is a lane of its own,
// with its own group: one append holds the batches of one topic, and a topic that is gone or full does
// not hold up the others.
//
// A lane has one append under way in each partition, and reads on when that is answered. What is under
// way of all lanes is bounded. Where nothing of the input passes nothing is written, but for a commit
// after every so many bytes: a restart looks at those again.

package import EventLog
package import Streams

/// All streams, and how far each has come.
package final class StreamEngine {
    /// An append that is wanted.
    package struct Job {
        package var token: UInt64
        package var steps: [AppendStep]
    }

    /// Something that people should know.
    package struct Notice: Hashable, Sendable {
        package var stream: String
        package var text: String
    }

    /// Bytes of a log that are read at a time.
    private static let pieceBytes = 256 << 10
    /// Bytes of batches that may be under way.
    private static let mostUnderway = 4 << 20
    /// Input that may be passed over before that is committed.
    private static let uncommitted = 4 << 20

    private struct Lane {
        var rule: StreamRule
        var target: String
        var group: String
        var places: [PartitionID: Place] = [:]
        /// The topic is being made.
        var isMaking = false
        /// It could not be made.
        var isHeld = false
    }

    /// How far a lane has come in a partition of its input.
    private struct Place {
        var next: Int64
        var passed = 0
        var isWaiting = false
        /// What was to be appended was refused, or the log could not be read.
        var isHeld = false
    }

    private struct Underway {
        var lane: Int
        /// nil: the lane's topic is being made.
        var partition: PartitionID?
        var next: Int64
        var bytes: Int
        /// Records that go out; more than one cannot be too large together.
        var isSingle: Bool
    }

    private let topics: ServedTopics
    private var lanes: [Lane]
    private var underway: [UInt64: Underway] = [:]
    private var underwayBytes = 0
    private var lastToken: UInt64 = 0
    private var unpacked: UnpackedBatch?
    private var notices: [Notice] = []
    /// An append was refused, or a log could not be read, for a reason that passes. Nothing of that
    /// is tried before `next` is called with `again`, which should be after a while.
    package var isHeldUp: Bool {
        lanes.contains { lane in lane.isHeld || lane.places.values.contains { $0.isHeld } }
    }

    /// `topics` is this engine's own: another thread may have others over the same logs.
    package init(_ rules: [StreamRule], topics: ServedTopics) {
        self.topics = topics
        lanes = rules.flatMap { rule in
            rule.to.map { Lane(rule: rule, target: $0, group: rule.group(of: $0)) }
        }
    }

    /// The groups that commit for streams.
    package var groups: [String] { lanes.map(\.group) }

    /// What has been noticed since the last call.
    package func takeNotices() -> [Notice] {
        defer { notices = [] }
        return notices
    }

    /// Looks at the logs anew. What `next` is told of transactions has to be asked after this: then
    /// every record that it sees is of a transaction that is known.
    package func look() { topics.refresh() }

    /// The appends that may go out now; none where nothing has come, or all lanes wait for answers.
    /// Each has to be answered. `again`: what was held up is tried too.
    package func next(_ transactions: Transactions, again: Bool = false) -> [Job] {
        if again { release() }
        var jobs: [Job] = []
        var isMoving = true
        while isMoving {
            isMoving = false
            for lane in lanes.indices {
                guard underwayBytes < Self.mostUnderway else { return jobs }
                if move(lane, transactions, &jobs) { isMoving = true }
            }
        }
        return jobs
    }

    /// The outcome of a job.
    package func answered(_ token: UInt64, _ outcome: Result<[AppendResult], AppendError>) {
        guard let done = underway.removeValue(forKey: token) else { return }
        underwayBytes -= done.bytes
        guard let partition = done.partition else {
            lanes[done.lane].isMaking = false
            switch outcome {
            case .success, .failure(.topicExists): break
            case .failure: lanes[done.lane].isHeld = true
            }
            return
        }
        guard var place = lanes[done.lane].places[partition] else { return }
        place.isWaiting = false
        switch outcome {
        case .success:
            place.next = done.next
            place.passed = 0
        case .failure(.tooLarge) where done.isSingle, .failure(.badBatch) where done.isSingle:
            // It will not fit the next time either.
            note(done.lane, place.next..<done.next, "no room for it in one append")
            place.next = done.next
        case .failure: place.isHeld = true
        }
        lanes[done.lane].places[partition] = place
    }

    private func release() {
        for lane in lanes.indices {
            lanes[lane].isHeld = false
            for partition in lanes[lane].places.keys {
                lanes[lane].places[partition]?.isHeld = false
            }
        }
    }

    /// One step in each partition that does not wait for an answer; false: nothing was to be done.
    private func move(
        _ number: Int, _ transactions: Transactions, _ jobs: inout [Job]
    ) -> Bool {
        let lane = lanes[number]
        guard !lane.isMaking, !lane.isHeld, let input = topics[lane.rule.from],
            !input.info.partitions.isEmpty
        else { return false }
        guard let output = topics[lane.target] else {
            if topics.isReserved(lane.target) { return false }
            lanes[number].isMaking = true
            jobs.append(
                job(
                    Underway(lane: number, partition: nil, next: 0, bytes: 0, isSingle: false),
                    [
                        .createTopic(
                            name: lane.target, id: .fresh(),
                            partitions: input.info.partitions.count, TopicSettings())
                    ]))
            return true
        }
        guard output.writer == .clients, !output.info.partitions.isEmpty else { return false }
        if lanes[number].places.count > input.info.partitions.count { forgetGone(number, input) }
        var hasMoved = false
        for slot in input.info.partitions.indices {
            if move(number, lane, input, Int32(slot), output, transactions, &jobs) {
                hasMoved = true
            }
        }
        return hasMoved
    }

    private func move(
        _ number: Int, _ lane: Lane, _ input: ServedTopic, _ slot: Int32, _ output: ServedTopic,
        _ transactions: Transactions, _ jobs: inout [Job]
    ) -> Bool {
        guard let partition = input.partition(slot), let state = input.state(slot),
            // It is made by the broker, when it sees the topic.
            let commit = topics.commitPartition(input, slot)
        else { return false }
        var place =
            lane.places[commit]
            ?? Place(
                next: topics.service.reader?.index.committed(group: lane.group, commit)?.offset
                    ?? state.logStart)
        if place.isWaiting || place.isHeld { return false }
        if place.next > state.highWatermark {
            note(number, state.highWatermark..<place.next, "the log of \(input.name) was made anew")
            place.next = state.logStart
        }
        if place.next < state.logStart {
            note(number, place.next..<state.logStart, "they were gone before they were read")
            place.next = state.logStart
        }
        lanes[number].places[commit] = place
        // Records of a transaction that is open wait, and all behind them.
        let end = input.stableEnd(partition, state, transactions)
        guard place.next < end, let reader = input.log.reader else { return false }
        var bytes: [UInt8] = []
        let read: ReadResult
        do throws(ReadError) {
            read = try reader.read(
                partition, from: place.next, maxBytes: Self.pieceBytes, into: &bytes)
        } catch {
            // The index is behind, or the disk fails: the next look shows which.
            lanes[number].places[commit]?.isHeld = true
            return false
        }
        _ = RecordBatch.cut(&bytes, at: end)
        var aborted: [AbortedPart] = []
        if input.log === topics.service {
            aborted = transactions.aborted(partition, place.next..<min(read.next, end))
        }
        let piece = StreamPiece(
            bytes, from: place.next, lane.rule.condition, without: aborted, &unpacked)
        for range in piece.unreadable { note(number, range, "nobody can unpack them") }
        // Behind the last batch the log may have a gap.
        let next = piece.read == bytes.count ? max(piece.next, min(read.next, end)) : piece.next
        guard next > place.next else { return false }
        place.passed += max(piece.read, 1)
        if piece.batches.isEmpty, place.passed < Self.uncommitted {
            place.next = next
            lanes[number].places[commit] = place
            return true
        }
        let target = output.info.partitions[Int(slot) % output.info.partitions.count]
        place.isWaiting = true
        lanes[number].places[commit] = place
        jobs.append(
            job(
                Underway(
                    lane: number, partition: commit, next: next, bytes: piece.bytes,
                    isSingle: piece.batches.count == 1 && piece.bytes > StreamPiece.mostBytes),
                piece.batches.map { .batch(target, $0) }
                    + [.commit(group: lane.group, commit, offset: next, metadata: "")]))
        return true
    }

    /// Of a topic that was deleted and made again.
    private func forgetGone(_ number: Int, _ input: ServedTopic) {
        let known = Set(
            input.info.partitions.indices.compactMap { topics.commitPartition(input, Int32($0)) })
        lanes[number].places = lanes[number].places.filter { known.contains($0.key) }
    }

    private func job(_ entry: Underway, _ steps: [AppendStep]) -> Job {
        lastToken += 1
        underway[lastToken] = entry
        underwayBytes += entry.bytes
        return Job(token: lastToken, steps: steps)
    }

    private func note(_ lane: Int, _ offsets: Range<Int64>, _ reason: String) {
        guard notices.count < 64 else { return }
        let rule = lanes[lane].rule
        notices.append(
            Notice(
                stream: rule.name,
                text:
                    "\(rule.from) \(offsets.lowerBound) to \(offsets.upperBound - 1) did not go to"
                    + " \(lanes[lane].target): \(reason)"))
    }
}
