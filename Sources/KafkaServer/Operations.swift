// What a client may do, as Kafka writes it: a bit for each operation (AclOperation). Clients that ask
// for it take the number apart, and some fail with the one that means "not asked for".

/// Sets of operations, bit n for operation n.
enum Operations {
    private static let read = 3
    private static let write = 4
    private static let create = 5
    private static let delete = 6
    private static let alter = 7
    private static let describe = 8
    private static let describeConfigs = 10
    private static let alterConfigs = 11
    private static let idempotentWrite = 12

    static let onCluster = bits([create, describe, describeConfigs, idempotentWrite])
    static let onGroup = bits([read, delete, describe])

    static func on(_ topic: ServedTopic) -> Int32 {
        switch topic.writer {
        case .clients:
            bits([read, write, create, delete, alter, describe, describeConfigs, alterConfigs])
        case .controllerTakesSignals: bits([read, write, describe, describeConfigs])
        case .controller, .gateway: bits([read, describe, describeConfigs])
        }
    }

    private static func bits(_ operations: [Int]) -> Int32 {
        operations.reduce(0) { $0 | 1 << Int32($1) }
    }
}
