// How large the tables of a log may become. The writer refuses with `AppendError.tooMany` what would
// go past a limit; folding ignores it. Called by `LogIndex` and its tables.
//
// Together they keep a checkpoint within a quarter of a segment of 1 MiB and more (a test adds them
// up); smaller segments are for drills and get the floors.

package struct LogLimits: Hashable, Sendable {
    package var topics: Int
    package var partitions: Int
    /// Runs of all partitions in all segments. The last eighth is for vital topics.
    package var runs: Int
    package var groups: Int
    package var commits: Int
    /// Bytes of the metadata strings of all commits.
    package var commitBytes: Int
    /// Pairs of producer id and partition; the longest unused one makes room for a new one.
    package var producers: Int
    /// Gaps that are listed; those beyond are counted.
    package var gaps: Int
    package var segments: Int
    /// Samples in the index of one segment; it is thinned when there are more.
    package var samples: Int

    /// The limits of a log with segments of `segmentBytes`.
    package init(segmentBytes: Int) {
        func share(_ most: Int, atLeast floor: Int) -> Int {
            let bytes = min(max(segmentBytes, 0), Self.fullSegmentBytes)
            return max(floor, most * bytes / Self.fullSegmentBytes)
        }
        topics = share(1_024, atLeast: 16)
        partitions = share(2_048, atLeast: 32)
        runs = share(24_576, atLeast: 256)
        groups = share(1_024, atLeast: 8)
        commits = share(8_192, atLeast: 32)
        commitBytes = share(512 << 10, atLeast: 4 << 10)
        producers = share(4_096, atLeast: 16)
        gaps = share(1_024, atLeast: 32)
        segments = share(4_096, atLeast: 64)
        samples = share(8_192, atLeast: 64)
    }

    /// Bytes of a checkpoint that no log within these limits goes past: every number of an item at
    /// its longest. See `Checkpoint.swift`.
    package var checkpointBytes: Int {
        let topic = 2 + Self.longestTopicName + 16 + 31 + 3
        let group = 2 + Self.longestGroupName + 3
        let producer = 19 + Self.batchesPerProducer * 20
        return 256 + topics * topic + partitions * (5 + 51 + 15) + runs * 55 + groups * group
            + commits * 27 + commitBytes + producers * producer + gaps * 26 + segments * 64
            + samples * 30
    }

    private static let fullSegmentBytes = 16 << 20

    /// Kafka's own limit on a topic's name.
    package static let longestTopicName = 249
    package static let longestGroupName = 255
    /// Kafka's `offset.metadata.max.bytes`.
    package static let longestMetadata = 4_096
    /// Offsets that one batch may span. It bounds how far a partition goes ahead when a batch that
    /// nobody can read any more was lost.
    package static let recordsPerBatch = 1 << 20
    /// How far one step may move the reserved producer ids, or offsets of a volatile partition.
    package static let reservedAtOnce: Int64 = 1 << 32
    /// Batches that a producer may have under way: Kafka's five.
    package static let batchesPerProducer = 5
    /// A sample of the segment's index whenever so much journal has passed,
    package static let sampleSpacingBytes: UInt32 = 64 << 10
    /// or so many entries of the run.
    package static let sampleSpacingEntries: UInt32 = 64
}
