// The bytes of a `LogIndex`: the first frame of every segment, so that recovery reads no further
// back. The entry that holds them has the checksum; decoding never traps and believes nothing that
// folding could not have made.
//
//   checkpoint := version u8 = 1, log id, segment bytes, next sequence, last hash, last kind u8,
//                 next partition, producer ids, strays, lost meta, complete u8,
//                 segments, topics, partitions, volatile reserves, gaps, groups, producers, samples
//   each a count and the items; numbers as in `CodedBytes`, ascending ones as differences

extension LogIndex {
    package func checkpoint() -> [UInt8] {
        var out = CodedBytesWriter()
        out.reserve(256 + runCount * 28 + producers.count * 64 + partitions.count * 32)
        out.byte(1)
        out.id(log)
        out.number(segmentBytes)
        out.number(nextSequence)
        out.digest(lastHash)
        out.byte(lastKind?.rawValue ?? 0)
        out.number(nextPartition)
        out.signed(producerIDs)
        out.number(strays)
        out.number(lostMeta)
        out.byte(isComplete ? 1 : 0)
        writeSegments(&out)
        writeTopics(&out)
        writePartitions(&out)
        out.count(volatileReserves.count)
        for (partition, upTo) in volatileReserves.sorted(by: { $0.key < $1.key }) {
            out.number(partition.rawValue)
            out.signed(upTo)
        }
        writeGaps(&out)
        writeGroups(&out)
        writeProducers(&out)
        out.count(samples.count == 0 ? 0 : 1)
        if samples.count > 0 {
            let bytes = samples.encoded()
            out.count(bytes.count)
            for byte in bytes { out.byte(byte) }
        }
        return out.bytes
    }

    private func writeSegments(_ out: inout CodedBytesWriter) {
        out.count(segments.count)
        var number: UInt32 = 0
        for segment in segments {
            out.number(segment.number &- number)
            number = segment.number
            out.number(segment.sectorBytes)
            out.number(segment.firstSequence)
            out.signed(segment.createdMilliseconds)
            out.number(segment.length)
            out.number(segment.lastFrame)
            out.number(segment.indexPosition.map { UInt64($0) + 1 } ?? 0)
            out.byte(segment.isSealed ? 1 : 0)
            out.signed(segment.newestMilliseconds)
            out.signed(segment.vitalBytes)
        }
    }

    private func writeTopics(_ out: inout CodedBytesWriter) {
        out.count(topicTable.all.count)
        for topic in topicTable.all {
            out.string(topic.name)
            out.id(topic.id)
            out.settings(topic.settings)
            out.count(topic.partitions.count)
            for partition in topic.partitions { out.number(partition.rawValue) }
        }
    }

    private func writePartitions(_ out: inout CodedBytesWriter) {
        out.count(partitions.count)
        var number: UInt32 = 0
        for partition in partitions {
            out.number(partition.id.rawValue &- number)
            number = partition.id.rawValue
            out.signed(partition.logStart)
            out.signed(partition.highWatermark &- partition.logStart)
            out.signed(partition.doubt)
            out.number(partition.spacing.position)
            out.number(partition.spacing.entries)
            write(partition.runs, &out)
            write(partition.copies, &out)
        }
    }

    private func write(_ runs: [Run], _ out: inout CodedBytesWriter) {
        out.count(runs.count)
        var next: Int64 = 0
        var time: Int64 = 0
        for run in runs {
            out.number(run.segment)
            out.number(run.position)
            out.number(run.position &- run.frame)
            out.number(run.last &- run.position)
            out.signed(run.first &- next)
            out.signed(run.next &- run.first)
            out.signed(run.maxTimestamp &- time)
            out.number(run.bytes)
            next = run.next
            time = run.maxTimestamp
        }
    }

    private func writeGaps(_ out: inout CodedBytesWriter) {
        out.number(gapTable.beyond)
        out.count(gapTable.all.count)
        for gap in gapTable.all {
            out.number(gap.partition.rawValue)
            out.signed(gap.offsets.lowerBound)
            out.signed(gap.offsets.upperBound)
            out.byte(gap.isExact ? 1 : 0)
        }
    }

    private func writeGroups(_ out: inout CodedBytesWriter) {
        out.count(groupTable.all.count)
        for group in groups {
            out.string(group)
            let commits = commits(of: group)
            out.count(commits.count)
            for (partition, commit) in commits {
                out.number(partition.rawValue)
                out.signed(commit.offset)
                out.string(commit.metadata)
                out.signed(commit.wallMilliseconds)
            }
        }
    }

    private func writeProducers(_ out: inout CodedBytesWriter) {
        out.count(producers.count)
        producers.forEach { key, state in
            out.signed(key.producer)
            out.number(key.partition.rawValue)
            out.signed(Int64(state.epoch))
            out.byte(UInt8(state.sent.count))
            var before = ProducerState.Sent()
            for sent in state.sent {
                out.number(UInt32(bitPattern: sent.lastSequence))
                out.number(UInt32(bitPattern: sent.lastDelta))
                out.signed(sent.baseOffset &- before.baseOffset)
                before = sent
            }
        }
    }
}
