// Real files whose calls fail when a test says so.

import EventLog
import Glibc

final class FailingFiles: LogFiles {
    /// What fails, and how: by the name of the call, or `open` or `sync` and the name of the file.
    var failures: [String: Int32] = [:]
    /// A failing write leaves its bytes there, as a disk may that then reports an error.
    var writesBeforeFailing = true
    /// Files that may be there at most, beyond which creating one says ENOSPC.
    var room = Int.max
    /// Bytes of a file that cannot be read.
    var unreadable: (name: String, Range<Int>)?
    /// How often they cannot be, before they can.
    var unreadableReads = Int.max
    /// Called with the new name when a file was renamed.
    var onRename: ((String) -> Void)?
    private(set) var written: [String: Int] = [:]
    private(set) var syncs = 0
    private var files: DirectoryFiles
    private var openNames: [Int32: String] = [:]

    init(_ path: String) throws(FileError) {
        files = try DirectoryFiles(path)
    }

    var sectorBytes: Int { files.sectorBytes }

    private func check(_ call: String) throws(FileError) {
        if let code = failures[call] { throw FileError(call: call, path: "", errno: code) }
    }

    func names() throws(FileError) -> [String] {
        try check("names")
        return try files.names()
    }

    func open(_ name: String) throws(FileError) -> LogFile? {
        try check("open")
        try check("open \(name)")
        let file = try files.open(name)
        if let file { openNames[file.rawValue] = name }
        return file
    }

    func create(_ name: String, bytes: Int) throws(FileError) -> LogFile {
        try check("create")
        guard try files.names().count < room else {
            throw FileError(call: "posix_fallocate", path: name, errno: ENOSPC)
        }
        let file = try files.create(name, bytes: bytes)
        openNames[file.rawValue] = name
        return file
    }

    func size(_ file: LogFile) throws(FileError) -> Int { try files.size(file) }

    func read(
        _ file: LogFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        try check("read")
        if let (name, bad) = unreadable, openNames[file.rawValue] == name,
            bad.overlaps(offset..<offset + buffer.count), unreadableReads > 0
        {
            unreadableReads -= 1
            throw FileError(call: "read", path: name, errno: EIO)
        }
        return try files.read(file, at: offset, into: buffer)
    }

    func write(
        _ file: LogFile, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(FileError) {
        written[openNames[file.rawValue] ?? "", default: 0] += 1
        if failures["write"] == nil || writesBeforeFailing {
            try files.write(file, at: offset, bytes)
        }
        try check("write")
    }

    func sync(_ file: LogFile) throws(FileError) {
        syncs += 1
        try check("sync")
        try check("sync \(openNames[file.rawValue] ?? "")")
        try files.sync(file)
    }

    func close(_ file: LogFile) {
        openNames[file.rawValue] = nil
        files.close(file)
    }

    func rename(_ old: String, to new: String) throws(FileError) {
        try check("rename")
        try files.rename(old, to: new)
        for (descriptor, name) in openNames where name == old { openNames[descriptor] = new }
        onRename?(new)
    }

    func remove(_ name: String) throws(FileError) {
        try check("remove")
        try files.remove(name)
    }

    func syncDirectory() throws(FileError) {
        try check("syncDirectory")
        try files.syncDirectory()
    }
}
