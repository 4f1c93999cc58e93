// Error codes against kafka-python's list.

import Foundation
import KafkaWire
import Testing

@Suite struct KafkaErrorTests {
    private struct PeerError: Decodable {
        var code: Int16
        var name: String
        var retriable: Bool
    }

    /// Where kafka-python keeps an older name.
    private let renamed: [KafkaError: String] = [
        .unknownServerError: "UNKNOWN", .none: "NO_ERROR",
        .notLeaderOrFollower: "NOT_LEADER_FOR_PARTITION",
        .messageTooLarge: "MESSAGE_SIZE_TOO_LARGE", .invalidTopicException: "INVALID_TOPIC",
        .invalidReplicaAssignment: "INVALID_REPLICATION_ASSIGNMENT",
    ]

    /// Where it differs from Kafka itself, whose clients try again.
    private let alsoRetriable: Set<KafkaError> = [.corruptMessage]

    @Test("Codes have the numbers and names that kafka-python has, and are tried again as there")
    func codes() throws {
        let list = try PythonPeer.output(
            of: PythonPeer.python(), [PythonPeer.path("kafka-messages"), "errors"])
        let peer = try JSONDecoder().decode([PeerError].self, from: Data(list.utf8))
        for error in KafkaError.allCases {
            let theirs = try #require(peer.first { $0.code == error.rawValue }, "\(error)")
            let name = "\(error)".reduce("") { $0 + ($1.isUppercase ? "_" : "") + $1.uppercased() }
            #expect(theirs.name == renamed[error] ?? name)
            let isRetriable = theirs.retriable || alsoRetriable.contains(error)
            #expect(error.isRetriable == isRetriable, "\(error)")
        }
    }
}
