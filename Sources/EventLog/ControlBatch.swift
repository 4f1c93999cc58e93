// The marker that ends a transaction in a partition: a control batch of one record, which consumers
// read and do not show (the layout is that of Kafka's EndTransactionMarker and ControlRecordType).
//
//   key := version i16 = 0, type i16 (0 not committed, 1 committed)
//   value := version i16 = 0, coordinator epoch i32 = 0

import CRC32C

extension RecordBatch {
    /// A marker of this producer. `timestamp` in milliseconds.
    package static func marker(
        isCommit: Bool, producerID: Int64, epoch: Int16, timestamp: Int64
    ) -> [UInt8] {
        var bytes = encode(
            [
                LogRecord(
                    key: [0, 0, 0, isCommit ? 1 : 0], value: [0, 0, 0, 0, 0, 0],
                    timestamp: timestamp)
            ], producerID: producerID, epoch: epoch)
        set(BatchHeader.transactional | BatchHeader.control, in: &bytes)
        return bytes
    }

    /// A batch without attributes, as one of a transaction.
    package static func inTransaction(_ batch: [UInt8]) -> [UInt8] {
        var bytes = batch
        set(BatchHeader.transactional, in: &bytes)
        return bytes
    }

    private static func set(_ attributes: UInt16, in bytes: inout [UInt8]) {
        precondition(bytes.count >= BatchHeader.bytes)
        bytes.withUnsafeMutableBytes { batch in
            batch.storeBig(attributes, at: 21)
            let covered = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.coveredFrom...])
            batch.storeBig(CRC32C.checksum(of: covered), at: 17)
        }
    }
}
