// How much memory an index takes, reckoned from what its tables have room for: for the tool that
// shows a log, and for the test that holds it within its bound. The allocator's own share is not in
// it; measured with mallinfo2 it was under a tenth.

extension LogIndex {
    /// Bytes on the heap, about.
    package var heapBytes: Int {
        func room<T>(_ array: [T]) -> Int { array.capacity * MemoryLayout<T>.stride }
        var bytes = room(segments) + room(partitions) + room(topicTable.all) + room(gaps)
        for partition in partitions { bytes += room(partition.runs) + room(partition.copies) }
        for topic in topicTable.all {
            // The name stands in the table's dictionary as well, but only once in memory.
            bytes += topic.name.utf8.count + room(topic.partitions) + 64
        }
        for (group, commits) in groupTable.all {
            bytes += group.utf8.count + 96
            bytes += commits.capacity * MemoryLayout<(PartitionID, Commit)>.stride * 4 / 3
        }
        bytes += groupTable.metadataBytes
        bytes += volatileReserves.capacity * 24
        return bytes + producers.heapBytes + samples.heapBytes
    }
}
