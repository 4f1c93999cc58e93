// Numbers of requests on a Modbus TCP connection.

import FireLogic
import PlanFile
import Testing

@testable import FieldDevices

@Suite("Modbus transactions")
struct ModbusTransactionsTests {
    static func request() throws -> PollRequest {
        let site = TestSite.site(.tcp(host: "::1", port: 502), [(TestSite.point(1), nil)])
        return try #require(PollPlan(plan: site, bus: 0).requests.first)
    }

    @Test("QUIET: a number that is owed an answer or under way is not used again")
    func owed() throws {
        let request = try Self.request()
        var transactions = ModbusTransactions()
        let owed = transactions.begin(1, request, at: .zero, deadline: .zero)
        #expect(transactions.abandonOverdue(at: .zero)?.job == 1)
        let busy = transactions.begin(2, request, at: .zero, deadline: .never)
        #expect(transactions.owed == 1)
        for _ in 0..<140_000 {
            let number = transactions.begin(3, request, at: .zero, deadline: .never)
            if number == owed || number == busy { Issue.record("\(number) came again") }
            _ = transactions.end(number)
        }
        #expect(transactions.end(owed) == nil, "its late answer ends nothing")
        #expect(transactions.owed == 0, "but frees the number")
        #expect(transactions.end(busy)?.job == 2)
        #expect(transactions.end(busy) == nil)
    }

    @Test("Requests that were under way together know it, whichever came first")
    func shared() throws {
        let request = try Self.request()
        var transactions = ModbusTransactions()
        let alone = transactions.begin(0, request, at: .zero, deadline: .never)
        #expect(transactions.end(alone)?.isShared == false)
        let numbers = (0..<3).map {
            transactions.begin($0, request, at: .zero, deadline: .zero + .seconds(9 - $0))
        }
        #expect(transactions.nextDeadline == .zero + .seconds(7))
        for number in numbers { #expect(transactions.end(number)?.isShared == true) }
        #expect(transactions.nextDeadline == .never)
    }

    @Test("A new connection owes nothing")
    func forgotten() throws {
        var transactions = ModbusTransactions()
        let request = try Self.request()
        for _ in 0..<100 {
            _ = transactions.begin(0, request, at: .zero, deadline: .never)
            #expect(transactions.removeOldest()?.job == 0)
        }
        #expect(transactions.owed == 100)
        transactions.forgetAll()
        #expect(transactions.owed == 0 && transactions.count == 0)
    }
}
