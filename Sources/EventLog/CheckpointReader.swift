// Reading a checkpoint: see `Checkpoint.swift` for its bytes. Every count is checked against what is
// left, every order that looking up relies on is checked, and one thing wrong refuses all of it.

extension LogIndex {
    /// The index in `bytes`; nil when they are not one.
    package init?(checkpoint bytes: UnsafeRawBufferPointer) {
        var source = CodedBytesReader(bytes)
        guard source.byte() == 1 else { return nil }
        self.init(log: source.id())
        segmentBytes = source.number32()
        limits = LogLimits(segmentBytes: Int(segmentBytes))
        nextSequence = source.number()
        lastHash = source.digest()
        let kind = source.byte()
        lastKind = FrameHeader.Kind(rawValue: kind)
        if kind != 0 && lastKind == nil { return nil }
        nextPartition = source.number32()
        producerIDs = source.signed()
        strays = source.number()
        lostMeta = source.number()
        isComplete = source.byte() == 1
        readSegments(&source)
        readTopics(&source)
        readPartitions(&source)
        for _ in 0..<source.count(each: 2, atMost: Self.most.partitions) {
            let partition = PartitionID(rawValue: source.number32())
            volatileReserves[partition] = source.signed()
        }
        readGaps(&source)
        readGroups(&source)
        readProducers(&source)
        if source.count(each: 1, atMost: 1) == 1 {
            let length = source.count(each: 1)
            let end = source.remaining - length
            samples = SegmentIndex(&source)
            if source.remaining != end { source.spoil() }
        }
        guard source.isDone else { return nil }
    }

    /// Segments may have become smaller since the tables were filled.
    private static let most = LogLimits(segmentBytes: .max)

    private mutating func readSegments(_ source: inout CodedBytesReader) {
        var number: UInt32 = 0
        for _ in 0..<source.count(each: 10) {
            let (next, isOver) = number.addingReportingOverflow(source.number32())
            if isOver || (next <= number && !segments.isEmpty) { source.spoil() }
            number = next
            let segment = SegmentSummary(
                number: next, sectorBytes: source.number32(), firstSequence: source.number(),
                createdMilliseconds: source.signed(), length: source.number32(),
                lastFrame: source.number32(),
                indexPosition: source.number().nonzero.flatMap { UInt32(exactly: $0 - 1) },
                isSealed: source.byte() == 1, newestMilliseconds: source.signed(),
                vitalBytes: source.signed())
            let sector = segment.sectorBytes
            if !(64...4_096).contains(sector) || sector & (sector - 1) != 0
                || segment.vitalBytes < 0
            {
                source.spoil()
            }
            if source.isBad { return }
            segments.append(segment)
        }
    }

    private mutating func readTopics(_ source: inout CodedBytesReader) {
        for _ in 0..<source.count(each: 19, atMost: Self.most.topics) {
            let name = source.string(atMost: LogLimits.longestTopicName)
            let id = source.id()
            let settings = source.settings()
            let count = source.count(each: 1, atMost: Self.most.partitions)
            let list = (0..<count).map { _ in PartitionID(rawValue: source.number32()) }
            if !TopicInfo.isValid(name: name) || topicTable[name] != nil { source.spoil() }
            if source.isBad { return }
            topicTable.add(TopicInfo(name: name, id: id, settings: settings, partitions: list))
        }
    }

    /// Each partition belongs to exactly one topic, whose list says which and as what number.
    private mutating func readPartitions(_ source: inout CodedBytesReader) {
        var homes: [PartitionID: (topic: TopicInfo, number: Int)] = [:]
        var listed = 0
        for topic in topicTable.all {
            for (number, id) in topic.partitions.enumerated() { homes[id] = (topic, number) }
            listed += topic.partitions.count
        }
        let count = source.count(each: 8, atMost: Self.most.partitions)
        if count != homes.count || count != listed { source.spoil() }
        var number: UInt32 = 0
        for _ in 0..<count {
            let (next, isOver) = number.addingReportingOverflow(source.number32())
            guard !isOver, next > number, next < nextPartition,
                let home = homes[PartitionID(rawValue: next)]
            else { return source.spoil() }
            number = next
            var partition = Partition(
                PartitionID(rawValue: next), topic: home.topic.name, number: Int32(home.number),
                isVital: home.topic.settings.isVital)
            partition.logStart = source.signed()
            let (end, isPast) = partition.logStart.addingReportingOverflow(source.signed())
            partition.highWatermark = end
            partition.doubt = source.signed()
            partition.spacing.position = source.number32()
            partition.spacing.entries = source.number32()
            partition.runs = runs(&source, before: end, isAscending: true)
            // Copies stand in the order of their coming.
            partition.copies = runs(&source, before: end, isAscending: false)
            let copies = partition.copies.sorted { $0.first < $1.first }
            for (one, other) in zip(copies, copies.dropFirst()) where one.next > other.first {
                source.spoil()
            }
            partition.sumUp(from: 0)
            runCount += partition.runs.count + partition.copies.count
            if isPast || partition.logStart < 0 || end < partition.logStart
                || !(-1...end).contains(partition.doubt)
            {
                source.spoil()
            }
            if source.isBad { return }
            partitions.append(partition)
        }
    }

