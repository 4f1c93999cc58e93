// What the log's thread does not take yet waits, in order, and is not refused.

import EventLog
import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct AppendQueueTests {
    private func append(_ token: UInt64, _ bytes: Int) -> AppendQueue.Append {
        AppendQueue.Append(token: token, steps: [], bytes: bytes)
    }

    @Test("Appends go in order, as many as the log's thread takes at a time")
    func order() {
        var queue = AppendQueue()
        let half = AppendQueue.mostHanded / 2
        for token in 1...4 { #expect(queue.put(append(UInt64(token), half)) == true) }
        #expect(queue.next()?.token == 1)
        #expect(queue.next()?.token == 2)
        #expect(queue.next() == nil)
        queue.answered(bytes: half)
        // A small one does not go before a large one that came earlier.
        #expect(queue.put(append(5, 1)) == true)
        #expect(queue.next()?.token == 3)
        #expect(queue.next() == nil)
        queue.answered(bytes: half)
        queue.answered(bytes: half)
        #expect(queue.next()?.token == 4)
        #expect(queue.next()?.token == 5)
        #expect(queue.next() == nil)
    }

    @Test("One that is larger than all the log's thread takes at a time goes alone")
    func large() {
        var queue = AppendQueue()
        #expect(queue.put(append(1, AppendQueue.mostHanded + 1)) == true)
        #expect(queue.put(append(2, 1)) == true)
        #expect(queue.next()?.token == 1)
        #expect(queue.next() == nil)
        queue.answered(bytes: AppendQueue.mostHanded + 1)
        #expect(queue.next()?.token == 2)
    }

    @Test("BOUNDED: no more than 64 MiB wait, and there is room again when some have gone")
    func bounded() {
        var queue = AppendQueue()
        let half = AppendQueue.mostWaiting / 2
        #expect(queue.put(append(1, half)) == true)
        #expect(queue.put(append(2, half)) == true)
        #expect(queue.put(append(3, 1)) == false)
        #expect(queue.next()?.token == 1)
        #expect(queue.put(append(4, half)) == true)
    }

    @Test("Batches beyond what the log's thread takes at a time are all written, in their order")
    func flood() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let value = String(repeating: "x", count: 200 << 10)
        let batches = 2 * AppendQueue.mostHanded / value.utf8.count
        let pending = (0..<batches).map { number in
            hall.send(BrokerHall.produce("t", BrokerHall.batch(["\(number)\(value)"])))
        }
        for (number, pending) in pending.enumerated() {
            try hall.wait(pending)
            guard case .produce(let response)? = pending.response else {
                throw BrokerHall.Unexpected(pending.response)
            }
            let result = try #require(response.responses.first?.partitionResponses.first)
            #expect(result.errorCode == .none)
            #expect(result.baseOffset == Int64(number))
        }
    }
}
