// Responses in the order of their requests, whenever each is ready.

import Testing

@testable import Gateway

@Suite struct ResponseOrderTests {
    @Test("A response waits for all those before it")
    func inOrder() {
        var order = ResponseOrder<String>()
        let places = (0..<4).map { _ in order.reserve() }
        #expect(order.fill(places[2], "c") == [])
        #expect(order.fill(places[1], "b") == [])
        #expect(order.count == 4)
        #expect(order.fill(places[0], "a") == ["a", "b", "c"])
        #expect(order.count == 1)
        #expect(order.fill(places[3], "d") == ["d"])
        #expect(order.count == 0)
    }

    @Test("A request without a response holds nobody up")
    func silent() {
        var order = ResponseOrder<String>()
        let (first, second, third) = (order.reserve(), order.reserve(), order.reserve())
        #expect(order.fill(second, nil) == [])
        #expect(order.fill(third, "c") == [])
        #expect(order.fill(first, nil) == ["c"])
        #expect(order.fill(order.reserve(), "d") == ["d"])
    }
}
