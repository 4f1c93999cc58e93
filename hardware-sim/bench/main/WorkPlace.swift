// Where a run of the benchmark keeps its files; gone with it.

import BenchLines
import CLinux
import Glibc

final class WorkPlace {
    let disk: String
    let memory: String

    init() throws(BenchError) {
        disk = try Self.make(below: "/var/tmp")
        memory = try Self.make(below: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/run")
    }

    deinit {
        for path in [disk, memory] { Self.remove(path) }
    }

    private static func make(below path: String) throws(BenchError) -> String {
        var template = Array((path + "/standpipe-bench-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchError("mkdtemp below \(path)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != "." && name != ".." { remove(path + "/" + name) }
            }
            closedir(folder)
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
