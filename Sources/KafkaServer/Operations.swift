// What a client may do, as Kafka writes it: a bit for each operation (AclOperation). Clients that ask
// for it take the number apart, and some fail with the one that means "not asked for".

import Users

/// Sets of operations, bit n for operation n.
enum Operations {
    private static let read = 3
    private static let write = 4
    private static let create = 5
    private static let delete = 6
    private static let alter = 7
    private static let describe = 8
    /// What brokers ask each other; Kafka tells its super users of it.
    private static let clusterAction = 9
    private static let describeConfigs = 10
    private static let alterConfigs = 11
    private static let idempotentWrite = 12

    static func onCluster(_ rights: Rights) -> Int32 {
        bits(
            (rights.isAdmin
                ? [create, alter, clusterAction, describeConfigs, alterConfigs] : [])
                + (rights.mayWriteSomething ? [idempotentWrite] : []) + [describe])
    }

    static func on(group: String, _ rights: Rights) -> Int32 {
        let isMember = rights.mayUse(group: group)
        return bits(
            (isMember ? [read] : []) + (rights.isAdmin ? [delete] : [])
                + (isMember || rights.isAdmin ? [describe] : []))
    }

    static func on(_ topic: ServedTopic, _ rights: Rights) -> Int32 {
        let reading = (rights.mayRead(topic.name) ? [read] : []) + [describe, describeConfigs]
        switch topic.writer {
        case .clients:
            return bits(
                reading + (rights.mayWrite(topic.name) ? [write] : [])
                    + (rights.isAdmin ? [create, delete, alter, alterConfigs] : []))
        case .controllerTakesSignals:
            let maySend = !rights.detectors.isEmpty && !rights.isDenied(.write, topic.name)
            return bits(reading + (maySend ? [write] : []))
        case .controller, .gateway: return bits(reading)
        }
    }

    private static func bits(_ operations: [Int]) -> Int32 {
        operations.reduce(0) { $0 | 1 << Int32($1) }
    }
}
