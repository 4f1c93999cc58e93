// Stock Kafka clients, as they are installed from Debian and from PyPI, against the real gateway.
// Their scripts (Tests/peers/kafka-clients) compare every record byte for byte; what stands in the log
// afterwards is looked at here.

import EventLog
import Testing

@Suite(.serialized) struct ClientTests {
    /// Which clients have cooperative rebalancing.
    private static let cooperative = ["kcat", "confluent", "kafka-python"]
    private static let codecs = ["none", "gzip", "snappy", "lz4", "zstd"]

    @Test("RECORD: every client reads what every client wrote; groups, administration, times")
    func clients() async throws {
        let gateway = try RunningGateway()
        try await Peers.all(
            Peers.clients.map { ($0, "produce") }, gateway.port, atOnce: 3)
        let steps = ["takeover", "static", "administer", "consume", "times", "idempotent"]
        try await Peers.all(
            Self.cooperative.map { ($0, "cooperative") }
                + steps.flatMap { step in Peers.clients.map { ($0, step) } },
            gateway.port, atOnce: 5)
        gateway.stop()
        let reader = try LogReader(directory: gateway.state + "/service")
        for client in Peers.clients {
            for (number, codec) in Self.codecs.enumerated() {
                let found = try batches(reader, "\(client).\(codec)")
                #expect(!found.isEmpty, "\(client).\(codec)")
                // The codec is the client's own: nothing was packed or unpacked here. What does not
                // become shorter is sent as it is, so a lone small record may come without.
                #expect(found.contains { $0.codec?.rawValue == UInt8(number) })
                #expect(
                    found.allSatisfy {
                        $0.codec?.rawValue == UInt8(number) || $0.codec == BatchHeader.Codec.none
                    }, "\(client).\(codec)")
            }
            let numbered = try batches(reader, "\(client).idempotent")
            #expect(numbered.count > 1)
            var next: Int32 = 0
            for batch in numbered {
                #expect(batch.producerID >= 0)
                #expect(batch.baseSequence == next)
                next += batch.recordCount
            }
            #expect(next == 500, "\(client)")
        }
    }

    /// The headers of all batches of partition 0.
    private func batches(_ reader: LogReader, _ topic: String) throws -> [BatchHeader] {
        let info = try #require(reader.index.topic(named: topic), "\(topic)")
        var bytes: [UInt8] = []
        _ = try reader.read(info.partitions[0], from: 0, maxBytes: 8 << 20, into: &bytes)
        var headers: [BatchHeader] = []
        var place = 0
        while place < bytes.count {
            let header = bytes[place...].withUnsafeBytes { BatchHeader($0) }
            guard let header else { break }
            headers.append(header)
            place += header.batchLength
        }
        return headers
    }
}
