// The bytes of meta entries, names of topics, and what is refused.

import EventLog
import Testing

@Suite struct MetaEntryTests {
    private let all: [MetaEntry] = [
        .createTopic(
            name: "alarms", id: LogID(head: .max, tail: 3), first: PartitionID(rawValue: 4),
            partitions: 5,
            settings: TopicSettings(retentionMilliseconds: -1, retentionBytes: .max, isVital: true)),
        .createTopic(
            name: "a", id: LogID(head: 0, tail: 0), first: PartitionID(rawValue: .max),
            partitions: 1, settings: TopicSettings()),
        .addPartitions(topic: "alarms", first: PartitionID(rawValue: 9), count: 2),
        .alterTopic(name: "alarms", settings: TopicSettings(retentionBytes: 0)),
        .alterTopic(
            name: "alarms", settings: TopicSettings(needsKeys: true, largestBatch: 1 << 20)),
        .deleteTopic(name: "alarms", partitions: [4, 5, 9].map { PartitionID(rawValue: $0) }),
        .deleteTopic(name: "", partitions: []),
        .commit(group: "größe", PartitionID(rawValue: 1), offset: .max, metadata: "né\u{0}"),
        .setLogStart(PartitionID(rawValue: 1), offset: 0),
        .deleteGroup("g"), .deleteCommit(group: "g", PartitionID(rawValue: 300)),
        .reserveProducerIDs(upTo: 1 << 40), .reserveVolatile(PartitionID(rawValue: 2), upTo: -3),
        .freed(segment: .max),
    ]

    @Test("RECORD: every meta entry is read as it was written, and no shorter or longer")
    func roundTrips() {
        for entry in all {
            let bytes = entry.encoded()
            #expect(bytes.withUnsafeBytes { MetaEntry($0) } == entry)
            for length in 0..<bytes.count {
                #expect(bytes[..<length].withUnsafeBytes { MetaEntry($0) } == nil, "\(entry)")
            }
            #expect((bytes + [0]).withUnsafeBytes { MetaEntry($0) } == nil)
        }
    }

    @Test("A number of more than 64 bits is none")
    func longNumbers() {
        let zeros = [UInt8](repeating: 0x80, count: 8)
        let bytes: [UInt8] = [11, 0x81] + zeros + [2]
        #expect(bytes.withUnsafeBytes { MetaEntry($0) } == nil)
        let endless: [UInt8] = [11, 0x81] + zeros + [0x80, 0]
        #expect(endless.withUnsafeBytes { MetaEntry($0) } == nil)
    }

    @Test("BOUNDED: no bytes of a meta entry can break its reader, or what it does to a log")
    func fuzz() {
        var random = SplitMix(state: 7)
        var index = LogIndex(log: LogID(head: 1, tail: 1))
        for round in 0..<20_000 {
            var bytes = all[round % all.count].encoded()
            for _ in 0..<Int.random(in: 1...4, using: &random) { random.mutate(&bytes) }
            if let entry = bytes.withUnsafeBytes({ MetaEntry($0) }) {
                index.apply(entry, wallMilliseconds: 0)
            }
        }
        #expect(index.complaint == nil)
        #expect(index.recovered() == index)
    }

    @Test("Topics have Kafka's names")
    func names() {
        let good = ["a", "A.b_c-9", "...", "lost.3", String(repeating: "x", count: 249)]
        for name in good { #expect(TopicInfo.isValid(name: name), "\(name)") }
        let bad = [
            "", ".", "..", "a b", "a/b", "ü", "a\u{0}", "a\n", "a,b",
            String(repeating: "x", count: 250),
        ]
        for name in bad { #expect(!TopicInfo.isValid(name: name), "\(name)") }
    }

    @Test("What an append may not do is refused by name")
    func refusals() throws {
        var index = LogIndex(log: LogID(head: 1, tail: 1))
        func refusal(_ step: AppendStep) -> AppendError? {
            do throws(AppendError) {
                _ = try index.meta(for: step)
                return nil
            } catch {
                return error
            }
        }
        func create(_ name: String, _ count: Int) -> AppendStep {
            .createTopic(
                name: name, id: LogID(head: 0, tail: 0), partitions: count, TopicSettings())
        }
        let one = PartitionID(rawValue: 1)
        #expect(refusal(create("..", 1)) == .badName)
        #expect(refusal(create("t", 0)) == .offsetOutOfRange)
        #expect(refusal(create("t", .max)) == .tooMany)
        #expect(refusal(.setLogStart(one, offset: 0)) == .unknownPartition)
        let meta = try index.meta(for: create("t", 2))
        index.apply(try #require(meta), wallMilliseconds: 0)
        #expect(refusal(create("t", 1)) == .topicExists)
        for (step, error) in [
            (AppendStep.addPartitions(topic: "u", upTo: 3), AppendError.unknownTopic),
            (.addPartitions(topic: "t", upTo: 2), .offsetOutOfRange),
            (.addPartitions(topic: "t", upTo: .min), .tooMany),
            (.alterTopic(name: "u", TopicSettings()), .unknownTopic),
            (.deleteTopic(name: "u"), .unknownTopic),
            (.setLogStart(one, offset: -1), .offsetOutOfRange),
            (
                .commit(group: "", one, offset: 0, metadata: ""), .badName
            ),
            (.commit(group: "g", one, offset: -1, metadata: ""), .offsetOutOfRange),
            (
                .commit(
                    group: "g", one, offset: 0, metadata: String(repeating: "m", count: 5_000)),
                .tooLarge
            ),
            (
                .commit(group: "g", PartitionID(rawValue: 3), offset: 0, metadata: ""),
                .unknownPartition
            ),
            (.reserveProducerIDs(upTo: -1), .offsetOutOfRange),
            (.reserveProducerIDs(upTo: .max), .offsetOutOfRange),
            (.reserveVolatile(one, upTo: .max), .offsetOutOfRange),
        ] {
            #expect(refusal(step) == error, "\(step)")
        }
        // An empty partition may begin anywhere, one that is not ends where it ends.
        #expect(refusal(.setLogStart(one, offset: 1_000)) == nil)
    }
}
