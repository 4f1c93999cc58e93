// How transactions come to the disk and back: each change is one append with the state of its id, and
// at the end of a transaction its markers and offsets as well. When the broker starts it reads the
// records; when they have become many it writes all anew and lets the topic begin there.

import EventLog
import KafkaWire

extension Broker {
    private static let stateKey = UInt8(ascii: "t")
    private static let abortedKey = UInt8(ascii: "a")
    /// So many more records than there are things to tell may stand in the topic.
    private static let slack = 500
    /// Bytes of records that are written anew in one batch.
    private static let batchBytes = 32 << 10

    private var transactionTopic: PartitionID? {
        topics.service.reader?.topic(named: ServedTopics.transactions)?.partitions.first
    }

    // The order

    /// Does work about an id when what came before is done. `work` calls `done` once.
    func serially(_ id: String, _ work: @escaping TransactionWork.Work) {
        let isCrowded = isCrowded
        if isCrowded, transactionWork.isIdle { writeAnew() }
        guard transactionWork.begin(id, work, isHeld: isCrowded) else { return }
        run(id, work)
    }

    private func run(_ id: String, _ work: TransactionWork.Work) {
        work {
            if let next = self.transactionWork.next(id) { return self.run(id, next) }
            for (id, work) in self.transactionWork.release() { self.serially(id, work) }
        }
    }

    private var isCrowded: Bool {
        transactionWork.records
            > Self.slack + 4 * (transactions.all.count + transactions.abortedCount)
    }

    // Writing

    /// Writes the new state of an id. `ending` is what was open and ends with it: its markers, and
    /// with `isCommit` its offsets, are in the same append.
    func write(
        _ id: String, _ next: Transaction, ending open: Transaction? = nil, isCommit: Bool = false,
        _ then: @escaping (KafkaError?) -> Void
    ) {
        if open?.isOpen == true { transactions.beginEnd(id) }
        withTransactionTopic { topic, error in
            let open = open?.isOpen == true ? open : nil
            guard let topic else {
                if open != nil { self.transactions.endFailed(id, retry: self.nextTry) }
                return then(error)
            }
            self.write(id, next, open, isCommit, into: topic, then)
        }
    }

    private var nextTry: Int64 { clock() + Self.transactionRetryMilliseconds }

    private func write(
        _ id: String, _ next: Transaction, _ open: Transaction?, _ isCommit: Bool,
        into topic: PartitionID, attempts: Int = 3, _ then: @escaping (KafkaError?) -> Void
    ) {
        let now = wallMilliseconds()
        let index = topics.service.reader?.index
        func isThere(_ partition: UInt32) -> Bool {
            index?.partition(PartitionID(rawValue: partition)) != nil
        }
        // Topics may have been deleted meanwhile.
        let parts = (open?.parts ?? []).filter { isThere($0.partition) }
        let commits = isCommit ? (open?.commits ?? []).filter { isThere($0.partition) } : []
        var steps: [AppendStep] = parts.map { part in
            .batch(
                PartitionID(rawValue: part.partition),
                RecordBatch.marker(
                    isCommit: isCommit, producerID: open?.producerID ?? -1,
                    epoch: open?.epoch ?? -1, timestamp: now))
        }
        steps += commits.map {
            .commit(
                group: $0.group, PartitionID(rawValue: $0.partition), offset: $0.offset,
                metadata: $0.metadata)
        }
        let aborted: [AbortedPart] =
            isCommit
            ? []
            : parts.map { part in
                .init {
                    $0.partition = part.partition
                    $0.producerID = open?.producerID ?? -1
                    $0.first = part.first
                }
            }
        let records = [Self.record(id, next, now)] + aborted.map { Self.record($0, now) }
        steps.append(.batch(topic, RecordBatch.encode(records)))
        append(steps) { outcome in
            switch outcome {
            case .success(let results):
                self.transactionWork.records += records.count
                for (part, result) in zip(aborted, results) {
                    guard case .offsets(let marker, _, _) = result else { continue }
                    var part = part
                    part.last = marker
                    self.transactions.add(part)
                }
                self.transactions.set(id, next, now: self.clock())
                then(nil)
            case .failure(.unknownPartition) where attempts > 1:
                // A topic is being deleted. What comes behind that on the disk changes nothing.
                let start = index?.partition(topic)?.logStart ?? 0
                self.append([.setLogStart(topic, offset: start)]) { _ in
                    self.write(
                        id, next, open, isCommit, into: topic, attempts: attempts - 1, then)
                }
            case .failure(let error):
                if open != nil { self.transactions.endFailed(id, retry: self.nextTry) }
                then(error.kafka)
            }
        }
    }

    private func withTransactionTopic(
        isSecond: Bool = false, _ then: @escaping (PartitionID?, KafkaError?) -> Void
    ) {
        if let topic = transactionTopic { return then(topic, nil) }
        if isSecond { return then(nil, .coordinatorNotAvailable) }
        transactionWork.waitingForTopic.append {
            self.withTransactionTopic(isSecond: true, then)
        }
        guard transactionWork.waitingForTopic.count == 1 else { return }
        append([
            .createTopic(
                name: ServedTopics.transactions, id: .fresh(), partitions: 1,
                TopicSettings(isVital: true))
        ]) { _ in
            let waiting = self.transactionWork.waitingForTopic
            self.transactionWork.waitingForTopic = []
            for next in waiting { next() }
        }
    }

