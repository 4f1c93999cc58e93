// The few calls that the engine makes of a file system, so that the drill can put a simulated disk
// under the same code. All names are plain names in one directory. Every call may fail at any time,
// and the engine has to live with it; none may trap.

/// An open file of a `LogFiles`.
package struct LogFile: Hashable, Sendable {
    package var rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// One directory of files, as the engine uses it. `DirectoryFiles` is the kernel's.
package protocol LogFiles {
    /// Writes begin and end on multiples of this, in the file and in memory: a power of two, 64 to
    /// 4,096 bytes.
    var sectorBytes: Int { get }

    /// The plain names in the directory, in any order.
    mutating func names() throws(FileError) -> [String]

    /// Opens an existing regular file for reading and writing; nil: there is none of that name.
    mutating func open(_ name: String) throws(FileError) -> LogFile?

    /// Creates a file with room for `bytes` (open with O_EXCL, posix_fallocate). Its content is zero,
    /// but only a file that was written once is fast and needs no metadata in a later sync.
    mutating func create(_ name: String, bytes: Int) throws(FileError) -> LogFile

    /// Bytes of the file.
    mutating func size(_ file: LogFile) throws(FileError) -> Int

    /// Fills `buffer` from `offset`; returns how many bytes there were, fewer only at the file's end.
    mutating func read(
        _ file: LogFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int

    /// Writes all of `bytes`, which begin and end on sectors, or throws; what stands there after a
    /// failure is not known.
    mutating func write(
        _ file: LogFile, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(FileError)

    /// fdatasync: what was written is on the disk when this returns. After a failure nothing is known
    /// of what was written since the last success.
    mutating func sync(_ file: LogFile) throws(FileError)

    mutating func close(_ file: LogFile)

    /// Renames within the directory, replacing nothing: EEXIST where `new` is there.
    mutating func rename(_ old: String, to new: String) throws(FileError)

    mutating func remove(_ name: String) throws(FileError)

    /// Makes creations, renames and removals durable (fsync of the directory).
    mutating func syncDirectory() throws(FileError)
}
