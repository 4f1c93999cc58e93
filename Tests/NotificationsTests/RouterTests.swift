// What becomes of events: fire at once, the rest in digests, escalations only where nobody has
// acknowledged.

import EventLog
import Streams
import Testing

@testable import Notifications

@Suite struct RouterTests {
    private func life(after: Int? = nil) -> NotifyLife {
        var life = NotifyLife(seed: 1, NotifyLife.plan(after: after))
        life.failures = 0
        life.settle()
        return life
    }

    private func messages(
        _ life: NotifyLife, _ name: String, _ channel: Channel
    ) -> [Message] {
        life.receipts.filter { $0.recipient == name && $0.channel == channel }.map(\.message)
    }

    private func fire(_ life: inout NotifyLife, _ episode: String) {
        life.event(
            "floor.2.detector.17.fire",
            "\"event\":\"fire\",\"phase\":\"begin\",\"episode\":\"\(episode)\"")
    }

    @Test("TOLD: a fire goes out at once and alone, whatever else there is")
    func fireAtOnce() {
        var life = life()
        for number in 0..<1_000 {
            life.event("floor.1.detector.\(number).fault", "\"event\":\"down\"")
        }
        fire(&life, "f1")
        life.event("floor.2.valve.open", "\"event\":\"open\",\"episode\":\"f1\"")
        life.settle()
        for channel in Channel.allCases {
            let got = messages(life, "Ana García", channel)
            #expect(got.map(\.lane) == [.fire, .fire])
            #expect(
                got.map { $0.items.map(\.key) } == [
                    ["floor.2.detector.17.fire"], ["floor.2.valve.open"],
                ])
        }
    }

    @Test("TOLD: a thousand faults are one digest a minute and recipient, and all are counted")
    func storm() {
        var life = life()
        for number in 0..<10 {
            life.event("floor.1.detector.\(number).fault", "\"event\":\"down\"")
        }
        life.run(hours: 1, every: 3_600_000 / 1_800)
        #expect(messages(life, "Ana García", .email).count == 1)
        for number in 10..<1_010 {
            life.event("floor.1.detector.\(number).fault", "\"event\":\"down\"")
            life.pass(60)
            if number % 10 == 0 { life.settle() }
        }
        life.pass(70_000)
        life.settle()
        let got = messages(life, "Ana García", .email)
        #expect(got.count <= 4)
        let told = got.reduce(0) { $0 + $1.items.count + ($1.more?.values.reduce(0, +) ?? 0) }
        #expect(told == 1_010)
        #expect(got.allSatisfy { $0.bytes.count < 24 << 10 })
        let texts = messages(life, "Ana García", .sms)
        #expect(texts.count == got.count)
        #expect(texts.allSatisfy { $0.items.count <= NotifyLimits.digestLinesSMS })
    }

    @Test("What begins and ends again and again is one line with a count")
    func chatter() throws {
        var life = life()
        for number in 0..<20 {
            life.event(
                "floor.1.detector.5.fault",
                "\"event\":\"down\",\"phase\":\"begin\",\"episode\":\"a\(number)\"")
            life.event(
                "floor.1.detector.5.back",
                "\"event\":\"back\",\"phase\":\"end\",\"episode\":\"a\(number)\"")
        }
        life.event("floor.1.detector.6.fault", "\"event\":\"down\",\"phase\":\"begin\"")
        life.run(hours: 1, every: 3_000)
        let got = messages(life, "Ben", .email)
        #expect(got.count == 1)
        let items = try #require(got.first?.items)
        #expect(items.map(\.times) == [20, nil])
        #expect(items.map(\.key) == ["floor.1.detector.5.back", "floor.1.detector.6.fault"])
    }

    /// The wall clock jumps by 40 years when the fire begins, and back again in the middle.
    @Test(
        "TOLD: whoever is told late is told when nobody has acknowledged, once an episode",
        arguments: [0, 1_261_440_000_000, -1_261_440_000_000])
    func escalation(step: Int64) {
        var life = life(after: 60)
        fire(&life, "f1")
        life.event(
            "floor.2.detector.18.fire",
            "\"event\":\"fire\",\"phase\":\"during\",\"episode\":\"f1\"")
        life.time.wall += step
        for second in 0..<59 {
            if second == 30 { life.time.wall -= 2 * step }
            life.pass(1_000)
            life.settle()
        }
        #expect(messages(life, "Boss", .sms).isEmpty)
        life.pass(2_000)
        life.settle()
        #expect(messages(life, "Boss", .sms).map(\.source) == [0])
        life.run(hours: 1, every: 60_000)
        #expect(messages(life, "Boss", .sms).count == 1)
    }

    @Test("Whoever was told late is not told again because the gateway died")
    func toldOnce() {
        var life = life(after: 60)
        fire(&life, "f1")
        life.run(hours: 1, every: 20_000)
        life.kill()
        life.settle()
        life.event(
            "floor.2.detector.18.fire",
            "\"event\":\"fire\",\"phase\":\"during\",\"episode\":\"f1\"")
        life.run(hours: 1, every: 20_000)
        #expect(messages(life, "Boss", .sms).count == 1)
        let text = "OK \(Codes(secret: Array(1...32)).code("f1"))"
        #expect(
            life.acknowledge(text: text, from: "+34600111222")
                == .done(episode: "f1", who: "Ana García"))
    }

    enum Way: CaseIterable { case panel, browser, link, sms }

    @Test(
        "Nobody else is called for what was acknowledged, not even after a restart",
        arguments: Way.allCases)
    func acknowledged(way: Way) {
        var life = life(after: 60)
        fire(&life, "f1")
        life.settle()
        let codes = Codes(secret: Array(1...32))
        switch way {
        case .panel: life.event("operator.silenced", "\"event\":\"silenced\",\"who\":\"panel\"")
        case .browser:
            life.acknowledge(episode: "f1", by: "ole")
            life.acknowledge(episode: "f1", by: "mia")
        case .link:
            let token = codes.token("f1", "Ben")
            #expect(life.acknowledge(token: token + "0") == .unknown)
            #expect(life.acknowledge(token: codes.token("f1", "Nobody")) == .unknown)
            #expect(life.acknowledge(token: token) == .done(episode: "f1", who: "Ben"))
            guard case .already(who: "Ben", _) = life.acknowledge(token: token) else {
                Issue.record("a token counts once")
                return
            }
        case .sms:
            let text = "ok \(codes.code("f1"))"
            #expect(life.acknowledge(text: text, from: "+34999999999") == .unknown)
            #expect(life.acknowledge(text: "ok 12", from: "+34600111222") == .unknown)
            #expect(
                life.acknowledge(text: text, from: "600111222")
                    == .done(episode: "f1", who: "Ana García"))
        }
        life.settle()
        life.kill()
        // The next fire is another one.
        life.run(hours: 1, every: 20_000)
        #expect(messages(life, "Boss", .sms).isEmpty)
        fire(&life, "f2")
        life.run(hours: 1, every: 20_000)
        #expect(messages(life, "Boss", .sms).map(\.episode) == ["f2"])
        #expect(life.logs.records("acknowledgements").count == 1)
    }

    @Test("TOLD: what is no JSON is told as it stands")
    func malformed() {
        var life = life()
        life.event("floor.2.valve.open", "\"event\":7,\"floor\":\"x\",\"text\":\"open\"")
        life.logs.event("floor.2.valve.fault", "rubbish \u{0} {", wall: 1)
        life.logs.event("system.journal.fault", "[]", wall: 1)
        life.run(hours: 1, every: 60_000)
        let got = messages(life, "Ana García", .email)
        #expect(got.map { $0.items.first?.fields?.text } == ["open", nil, nil])
        #expect(got.map { $0.items.first?.raw } == [nil, "rubbish \u{0} {", "[]"])
    }

    @Test("TOLD: whoever is no recipient any more is not forgotten silently")
    func removed() {
        var life = life()
        life.closed = [.email]
        fire(&life, "f1")
        life.settle()
        life.plan.recipients.removeAll { $0.name == "Ben" }
        life.plan.recipients.insert(Recipient(name: "New", email: "new@mill"), at: 0)
        life.kill()
        life.closed = []
        life.run(hours: 1, every: 60_000)
        #expect(life.failed(.email).map(\.recipient) == ["Ben"])
        #expect(messages(life, "Gone", .email).count == 1)
        let partitions = life.logs.state.topics["emails"]?.count
        // What was Ben's is given to the next one.
        life.kill()
        life.plan.recipients.append(Recipient(name: "Newer", email: "newer@mill"))
        life.kill()
        life.settle()
        #expect(life.logs.state.topics["emails"]?.count == partitions)
        fire(&life, "f2")
        life.settle()
        #expect(messages(life, "New", .email).map(\.episode) == ["f2"])
        #expect(messages(life, "Newer", .email).map(\.episode) == ["f2"])
    }

    @Test("The status says what waits and what fails, and reads back the same")
    func status() throws {
        var life = life()
        life.closed = [.email]
        fire(&life, "f1")
        life.run(hours: 1, every: 60_000)
        let status = life.status
        #expect(NotifyStatus(status.bytes) == status)
        #expect(NotifyStatus(Array("{}".utf8)) == nil)
        let mail = try #require(status.paths.first { $0.channel == .email })
        #expect(mail.state == "down" && mail.trouble != nil && (mail.seconds ?? 0) > 3_000)
        #expect(
            mail.queues.filter { $0.waiting == 1 }.map(\.recipient) == [
                "Ana García", "Ben", "Gone",
            ])
        #expect(status.paths.first { $0.channel == .sms }?.state == "up")
    }

    @Test("Hours are those of the board, over midnight too")
    func hours() {
        // 1970-01-05 was a Monday.
        func local(_ day: Int64, _ hour: Int64) -> LocalTime {
            LocalTime(wall: (day * 24 + hour) * 3_600_000, utcOffset: 0)
        }
        let office = Hours(days: 0x1F, from: 8 * 60, to: 20 * 60)
        #expect(office.contains(local(4, 8)) && !office.contains(local(4, 20)))
        #expect(!office.contains(local(3, 12)) && office.contains(local(8, 19)))
        #expect(!office.contains(local(9, 12)))
        let night = Hours(days: 0x01, from: 20 * 60, to: 8 * 60)
        #expect(night.contains(local(4, 23)) && night.contains(local(5, 7)))
        #expect(!night.contains(local(5, 23)) && !night.contains(local(4, 7)))
        #expect(LocalTime(wall: -1, utcOffset: 0).weekday == 2)
        #expect(LocalTime(wall: 1_709_164_800_000, utcOffset: 0).date == (2024, 2, 29))
        #expect(LocalTime(wall: -1, utcOffset: 0).date == (1969, 12, 31))
    }

    @Test("The daily test goes to everybody once a day")
    func dailyTest() {
        var plan = NotifyLife.plan()
        plan.dailyTest = 8 * 60
        var life = NotifyLife(seed: 1, plan)
        life.failures = 0
        life.time.wall = 1_770_000_000_000 / 86_400_000 * 86_400_000
        life.run(hours: 49, every: 60_000)
        #expect(messages(life, "Ben", .email).map(\.kind) == [.test, .test])
        #expect(messages(life, "Boss", .sms).map(\.kind) == [.test, .test])
        life.kill()
        life.run(hours: 6, every: 60_000)
        #expect(messages(life, "Ben", .email).count == 2)
    }
}