    private func runs(
        _ source: inout CodedBytesReader, before end: Int64, isAscending: Bool
    ) -> [Run] {
        let count = source.count(each: 8)
        var runs: [Run] = []
        runs.reserveCapacity(count)
        var next: Int64 = 0
        var time: Int64 = 0
        for _ in 0..<count {
            let segment = source.number32()
            let position = source.number32()
            let frame = position.subtractingReportingOverflow(source.number32())
            let last = position.addingReportingOverflow(source.number32())
            let first = next.addingReportingOverflow(source.signed())
            let behind = first.partialValue.addingReportingOverflow(source.signed())
            time &+= source.signed()
            let bytes = source.number32()
            if frame.overflow || last.overflow || first.overflow || behind.overflow
                || first.partialValue < (isAscending ? next : 0)
                || behind.partialValue <= first.partialValue
                || behind.partialValue > end || time < -1
            {
                source.spoil()
            }
            if source.isBad { return [] }
            next = behind.partialValue
            runs.append(
                Run(
                    segment: segment, position: position, frame: frame.partialValue,
                    last: last.partialValue, first: first.partialValue, next: next,
                    maxTimestamp: time, maxSoFar: time, bytes: bytes))
        }
        return runs
    }

    private mutating func readGaps(_ source: inout CodedBytesReader) {
        let beyond = source.number()
        var gaps: [LogGap] = []
        for _ in 0..<source.count(each: 4, atMost: Self.most.gaps) {
            let partition = PartitionID(rawValue: source.number32())
            let (low, high) = (source.signed(), source.signed())
            let isExact = source.byte() == 1
            guard low >= 0, low < high, !source.isBad else { return source.spoil() }
            if let last = gaps.last,
                (partition, low) < (last.partition, last.offsets.upperBound)
            {
                return source.spoil()
            }
            gaps.append(LogGap(partition: partition, offsets: low..<high, isExact: isExact))
        }
        gapTable.restore(gaps, beyond: beyond)
    }

    private mutating func readGroups(_ source: inout CodedBytesReader) {
        for _ in 0..<source.count(each: 6, atMost: Self.most.groups) {
            let group = source.string(atMost: LogLimits.longestGroupName)
            for _ in 0..<source.count(each: 4, atMost: Self.most.commits) {
                let partition = PartitionID(rawValue: source.number32())
                let commit = Commit(
                    offset: source.signed(),
                    metadata: source.string(atMost: LogLimits.longestMetadata),
                    wallMilliseconds: source.signed())
                if source.isBad || commit.offset < 0 { return source.spoil() }
                groupTable.set(group, partition, commit)
            }
        }
    }

    private mutating func readProducers(_ source: inout CodedBytesReader) {
        for _ in 0..<source.count(each: 7, atMost: Self.most.producers) {
            let key = ProducerKey(
                producer: source.signed(), partition: PartitionID(rawValue: source.number32()))
            guard let epoch = Int16(exactly: source.signed()) else { return source.spoil() }
            var state = ProducerState(epoch: epoch)
            let count = source.byte()
            if !(1...5).contains(count) { source.spoil() }
            if source.isBad { return }
            var base: Int64 = 0
            for _ in 0..<count {
                var sent = ProducerState.Sent()
                sent.lastSequence = Int32(bitPattern: source.number32())
                sent.lastDelta = Int32(bitPattern: source.number32())
                base &+= source.signed()
                sent.baseOffset = base
                if sent.lastDelta < 0 { source.spoil() }
                state.push(sent)
            }
            if source.isBad || producers[key] != nil { return source.spoil() }
            producers.restore(key, state)
        }
    }
}

extension UInt64 {
    fileprivate var nonzero: UInt64? { self == 0 ? nil : self }
}
