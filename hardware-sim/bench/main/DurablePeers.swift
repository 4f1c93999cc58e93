// The brokers that the gateway is compared with: Redis streams, NATS JetStream and RabbitMQ, as Debian
// packs them, each told to have a record on the disk before it answers; and `durable-load`
// (hardware-sim/bench/durable), the one client that loads them and the gateway alike.

import BenchLines
import CLinux
import FireLogic
import Glibc

/// Records of 200 bytes a second that one broker acknowledges.
struct DurableRates {
    /// One connection, one record on its way.
    var one: Double
    /// 64 connections, each with one.
    var many: Double
    /// One connection with a thousand.
    var batches: Double
    /// 64 connections, each with sixteen.
    var crowd: Double
}

enum DurablePeers {
    static let clients = 64

    /// Four loads of a broker that listens at `port`, of so many records each.
    static func rates(
        _ name: String, _ port: UInt16, records: (one: Int, many: Int, batches: Int)
    ) throws -> DurableRates {
        DurableRates(
            one: try load(name, port, 1, 1, records.one),
            many: try load(name, port, clients, 1, records.many),
            batches: records.batches == 0 ? 0 : try load(name, port, 1, 1_000, records.batches),
            crowd: records.batches == 0 ? 0 : try load(name, port, clients, 16, records.batches))
    }

    static func load(
        _ name: String, _ port: UInt16, _ connections: Int, _ inFlight: Int, _ records: Int
    ) throws -> Double {
        let (text, status) = try Child(
            "\(Machine.ownDirectory)/durable-load",
            [name, "\(port)", "\(connections)", "\(inFlight)", "\(records)"], reads: true
        ).text()
        guard status == 0, let rate = Double(text.split(separator: "\n").first ?? "") else {
            throw BenchError("durable-load \(name) ended with \(status)", errno: 0)
        }
        return rate
    }

    /// `appendfsync always`.
    static func redis(_ place: WorkPlace) throws -> DurableRates {
        let directory = try folder(place, "redis-kafka")
        let redis = try RedisPeer(directory)
        defer { redis.end() }
        return try rates("redis", redis.port, records: (10_000, 100_000, 300_000))
    }

    /// `sync_interval: always`, one replica, storage in files.
    static func nats(_ place: WorkPlace) throws -> DurableRates {
        let directory = try folder(place, "nats")
        let port = try freePort()
        let maker =
            try Peers.projectDirectory() + "/hardware-sim/bench/durable/nats-server-path"
        let (path, status) = try Child(maker, [], reads: true).text()
        guard status == 0 else { throw BenchError("\(maker) ended with \(status)", errno: 0) }
        try write(
            """
            listen: 127.0.0.1:\(port)
            log_file: "\(directory)/log"
            jetstream { store_dir: "\(directory)", sync_interval: always }

            """, to: directory + "/nats.conf")
        let server = try Child(
            String(path.split(separator: "\n").last ?? ""), ["-c", directory + "/nats.conf"])
        defer { server.end() }
        try wait("nats", port)
        return try rates("nats", port, records: (2_000, 5_000, 20_000))
    }

    /// A quorum queue of one member, persistent messages, publisher confirms.
    static func rabbit(_ place: WorkPlace) throws -> DurableRates {
        let directory = try folder(place, "rabbitmq")
        let port = try freePort()
        let names = try freePort()
        let nodes = try freePort()
        try write(
            """
            listeners.tcp.1 = 127.0.0.1:\(port)
            distribution.listener.interface = 127.0.0.1

            """, to: directory + "/rabbitmq.conf")
        let settings = [
            "HOME=\(directory)", "RABBITMQ_NODENAME=bench@localhost",
            "RABBITMQ_CONFIG_FILE=\(directory)/rabbitmq.conf",
            "RABBITMQ_MNESIA_BASE=\(directory)", "RABBITMQ_LOG_BASE=\(directory)",
            "RABBITMQ_ENABLED_PLUGINS_FILE=\(directory)/plugins",
            "RABBITMQ_DIST_PORT=\(nodes)", "ERL_EPMD_PORT=\(names)",
            "ERL_EPMD_ADDRESS=127.0.0.1",
        ]
        // Erlang's list of nodes; started here, so that it ends here.
        let list = try Child("env", settings + ["epmd"])
        defer { list.end() }
        // The program behind the wrapper that would change to another user.
        let server = try Child("env", settings + ["/usr/lib/rabbitmq/bin/rabbitmq-server"])
        defer { server.end() }
        try wait("amqp", port)
        return try rates("amqp", port, records: (2_000, 50_000, 100_000))
    }

    /// Until the broker takes a record.
    private static func wait(_ name: String, _ port: UInt16) throws {
        for _ in 0..<200 {
            if LoopbackPort.answers(port), (try? load(name, port, 1, 1, 1)) != nil { return }
            Machine.sleep(.milliseconds(500))
        }
        throw BenchError("\(name) does not answer at port \(port)", errno: 0)
    }

    private static func folder(_ place: WorkPlace, _ name: String) throws -> String {
        let path = "\(place.disk)/\(name)"
        guard mkdir(path, 0o755) == 0 else { throw BenchError("mkdir \(path)") }
        return path
    }

    private static func freePort() throws -> UInt16 {
        guard let port = RedisPeer.freePort() else { throw BenchError("no free port") }
        return port
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchError("open \(path)") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw BenchError("write \(path)") }
    }
}
