// Whole lives of the notifications from seeds: whatever happens, everybody is told everything, in order,
// and twice only where the gateway died in between. A seed that fails replays alone:
// `NOTIFY_SEED=n swift test --filter NotifyDrillTests`; NOTIFY_SEEDS=n lives n lives.

import DrillRandom
import EventLog
import Glibc
import Streams
import Testing

@testable import Notifications

@Suite struct NotifyDrillTests {
    private static var seeds: [UInt64] {
        if let text = getenv("NOTIFY_SEED"), let seed = UInt64(String(cString: text)) {
            return [seed]
        }
        if let text = getenv("NOTIFY_SEEDS"), let count = UInt64(String(cString: text)), count > 0 {
            return Array(1...count)
        }
        return Array(1...6)
    }

    @Test(
        "TOLD: everybody gets everything in order, at most once more for every kill",
        arguments: seeds)
    func life(seed: UInt64) {
        var limits = NotifyLimits()
        // Where these are small, what is rare in a real life happens all the time.
        if seed % 2 == 0 { limits.doneBytes = 8 }
        if seed % 3 == 0 { limits.restBacklog = 2 }
        var life = NotifyLife(seed: seed, NotifyLife.plan(), bad: ["Gone"], limits: limits)
        life.settle()
        var floors = 0
        let century: Int64 = 40 * 365 * 86_400_000
        for _ in 0..<4_000 {
            switch life.random.below(100) {
            case 0..<3:
                floors += 1
                fire(&life, floors)
            case 3..<5:
                let detector = life.random.below(40)
                life.event(
                    "floor.1.detector.\(detector).fault",
                    "\"event\":\"down\",\"text\":\"FAULT\",\"episode\":\"d\(floors)-\(detector)\"")
            case 5: life.event("bus.east.fault", "\"event\":\"fault\",\"episode\":\"b\(floors)\"")
            case 6 where life.random.chance(1, in: 3): life.kill()
            case 7 where life.random.chance(1, in: 6): life.kill(power: true)
            case 8: life.closed = life.random.chance(1, in: 4) ? [.email] : []
            case 9: life.closed = life.random.chance(1, in: 4) ? [.sms] : []
            case 10: life.time.wall += life.random.chance(1, in: 2) ? century : -century
            case 11..<25: life.pass(Int64(life.random.below(20_000)))
            default: life.act()
            }
        }
        life.closed = []
        life.failures = 0
        life.run(hours: 2, every: 20_000)
        #expect(life.waiting == 0)
        judge(life, seed)
        if getenv("NOTIFY_STATS") != nil {
            let ids = life.receipts.map { "\($0.channel) \($0.message.id)" }
            print(
                "seed \(seed): \(life.kills) kills, \(life.receipts.count) receipts,"
                    + " \(ids.count - Set(ids).count) copies,"
                    + " \(life.receipts.filter { $0.message.attempt > 0 }.count) after a failure,"
                    + " \(life.logs.appended) bytes")
        }
    }

    private func fire(_ life: inout NotifyLife, _ number: Int) {
        let episode = "\"episode\":\"f\(number)\""
        life.event(
            "floor.2.detector.17.fire", "\"event\":\"fire\",\"phase\":\"begin\",\(episode)")
        life.event("floor.2.valve.open", "\"event\":\"open\",\"phase\":\"during\",\(episode)")
        if life.random.chance(1, in: 4) { life.event("floor.2.valve.fault", "no json at all") }
    }

