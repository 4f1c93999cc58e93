// What an installer may decide about the broker.

/// Settings of a broker; the defaults are those of a Kafka broker where it has them.
package struct BrokerSettings: Hashable, Sendable {
    /// The one node of the cluster.
    package var nodeID: Int32 = 1
    package var clusterID: String
    /// A topic that is asked for and not there is made, as Kafka does unless told otherwise.
    package var makesTopics = true
    /// Partitions of a topic that is made so, or with -1 partitions.
    package var partitions: Int32 = 1
    /// Bytes of the largest batch that is taken (Kafka's message.max.bytes).
    package var maxMessageBytes = 1_048_588
    /// Bytes of records in one fetch response at most, whatever the client asks for.
    package var maxFetchBytes = 2 << 20
    /// A fetch waits so many milliseconds at most for more.
    package var maxWaitMilliseconds: Int64 = 60_000

    /// The groups of the streams that run.
    package var streamGroups: Set<String> = []

    package init(clusterID: String) {
        self.clusterID = clusterID
    }
}
