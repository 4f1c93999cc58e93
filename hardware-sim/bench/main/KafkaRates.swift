// The gateway beside other brokers under one load (`durable-load`), and under a stock Kafka client's
// (`kafka-load`, a C program on Debian's librdkafka). Everything that is acknowledged is on the disk.

import BenchLines
import CLinux
import FireLogic
import Glibc

enum KafkaRates {
    private static let batchRecords = 3_000_000
    private static let clients = DurablePeers.clients

    static func measure(_ place: WorkPlace, into table: inout Table) {
        do {
            try rates(place, &table)
        } catch {
            table.add(failed: "kafka: rates", "\(error)")
        }
        do {
            try memory(place, &table)
        } catch {
            table.add(failed: "kafka: memory", "\(error)")
        }
    }

    private static func start(_ place: WorkPlace, _ name: String) throws -> (Child, port: UInt16) {
        guard let port = RedisPeer.freePort() else { throw BenchError("no free port") }
        let directory = "\(place.disk)/\(name)"
        mkdir(directory, 0o755)
        let gateway = try Child(
            "\(Machine.ownDirectory)/standpipe-gateway",
            [
                "--alone", "--state", directory, "--run", place.memory, "--listen",
                "127.0.0.1:\(port)", "--partitions", "1",
            ])
        for _ in 0..<200 {
            if LoopbackPort.answers(port) { return (gateway, port) }
            Machine.sleep(.milliseconds(20))
        }
        throw BenchError("standpipe-gateway does not answer at port \(port)", errno: 0)
    }

    private static func load(_ words: [String]) throws -> Double {
        let (text, status) = try Child(
            "\(Machine.ownDirectory)/kafka-load", words, reads: true
        ).text()
        guard status == 0, let rate = Double(text.split(separator: "\n").first ?? "") else {
            throw BenchError("kafka-load said: \(text)", errno: 0)
        }
        return rate
    }

    private static func rates(_ place: WorkPlace, _ table: inout Table) throws {
        let (gateway, port) = try start(place, "kafka")
        let own = try DurablePeers.rates("kafka", port, records: (10_000, 100_000, 0))
        let address = "127.0.0.1:\(port)"
        let one = try load([address, "one", "one", "10000"])
        let many = try load([address, "many", "many", "\(clients)", "60000"])
        let batch = try load([address, "batch", "batch", "1", "\(batchRecords)"])
        let consumed = try load([address, "batch", "consume", "\(batchRecords)"])
        let crowd = try load([address, "crowd", "batch", "\(clients)", "\(batchRecords)"])
        gateway.end()

        var peers: [(name: String, rates: DurableRates)] = []
        let brokers: [(String, (WorkPlace) throws -> DurableRates)] = [
            ("Redis streams", DurablePeers.redis), ("JetStream", DurablePeers.nats),
            ("RabbitMQ", DurablePeers.rabbit),
        ]
        for (name, measure) in brokers {
            do {
                peers.append((name, try measure(place)))
            } catch {
                table.add(failed: "kafka: peer \(name)", "\(error)")
            }
        }
        func add(_ what: String, _ rate: Double, _ peer: (DurableRates) -> Double) {
            table.add(
                "kafka: 200 B, \(what)", rate, "records/s", goal: ">= best peer",
                beside: peers.map { "\($0.name) \(Table.text(peer($0.rates)))/s" }
                    .joined(separator: ", "),
                isOk: peers.allSatisfy { rate >= peer($0.rates) })
        }
        add("one in flight, on the disk", own.one, \.one)
        table.add(
            "  the same from librdkafka", one, "records/s",
            beside: "4,800/s is its own limit against a broker in memory")
        add("\(clients) producers, each one in flight", own.many, \.many)
        table.add("  the same from librdkafka, \(clients) of them", many, "records/s")
        add("\(clients) producers in batches, from librdkafka", crowd, \.crowd)
        add("batches, from librdkafka", batch, \.batches)
        table.add(
            "  the same", batch, "records/s", goal: ">= 500,000", isOk: batch >= 500_000)
        table.add(
            "kafka: consume, from the page cache", consumed, "records/s", goal: ">= 1,000,000",
            isOk: consumed >= 1_000_000)
    }

    /// 100 clients on 100 partitions that have all produced, and then rest.
    private static func memory(_ place: WorkPlace, _ table: inout Table) throws {
        let (gateway, port) = try start(place, "kafka-rest")
        defer { gateway.end() }
        let load = try Child(
            "\(Machine.ownDirectory)/kafka-load",
            ["127.0.0.1:\(port)", "rest", "rest", "100", "40"])
        // A hundred clients take a while to begin; processor time comes in ticks of 10 ms.
        Machine.sleep(.seconds(15))
        let before = Usage(of: gateway.pid)
        Machine.sleep(.seconds(20))
        let share = before.share(until: Usage(of: gateway.pid)).all
        let resident = Double(Machine.kibibytes("VmRSS", of: gateway.pid) ?? 0) / 1_024
        load.end(SIGKILL)
        table.add(
            "kafka: gateway, 100 consumers at rest on 100 partitions", resident, "MB resident",
            digits: 1, goal: "<= 40", isOk: resident <= 40)
        table.add(
            "  processor", share, "%", digits: 2, goal: "<= 1",
            beside: "each asks twice a second", isOk: share <= 1)
    }
}