    private func judge(_ life: NotifyLife, _ seed: UInt64) {
        for recipient in life.plan.recipients {
            for channel in Channel.allCases where recipient.address(channel) != nil {
                let receipts = life.receipts.filter {
                    $0.recipient == recipient.name && $0.channel == channel
                }
                let got = receipts.map(\.message)
                let failed = life.failed(channel).filter { $0.recipient == recipient.name }
                let who = "seed \(seed), \(recipient.name) by \(channel)"
                #expect(life.bad.contains(recipient.name) ? got.isEmpty : failed.isEmpty, "\(who)")
                told(life, recipient, got + failed, who)
                for lane in Lane.allCases { order(got.filter { $0.lane == lane }, who) }
                // What is sent twice was sent when the gateway died, and that was one message.
                var died: Set<Int> = []
                for (place, receipt) in receipts.enumerated() {
                    let before = receipts[..<place].last { $0.message.id == receipt.message.id }
                    guard let before else { continue }
                    #expect(before.kills < receipt.kills, "\(who)")
                    #expect(died.insert(before.kills).inserted, "\(who): two for one kill")
                }
                // What failed is there once.
                #expect(Set(failed.map(\.id)).count == failed.count, "\(who)")
            }
        }
        #expect(
            life.flags.undelivered == life.plan.recipients.contains { life.bad.contains($0.name) })
        #expect(!life.flags.mailFails && !life.flags.smsFails && !life.flags.logFails)
    }

    /// Every event that somebody wanted is in what he got.
    private func told(
        _ life: NotifyLife, _ recipient: Recipient, _ messages: [Message], _ who: String
    ) {
        let listed = Set(messages.flatMap { $0.items.map(\.offset) })
        let summed = messages.filter { message in
            message.more != nil || message.items.contains { $0.times != nil }
        }.map(\.source)
        for event in life.logs.state.events {
            let key = String(decoding: event.key ?? [], as: UTF8.self)
            guard recipient.wants(key), !listed.contains(event.offset) else { continue }
            let isCounted = !Item.isFire(key) && summed.contains { $0 >= event.offset }
            #expect(isCounted, "\(who): event \(event.offset) \(key)")
        }
    }

    /// Rising, but for copies of the last one.
    private func order(_ messages: [Message], _ who: String) {
        var last: Message?
        for message in messages {
            let isRising = message.source > last?.source ?? -1
            #expect(isRising || message.id == last?.id, "\(who): \(message.id) too late")
            last = message
        }
    }

    @Test("TOLD: after 71 hours off line all arrives in order; the wall clock changes nothing")
    func offLine() {
        var life = NotifyLife(seed: 7, NotifyLife.plan())
        life.failures = 0
        life.settle()
        life.closed = [.email, .sms]
        for number in 1...60 {
            fire(&life, number)
            life.event("floor.1.detector.\(number).fault", "\"event\":\"down\"")
            life.run(hours: 1, every: 120_000)
            life.time.wall += number % 2 == 0 ? 1_261_440_000_000 : -1_261_440_000_000
        }
        life.run(hours: 11, every: 120_000)
        #expect(life.receipts.isEmpty)
        #expect(life.flags.mailFails && life.flags.smsFails && !life.flags.undelivered)
        life.closed = []
        life.run(hours: 1, every: 10_000)
        #expect(life.waiting == 0)
        #expect(life.failed(.email).isEmpty && life.failed(.sms).isEmpty)
        judge(life, 7)
    }

    @Test("TOLD: what could not be delivered in 72 hours is in .failed, and lights the lamp")
    func givenUp() {
        var life = NotifyLife(seed: 8, NotifyLife.plan())
        life.failures = 0
        life.settle()
        life.closed = [.email]
        fire(&life, 1)
        life.run(hours: 71, every: 120_000)
        #expect(!life.flags.undelivered)
        // A power cut: the time that was written counts on.
        life.run(hours: 2, every: 120_000)
        #expect(life.flags.undelivered)
        let failed = life.failed(.email)
        #expect(Set(failed.map(\.recipient)) == ["Ana García", "Ben", "Gone"])
        #expect(failed.allSatisfy { ($0.error ?? "").contains("72 hours") })
        #expect(life.receipts.filter { $0.channel == .email }.isEmpty)
        #expect(!life.receipts.filter { $0.channel == .sms }.isEmpty)
        life.markSeen()
        life.settle()
        #expect(!life.flags.undelivered)
        life.kill()
        life.settle()
        #expect(!life.flags.undelivered)
    }

    @Test("TOLD: a text that the network gives up later is in .failed, and lights the lamp")
    func givenUpLater() throws {
        var life = NotifyLife(seed: 9, NotifyLife.plan())
        life.failures = 0
        life.settle()
        fire(&life, 1)
        life.settle()
        let sent = try #require(life.receipts.first { $0.recipient == "Boss" }?.message)
        #expect(!life.flags.undelivered)
        life.giveUp(sent, to: "+34600111333", "the network gave it up")
        life.settle()
        #expect(life.flags.undelivered)
        #expect(life.failed(.sms).map(\.id) == [sent.id])
        #expect(life.failed(.sms).first?.error == "the network gave it up")
        // A gateway that has not sent it itself knows whose it was; networks write numbers their way.
        life.kill()
        life.settle()
        #expect(life.flags.undelivered)
        life.giveUp(nil, to: "600111222", "the network gave it up")
        life.settle()
        #expect(life.failed(.sms).map(\.recipient) == ["Boss", "Ana García"])
    }
}
