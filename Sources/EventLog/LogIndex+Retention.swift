// Retention, decisions only: which log starts are due, by age and by size, and which groups have not
// committed for long. The writer makes them meta entries. A run goes as a whole, so a partition keeps
// up to one segment's worth more than its settings say, as Kafka does with its segments.

extension LogIndex {
    /// The log starts that are due, one a partition at most.
    package func logStarts(dueAt wallMilliseconds: Int64) -> [(PartitionID, Int64)] {
        var due: [(PartitionID, Int64)] = []
        for topic in topicTable.all {
            let settings = topic.settings
            if settings.retentionMilliseconds == nil && settings.retentionBytes == nil { continue }
            for id in topic.partitions {
                guard let slot = slot(of: id) else { continue }
                let start = logStart(partitions[slot], settings, wallMilliseconds)
                if start > partitions[slot].logStart { due.append((id, start)) }
            }
        }
        return due
    }

    /// Groups whose newest commit is older than `wallMilliseconds`, sorted: Kafka's
    /// `offsets.retention.minutes`. Whether one still has members is known to the gateway alone.
    package func groups(unusedSince wallMilliseconds: Int64) -> [String] {
        groupTable.all.filter { group in
            !group.value.values.contains { $0.wallMilliseconds >= wallMilliseconds }
        }.map(\.key).sorted()
    }

    private func logStart(
        _ partition: Partition, _ settings: TopicSettings, _ wallMilliseconds: Int64
    ) -> Int64 {
        var start = partition.logStart
        if let age = settings.retentionMilliseconds, age >= 0 {
            let (oldest, isOver) = wallMilliseconds.subtractingReportingOverflow(age)
            for run in partition.runs {
                guard !isOver, newest(run) < oldest else { break }
                start = run.next
            }
        }
        if let most = settings.retentionBytes, most >= 0 {
            var bytes: Int64 = 0
            for run in partition.runs { bytes &+= Int64(run.bytes) }
            for run in partition.runs {
                bytes &-= Int64(run.bytes)
                guard bytes >= most else { break }
                start = max(start, run.next)
            }
        }
        return start
    }

    /// Records without a timestamp are as old as the segment that they stand in.
    private func newest(_ run: Run) -> Int64 {
        if run.maxTimestamp >= 0 { return run.maxTimestamp }
        return segmentSlot(run.segment).map { segments[$0].newestMilliseconds } ?? 0
    }
}
