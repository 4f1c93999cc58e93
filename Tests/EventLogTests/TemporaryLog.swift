// A directory with a log of real files, for one test.

import EventLog
import Glibc

final class TemporaryLog {
    let path: String

    init() throws {
        var template = Array("/tmp/engine-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError(call: "mkdtemp", path: "/tmp", errno: errno)
        }
        path = template.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Small segments, so that a test sees many.
    static let small = LogSettings(
        segmentBytes: 128 << 10, segments: 8, reserve: 2, longestFrame: 16 << 10)

    func open(
        _ settings: LogSettings = TemporaryLog.small, mayBeDirect: Bool = true
    ) throws -> EventLog<DirectoryFiles> {
        try EventLog(
            DirectoryFiles(path, mayBeDirect: mayBeDirect), settings, wallMilliseconds: 1_000,
            newLog: LogID(head: 1, tail: 2))
    }

    /// Changes bytes of a file as a bad disk would.
    func edit(_ name: String, _ body: (inout [UInt8]) -> Void) throws {
        let descriptor = Glibc.open(path + "/" + name, O_RDWR)
        guard descriptor >= 0 else { throw FileError(call: "open", path: name, errno: errno) }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: size)
        _ = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, size, 0) }
        body(&bytes)
        _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, bytes.count, 0) }
        fsync(descriptor)
    }
}

extension EventLog {
    /// Makes a topic of one partition and flushes.
    func makeTopic(_ name: String, isVital: Bool = false) throws -> PartitionID {
        let results = try stage(
            [
                .createTopic(
                    name: name, id: LogID(head: 7, tail: UInt64(name.utf8.count)), partitions: 1,
                    TopicSettings(isVital: isVital))
            ], wallMilliseconds: 1_000)
        try flush(wallMilliseconds: 1_000)
        guard case .partitions(let first, 1)? = results.first else { throw AppendError.tooMany }
        return first
    }

    /// Appends one record and flushes; returns its offset.
    @discardableResult
    func add(_ partition: PartitionID, _ value: [UInt8]) throws -> Int64 {
        let results = try stage([.batch(partition, batch(value))], wallMilliseconds: 1_000)
        try flush(wallMilliseconds: 1_000)
        guard case .offsets(let base, _, _)? = results.first else { throw AppendError.badBatch }
        return base
    }
}

/// One record in a batch.
func batch(_ value: [UInt8], count: Int = 1) -> [UInt8] {
    RecordBatch.encode(
        (0..<count).map {
            LogRecord(key: nil, value: value, headers: [], timestamp: 1_000, offset: Int64($0))
        })
}
