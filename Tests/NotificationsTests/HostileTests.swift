// Bytes from outside: whatever the controller's log, the service log or a phone may hold, nothing traps,
// and what was said is told. A seed that fails replays alone: `NOTIFY_SEED=n swift test --filter HostileTests`.

import DrillRandom
import EventLog
import Glibc
import Testing

@testable import Notifications

@Suite struct HostileTests {
    private static let seed: UInt64 =
        getenv("NOTIFY_SEED").flatMap { UInt64(String(cString: $0)) }
        ?? .random(in: .min ... .max)

    private static let sample = """
        {"event":"fault","text":"FAULT","episode":"b-1","phase":"end","since":1795442733000,\
        "seconds":12,"site":"Mill","floor":2,"floorName":"Kitchen","detector":17,"bus":1,"busName":\
        "east","detectors":[1,2,3],"missing":[4],"count":200,"missingCount":9,"delaySeconds":30,\
        "forSeconds":60,"who":"panel","fault":"journal","cause":"line"}
        """

    private func mutated(_ text: String, _ random: inout Random) -> [UInt8] {
        var bytes = Array(text.utf8)
        let numbers = [
            "-9223372036854775808", "9223372036854775807", "1e400", "null", "[]", "{}", "\"\"",
        ]
        for _ in 0..<random.below(6) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes[place] = UInt8(random.below(256))
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + random.below(20)))
            case 2:
                // Another value behind a colon.
                if let colon = bytes[place...].firstIndex(of: 0x3A) {
                    let end =
                        bytes[(colon + 1)...].firstIndex { $0 == 0x2C || $0 == 0x7D } ?? bytes.count
                    bytes.replaceSubrange(colon + 1..<end, with: Array(random.pick(numbers).utf8))
                }
            default: bytes.insert(contentsOf: bytes.prefix(random.below(40)), at: place)
            }
        }
        return bytes
    }

    @Test("TOLD: events of any bytes are told, and trap nothing")
    func events() {
        print("seed \(Self.seed)")
        var random = Random(seed: Self.seed)
        let keys = [
            "floor.2.detector.17.fire", "bus.east.fault", "system.journal.fault",
            "operator.walk-test-ended", "floor.2.release.pending", "..", "floor...", "x",
        ]
        var life = NotifyLife(seed: Self.seed, NotifyLife.plan())
        life.failures = 0
        life.settle()
        for number in 0..<400 {
            let value = mutated(Self.sample, &random)
            life.logs.event(
                random.pick(keys), String(decoding: value, as: UTF8.self), wall: Int64(number))
            if number % 20 == 0 { life.run(hours: 1, every: 600_000) }
        }
        life.run(hours: 1, every: 30_000)
        let maker = TextMaker(
            site: "Mill", codes: Codes(secret: Array(1...32)), acknowledgeURL: "http://a",
            utcOffset: { _ in -3_600 })
        var told: Set<Int64> = []
        for receipt in life.receipts where receipt.recipient == "Ana García" {
            told.formUnion(receipt.message.items.map(\.offset))
            for language in Language.allCases {
                let recipient = Recipient(name: "A", email: "a@b", language: language)
                let text = maker.text(receipt.message, to: recipient, late: true)
                #expect(!text.subject.isEmpty && text.sms.utf16.count <= 300)
            }
        }
        let summed = life.receipts.contains { $0.message.more != nil }
        #expect(told.count == 400 || summed)
    }

    @Test("Messages of any bytes in the queues are read, or go to .failed")
    func messages() throws {
        var random = Random(seed: Self.seed)
        var life = NotifyLife(seed: Self.seed, NotifyLife.plan())
        life.failures = 0
        life.settle()
        life.closed = [.email, .sms]
        life.event("floor.2.valve.open", "\"episode\":\"e\"")
        life.settle()
        let good = try #require(life.logs.records("emails").first?.value)
        let partition = try #require(life.logs.state.topics["emails"]?.first)
        for _ in 0..<300 {
            let value = mutated(String(decoding: good, as: UTF8.self), &random)
            _ = life.logs.apply([
                .batch(
                    partition,
                    RecordBatch.encode([LogRecord(key: nil, value: value, timestamp: 0)]))
            ])
        }
        life.kill()
        life.closed = []
        life.run(hours: 80, every: 600_000)
        #expect(life.waiting == 0)
        let told = life.receipts.filter { $0.channel == .email }.count
        #expect(told + life.logs.records("emails.failed").count >= 301)
    }

    @Test("BOUNDED: what is too large for one append goes out smaller")
    func tooLarge() {
        var plan = NotifyPlan(site: "Mill")
        for number in 0..<NotifyLimits.recipients {
            plan.recipients.append(
                Recipient(
                    name: "Somebody with a name \(number)", email: "a@b", phone: "+34600111222"))
        }
        var life = NotifyLife(seed: 1, plan)
        life.failures = 0
        life.settle()
        let wide = String(repeating: "\u{1}\"\\", count: 80).map {
            $0 == "\u{1}" ? "\\u0001" : "\\\($0)"
        }.joined()
        for number in 0..<60 {
            let fields = ["text", "floorName", "detectorName", "zone", "cause", "who"]
                .map { "\"\($0)\":\"\(wide)\"" }.joined(separator: ",")
            life.event("floor.1.x.\(number).y", fields)
            life.event("floor.2.detector.\(number).fire", fields)
        }
        life.run(hours: 1, every: 60_000)
        #expect(life.waiting == 0 && !life.flags.logFails)
        let mine = life.receipts.filter { $0.recipient == plan.recipients[0].name }
        #expect(mine.filter { $0.channel == .sms && $0.message.lane == .fire }.count == 60)
        let told = mine.filter { $0.channel == .email && $0.message.lane == .rest }.reduce(0) {
            $0 + $1.message.items.count + ($1.message.more?.values.reduce(0, +) ?? 0)
        }
        #expect(told == 60)
    }
}
