// In which order servers are asked, by a clock of the test.

import Testing

@testable import Mail

@Suite("Server order")
struct ServerOrderTests {
    @Test("TOLD: a server that did not work is asked last for a while, and never left out")
    func lastForAWhile() {
        let start = ContinuousClock.now
        var order = ServerOrder(count: 3)
        #expect(order.order(at: start) == [0, 1, 2])
        order.failed(0, at: start)
        #expect(order.order(at: start) == [1, 2, 0])
        order.failed(1, at: start + .seconds(30))
        #expect(order.order(at: start + .seconds(59)) == [2, 0, 1])
        #expect(order.order(at: start + .seconds(60)) == [0, 2, 1])
        order.worked(1)
        #expect(order.order(at: start + .seconds(60)) == [0, 1, 2])
        for server in 0..<3 { order.failed(server, at: start + .seconds(90)) }
        #expect(order.order(at: start + .seconds(91)) == [0, 1, 2])
    }
}
