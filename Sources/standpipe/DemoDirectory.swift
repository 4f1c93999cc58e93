// The demo's own directory: plan, state, sockets, all gone at the end. Nothing of it is ever
// outside the system's place for temporary files.

import Glibc
import SimulatedBuilding

struct DemoDirectory {
    let path: String

    init() throws(SimulationError) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/standpipe-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SimulationError("make a directory in \(base)")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for name in ["state", "run"] {
            guard mkdir("\(path)/\(name)", 0o700) == 0 else {
                throw SimulationError("make \(path)/\(name)")
            }
        }
    }

    /// Removes the directory and all that is in it.
    func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        // Not through symbolic links: opendir would follow one.
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(directory) {
            let room = MemoryLayout.size(ofValue: entry.pointee.d_name)
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: room) { String(cString: $0) }
            }
            if name != "." && name != ".." { remove(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }
}
