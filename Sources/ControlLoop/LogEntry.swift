// One value of topic `records`: a record in machine form, or what was remembered, for the next start
// and for the replay. Written by SafetyLog, read by it and by Replay. Little-endian, a file format.
//
//   0   kind u8           1 record, 2 memory at a start of the program, 3 memory on the way,
//                         4 record of a memory, 5 open episodes at a memory, 6 one of them
//                         (Episode.swift); zero u8 * 3
//   4   number u32        kind 1: records of this run before it, wrapping: a hole was lost.
//                         Kinds 2, 3 and 5: how many of kind 4, or 6, follow, in the same append
//   8   machine u64       first half of the boot id; 0 where the kernel does not say
//   16  boot clock i64 ns
//   24  record words 40   zeros for kinds 2 and 3; of kinds 5 and 6 they are no record
//
// The wall clock is the time of the Kafka record. No key.

import FireLogic

package struct LogEntry: Hashable, Sendable {
    package static let byteCount = 64

    package enum Kind: UInt8, Hashable, Sendable {
        case record = 1
        case memoryAtStart, memoryOnTheWay, remembered, episodes, episode
    }

    package var kind: Kind
    package var number: UInt32
    package var machine: UInt64
    package var stamp: Stamp
    package var words: RecordWords

    package init(
        kind: Kind, number: UInt32, machine: UInt64, stamp: Stamp,
        words: RecordWords = RecordWords((0, 0, 0, 0, 0))
    ) {
        self.kind = kind
        self.number = number
        self.machine = machine
        self.stamp = stamp
        self.words = words
    }

    /// nil for the head of a memory, for episodes, and for a record that this program does not know.
    package var record: Record? {
        switch kind {
        case .record, .remembered: words.record
        case .memoryAtStart, .memoryOnTheWay, .episodes, .episode: nil
        }
    }

    package func append(to bytes: inout [UInt8]) {
        bytes.append(kind.rawValue)
        for _ in 0..<3 { bytes.append(0) }
        func add(_ value: UInt64, _ count: UInt64 = 8) {
            for place in 0..<count {
                bytes.append(UInt8(truncatingIfNeeded: value >> (place * 8)))
            }
        }
        add(UInt64(number), 4)
        add(machine)
        add(UInt64(bitPattern: stamp.boot.nanoseconds))
        add(words.words.0)
        add(words.words.1)
        add(words.words.2)
        add(words.words.3)
        add(words.words.4)
    }

    /// nil when `bytes` are none.
    package init?(_ bytes: some Collection<UInt8>, wallMilliseconds: Int64) {
        guard bytes.count == Self.byteCount else { return nil }
        var rest = bytes[...]
        func take(_ count: UInt64) -> UInt64 {
            var value: UInt64 = 0
            for place in 0..<count {
                value |= UInt64(rest.popFirst() ?? 0) << (place * 8)
            }
            return value
        }
        let first = take(4)
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: first)) else { return nil }
        self.kind = kind
        number = UInt32(truncatingIfNeeded: take(4))
        machine = take(8)
        let boot = Instant(nanoseconds: Int64(bitPattern: take(8)))
        stamp = Stamp(boot: boot, wallMilliseconds: wallMilliseconds)
        words = RecordWords((take(8), take(8), take(8), take(8), take(8)))
    }
}
