// Hostile batches: whatever the bytes are, they are refused or read, and reading ends.
// STANDPIPE_FUZZ_SECONDS sets how long it tries (1 s by default), STANDPIPE_FUZZ_SEED plays a
// printed seed again.

import CRC32C
import EventLog
import Testing

/// `batch` with a checksum that is right for its bytes.
func resealed(_ batch: [UInt8]) -> [UInt8] {
    var batch = batch
    let sum = CRC32C.checksum(of: batch[21...])
    for place in 0..<4 { batch[17 + place] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * place)) }
    return batch
}

@Suite struct RecordBatchFuzzTests {
    /// `batch` with length, magic and checksum made to fit: past the first gates.
    private func fitted(_ batch: [UInt8]) -> [UInt8] {
        guard batch.count >= BatchHeader.bytes else { return batch }
        var batch = batch
        let length = UInt32(batch.count - 12)
        for place in 0..<4 {
            batch[8 + place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * place))
        }
        batch[16] = 2
        return resealed(batch)
    }

    @Test("BOUNDED: no batch, however damaged, traps or hangs; what is let in is read as a whole")
    func fuzz() throws {
        var random = SplitMix.printed("record batch fuzz")
        let seed = random.state
        let seconds = SplitMix.environment("STANDPIPE_FUZZ_SECONDS") ?? 1
        let whole = RecordBatch.encode([0, 1, 2, 4].map { batchSamples[$0] })
        let deadline = ContinuousClock.now + .seconds(Int64(clamping: seconds))
        var accepted = 0
        var rounds = 0
        while ContinuousClock.now < deadline || rounds < 10 {
            rounds += 1
            for _ in 0..<200 {
                var batch = whole
                for _ in 0..<Int.random(in: 1...4, using: &random) { random.mutate(&batch) }
                if Int.random(in: 0..<4, using: &random) > 0 { batch = fitted(batch) }
                var count = 0
                let isRead =
                    (try? batch.withUnsafeBytes {
                        try RecordBatch.forEachRecord($0) { record in
                            count += 1
                            // No record is larger than what it came from.
                            let bytes = (record.key?.count ?? 0) + (record.value?.count ?? 0)
                            if bytes > batch.count { count = .max }
                        }
                    }) != nil
                #expect(count <= batch.count, "seed \(seed)")
                let header = batch.withUnsafeBytes { try? BatchHeader.checked($0) }
                guard let header else { continue }
                accepted += 1
                #expect(
                    header.recordCount >= 1 && header.batchLength == batch.count, "seed \(seed)")
                if header.codec == BatchHeader.Codec.none {
                    #expect(isRead && count == Int(header.recordCount), "seed \(seed)")
                }
            }
        }
        #expect(accepted > rounds, "seed \(seed): the mutations do not reach the records")
    }
}
