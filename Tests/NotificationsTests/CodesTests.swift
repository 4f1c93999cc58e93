// The small parts: what is done of a queue, codes and tokens, pauses.

import DrillRandom
import EventLog
import Testing

@testable import Notifications

@Suite struct CodesTests {
    @Test("Offsets that are done are the same after writing and reading, as a set says")
    func doneOffsets() throws {
        var random = Random(seed: 3)
        for _ in 0..<200 {
            var done = DoneOffsets()
            var set: Set<Int64> = []
            for _ in 0..<random.below(40) {
                let start = Int64(random.below(60))
                let range = start..<start + Int64(random.below(4))
                done.insert(range)
                set.formUnion(range)
            }
            for offset in Int64(0)..<70 { #expect(done.contains(offset) == set.contains(offset)) }
            #expect(try #require(DoneOffsets(done.text)) == done)
            var from = Int64(random.below(10))
            let place = done.advance(from: from)
            while set.contains(from) { from += 1 }
            #expect(place == from)
        }
    }

    @Test(
        "What is no list of ranges is refused",
        arguments: ["", "x", "3-1", "1,1", "5,4", "-1", "1-", "9223372036854775807"])
    func badOffsets(text: String) {
        #expect(DoneOffsets(text) == nil)
    }

    @Test("Tokens and codes follow from the secret alone, as HMAC-SHA-256 says")
    func tokens() {
        let codes = Codes(secret: Array(1...32))
        let other = Codes(secret: Array(2...33))
        // Made with Python's hmac.
        #expect(codes.token("f-1", "Ana") == "f-1.a7818196b9bead5b198329163332754d")
        #expect(codes.code("f-1") == "1230")
        #expect(other.token("f-1", "Ana") != codes.token("f-1", "Ana"))
        #expect(
            codes.read(token: codes.token("f-1", "Ana"), of: ["Ben", "Ana"])?.recipient == "Ana")
        #expect(codes.read(token: other.token("f-1", "Ana"), of: ["Ben", "Ana"]) == nil)
        #expect(codes.read(token: "", of: ["Ana"]) == nil)
    }

    @Test("BOUNDED: pauses double up to their most, and never less than four fifths")
    func pauses() {
        var jitter = Jitter(seed: 1)
        for doublings in 0..<100 {
            let pause = jitter.pause(5_000, doublings: doublings, most: 900_000)
            let plain = doublings < 8 ? Int64(5_000) << Int64(doublings) : 900_000
            #expect((plain * 8 / 10...plain * 12 / 10).contains(pause))
        }
    }
}