    private static func record(_ id: String, _ state: Transaction, _ now: Int64) -> LogRecord {
        LogRecord(key: [stateKey] + Array(id.utf8), value: try? state.packed(), timestamp: now)
    }

    private static func record(_ part: AbortedPart, _ now: Int64) -> LogRecord {
        LogRecord(key: [abortedKey], value: try? part.packed(), timestamp: now)
    }

    /// Writes all that is known, and lets the topic begin with it. Nothing is under way.
    private func writeAnew() {
        guard let topic = transactionTopic else { return }
        let index = topics.service.reader?.index
        transactions.forget { index?.partition($0)?.logStart }
        let now = wallMilliseconds()
        var records = transactions.all.map { Self.record($0.id, $0.transaction, now) }
        for parts in transactions.aborted.values {
            records += parts.map { Self.record($0, now) }
        }
        transactionWork.records = records.count
        var first: Int64?
        var isWhole = true
        while !records.isEmpty {
            var bytes = 0
            let count =
                records.firstIndex { record in
                    bytes += (record.key?.count ?? 0) + (record.value?.count ?? 0) + 32
                    return bytes > Self.batchBytes
                } ?? records.count
            let batch = RecordBatch.encode(Array(records.prefix(max(1, count))))
            records.removeFirst(max(1, count))
            let isLast = records.isEmpty
            append([.batch(topic, batch)]) { outcome in
                if case .success(let results) = outcome,
                    case .offsets(let base, _, _)? = results.first
                {
                    first = first ?? base
                } else {
                    isWhole = false
                }
                guard isLast, isWhole, let first else { return }
                self.append([.setLogStart(topic, offset: first)]) { _ in }
            }
        }
    }

    // Reading

    /// Takes up what the records say, when the broker starts.
    func restoreTransactions() {
        guard let topic = transactionTopic, let reader = topics.service.reader,
            let place = reader.partition(topic)
        else { return }
        var states: [String: (order: Int, Transaction)] = [:]
        var aborted: [AbortedKey: AbortedPart] = [:]
        var next = place.logStart
        while next < place.highWatermark {
            var bytes: [UInt8] = []
            guard let read = try? reader.read(topic, from: next, maxBytes: 1 << 20, into: &bytes),
                read.next > next
            else { break }
            next = read.next
            Self.forEachRecord(bytes) { _, record in
                transactionWork.records += 1
                guard let key = record.key, let value = record.value?[...] else { return }
                if key.first == Self.stateKey, let state = try? Transaction.unpacked(value) {
                    states[String(decoding: key.dropFirst(), as: UTF8.self)] = (
                        transactionWork.records, state
                    )
                } else if key.first == Self.abortedKey,
                    let part = try? AbortedPart.unpacked(value)
                {
                    let key = AbortedKey(part)
                    if part.last >= 0 || aborted[key] == nil { aborted[key] = part }
                }
            }
        }
        for (id, state) in states.sorted(by: { $0.value.order < $1.value.order }) {
            transactions.set(id, state.1, now: clock())
        }
        for var part in aborted.values {
            if part.last < 0 { part.last = end(of: part, reader) }
            transactions.add(part)
        }
        transactions.forget { reader.logStart($0) }
    }

    private struct AbortedKey: Hashable {
        var partition: UInt32
        var producer: Int64
        var first: Int64

        init(_ part: AbortedPart) {
            partition = part.partition
            producer = part.producerID
            first = part.first
        }
    }

    /// The offset of the marker; -1 where its partition is gone.
    private func end(of part: AbortedPart, _ reader: LogReader) -> Int64 {
        let partition = PartitionID(rawValue: part.partition)
        guard let place = reader.partition(partition) else { return -1 }
        var next = max(part.first, place.logStart)
        while next < place.highWatermark {
            var bytes: [UInt8] = []
            guard
                let read = try? reader.read(
                    partition, from: next, maxBytes: 256 << 10, into: &bytes), read.next > next
            else { break }
            next = read.next
            var marker: Int64?
            unsafe Self.forEachBatch(bytes) { header, _ in
                if marker == nil, header.isControl, header.producerID == part.producerID,
                    header.baseOffset >= part.first
                {
                    marker = header.baseOffset
                }
            }
            if let marker { return marker }
        }
        // The marker is lost to a rotten disk: as far as anything stands.
        return place.highWatermark - 1
    }

    private static func forEachBatch(
        _ bytes: [UInt8], _ body: (BatchHeader, UnsafeRawBufferPointer) -> Void
    ) {
        unsafe bytes.withUnsafeBytes { bytes in
            var place = 0
            while place < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[place...])
                guard let header = unsafe BatchHeader(rest), header.batchLength <= rest.count else {
                    return
                }
                unsafe body(header, rest)
                place += header.batchLength
            }
        }
    }

    private static func forEachRecord(
        _ bytes: [UInt8], _ body: (BatchHeader, LogRecord) -> Void
    ) {
        unsafe forEachBatch(bytes) { header, batch in
            try? unsafe RecordBatch.forEachRecord(batch) { body(header, $0) }
        }
    }
}
