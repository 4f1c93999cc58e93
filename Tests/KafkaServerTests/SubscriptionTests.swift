// The topics in a consumer's metadata, and bytes that are none.

import Testing

@testable import KafkaServer

@Suite struct SubscriptionTests {
    private func metadata(_ topics: [String], rest: [UInt8] = []) -> [UInt8] {
        [0, 3, 0, 0, 0, UInt8(topics.count)]
            + topics.flatMap { [0, UInt8($0.utf8.count)] + Array($0.utf8) } + rest
    }

    @Test("The topics are read, in whatever order and whatever follows")
    func topics() {
        #expect(Subscription.topics(of: metadata(["b", "alarms"])) == ["alarms", "b"])
        #expect(Subscription.topics(of: metadata([])) == [])
        #expect(Subscription.topics(of: metadata(["a"], rest: [9, 9])) == ["a"])
    }

    @Test("BOUNDED: every cut, and every wrong length, is nothing and no trap")
    func flaws() {
        let whole = metadata(["alarms", "valves"])
        for count in whole.indices {
            #expect(Subscription.topics(of: Array(whole.prefix(count))) == nil)
        }
        for bytes: [UInt8] in [
            [0, 1, 0xFF, 0xFF, 0xFF, 0xFF], [0, 1, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0],
            [0x80, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 1, 0xFF, 0xFF, 1],
        ] {
            #expect(Subscription.topics(of: bytes) == nil)
        }
    }

    @Test("Consumers want the same when their topics are, others when their bytes are")
    func same() {
        let a = metadata(["a", "b"], rest: [1])
        let b = metadata(["b", "a"], rest: [2])
        #expect(Subscription.areSame(a, b, protocolType: "consumer"))
        #expect(!Subscription.areSame(a, b, protocolType: "connect"))
        #expect(Subscription.areSame(a, a, protocolType: "connect"))
        #expect(!Subscription.areSame(a, metadata(["a"]), protocolType: "consumer"))
        #expect(!Subscription.areSame([1], [2], protocolType: "consumer"))
    }
}
