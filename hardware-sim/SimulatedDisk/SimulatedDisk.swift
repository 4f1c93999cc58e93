// A disk with one directory, in memory and from a seed, for the log engine to run on. It may lose,
// reorder and tear all that was not synced, fail any call, and die at any of them; it never loses
// what was synced. It also watches its user: a call that breaks the contract of `LogFiles` or writes
// over what was declared final is a complaint.

import DrillRandom
import EventLog
import Glibc

/// A disk that keeps its word about what was synced, and about nothing else.
package final class SimulatedDisk: LogFiles {
    enum Change: Hashable {
        case create(String, Int)
        case rename(String, String, Int)
        case remove(String, Int)
    }

    package let sectorBytes: Int
    /// Bytes that files may take together.
    package var capacity: Int
    package var faults = DiskFaults()
    package internal(set) var counts = DiskCounts()
    /// What its user did wrong. Empty is the promise.
    package var complaints: [String] = []
    /// The most bytes that files took together, and the most of them open at one time.
    package private(set) var highestBytes = 0
    package private(set) var highestOpen = 0
    /// Called with a line of text for every call.
    package var tell: ((String) -> Void)?
    /// A lie that the disk tells, to see whether a drill finds it.
    package var lie: LyingDisk?
    /// The power is off: every call fails.
    package internal(set) var isDead = false

    var files: [Int: DiskFile] = [:]
    /// Names as seen now, and as they are after a power cut that loses every change.
    var visible: [String: Int] = [:]
    var durable: [String: Int] = [:]
    var changes: [Change] = []
    var random: Random
    private var handles: [Int32: Int] = [:]
    var nextFile = 1
    private var nextHandle: Int32 = 1
    private var callsToLive = Int.max
    private var failingCalls = 0

    /// Which files are written once and never again.
    package var isFinal: (String) -> Bool = { _ in true }

    package init(seed: UInt64, sectorBytes: Int = 512, capacity: Int = .max) {
        random = Random(seed: seed)
        self.sectorBytes = sectorBytes
        self.capacity = capacity
    }

    /// The power fails at the call after so many more.
    package func die(after calls: Int) { callsToLive = calls }

    /// The next call is its last.
    package var isDying: Bool { callsToLive <= 1 }

    package var usedBytes: Int {
        Set(visible.values).reduce(0) { $0 + (files[$1]?.cache.count ?? 0) }
    }

    // MARK: LogFiles

    package func names() throws(FileError) -> [String] {
        try look("readdir", "")
        var names = visible.keys.sorted()
        // In any order.
        for index in names.indices.dropFirst() { names.swapAt(index, random.below(index + 1)) }
        return names
    }

    package func open(_ name: String) throws(FileError) -> LogFile? {
        try look("open", name)
        guard let file = visible[name] else { return nil }
        return handle(for: file)
    }

    package func create(_ name: String, bytes: Int) throws(FileError) -> LogFile {
        let isLast = try begin(
            "create", "\(name) \(bytes)", faults.directoryErrors, \.directoryErrors)
        if name.isEmpty || name.contains("/") { complain("create \(name)") }
        guard visible[name] == nil else {
            throw FileError(call: "open", path: name, errno: EEXIST)
        }
        let isFull = usedBytes > capacity - bytes
        if isFull || random.chance(faults.noSpace, in: 1_000_000) {
            counts.noSpace += 1
            // The name may stay with a file that got no room, when nobody could remove it.
            if random.chance(1, in: 4) { add(name, bytes: 0) }
            throw FileError(call: "posix_fallocate", path: name, errno: ENOSPC)
        }
        let file = add(name, bytes: bytes)
        highestBytes = max(highestBytes, usedBytes)
        if isLast { throw die("create", name) }
        return handle(for: file)
    }

    package func size(_ file: LogFile) throws(FileError) -> Int {
        let number = try number(of: file, "fstat")
        try look("fstat", name(of: number))
        return files[number]?.cache.count ?? 0
    }

    package func read(
        _ file: LogFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        let number = try number(of: file, "pread")
        if offset < 0 { complain("read at \(offset)") }
        try look("pread", "\(name(of: number)) \(offset)+\(buffer.count)")
        files[number]?.evict(&random)
        defer {
            if lie == .read, !buffer.isEmpty, random.chance(1, in: 50) {
                buffer[random.below(buffer.count)] ^= 1
            }
        }
        return files[number]?.read(at: max(0, offset), into: buffer) ?? 0
    }

    package func write(
        _ file: LogFile, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(FileError) {
        let number = try number(of: file, "pwrite")
        let path = name(of: number)
        let sectors = bytes.count / sectorBytes
        guard judgeWrite(number, path, offset, bytes) else {
            throw FileError(call: "pwrite", path: path, errno: EINVAL)
        }
        let wasDead = isDead
        let isLast: Bool
        do throws(FileError) {
            isLast = try begin(
                "pwrite", "\(path) \(offset)+\(bytes.count)", faults.writeErrors, \.writeErrors)
            if random.chance(faults.noSpace, in: 1_000_000) {
                counts.noSpace += 1
                tell?("  disk: no space")
                throw FileError(call: "pwrite", path: path, errno: ENOSPC)
            }
        } catch {
            files[number]?.hasFailed = true
            if !wasDead {
                files[number]?.write(at: offset, bytes, sectors: random.below(sectors + 1))
                if isDead { counts.cutsInWrite += 1 }
            }
            throw error
        }
        let isShort = lie == .write && random.chance(1, in: 20)
        files[number]?.write(at: offset, bytes, sectors: isShort ? sectors - 1 : sectors)
        if isLast { throw die("pwrite", path) }
    }

    package func sync(_ file: LogFile) throws(FileError) {
        let number = try number(of: file, "fdatasync")
        let path = name(of: number)
        let isLast: Bool
        do throws(FileError) {
            isLast = try begin("fdatasync", path, faults.syncErrors, \.syncErrors)
        } catch {
            files[number]?.hasFailed = true
            if !isDead { files[number]?.failSync(isCached: faults.isCached, &random) }
            throw error
        }
        if lie != .sync || random.chance(9, in: 10) { files[number]?.sync() }
        if isLast { throw die("fdatasync", path) }
    }

    package func close(_ file: LogFile) {
        guard handles.removeValue(forKey: file.rawValue) != nil else {
            complain("close of a file that is not open")
            return
        }
    }

    package func rename(_ old: String, to new: String) throws(FileError) {
        let isLast = try begin(
            "rename", "\(old) -> \(new)", faults.directoryErrors, \.directoryErrors)
        if new.isEmpty || new.contains("/") { complain("rename to \(new)") }
        guard visible[new] == nil else {
            throw FileError(call: "renameat2", path: new, errno: EEXIST)
        }
        guard let file = visible.removeValue(forKey: old) else {
            throw FileError(call: "renameat2", path: old, errno: ENOENT)
        }
        visible[new] = file
        changes.append(.rename(old, new, file))
        files[file]?.unseal()
        if isLast { throw die("rename", old) }
    }

    package func remove(_ name: String) throws(FileError) {
        let isLast = try begin("unlink", name, faults.directoryErrors, \.directoryErrors)
        guard let file = visible.removeValue(forKey: name) else {
            throw FileError(call: "unlink", path: name, errno: ENOENT)
        }
        changes.append(.remove(name, file))
        if isLast { throw die("unlink", name) }
    }

    package func syncDirectory() throws(FileError) {
        let isLast: Bool
        do throws(FileError) {
            isLast = try begin(
                "fsync", "the directory", faults.directoryErrors, \.directoryErrors)
        } catch {
            // Some of it may have reached the disk all the same.
            if !isDead && random.chance(1, in: 2) { settleNames(all: false) }
            throw error
        }
        if lie != .syncDirectory || random.chance(1, in: 2) { settleNames(all: true) }
        if isLast { throw die("fsync", "the directory") }
    }

    // MARK: Calls

    /// A call that changes nothing.
    private func look(_ call: String, _ what: @autoclosure () -> String) throws(FileError) {
        if try begin(call, what(), faults.readErrors, \.readErrors) { throw die(call, what()) }
    }

    /// Counts a call and fails it when it is its turn. True: the power fails when its work is done.
    private func begin(
        _ call: String, _ what: @autoclosure () -> String, _ rate: Int,
        _ count: WritableKeyPath<DiskCounts, Int>
    ) throws(FileError) -> Bool {
        counts.calls += 1
        if isDead { throw FileError(call: call, path: "", errno: EIO) }
        callsToLive -= 1
        let isLast = callsToLive <= 0
        if isLast && random.chance(1, in: 2) { throw die(call, what()) }
        // What never fails by itself fails in no burst either.
        if rate > 0, failingCalls > 0 || random.chance(rate, in: 1_000_000) {
            counts[keyPath: count] += 1
            if failingCalls > 0 {
                failingCalls -= 1
            } else if faults.longestBurst > 0 {
                failingCalls = random.below(faults.longestBurst)
            }
            tell?("  disk: \(call) \(what()) fails")
            throw FileError(call: call, path: what(), errno: EIO)
        }
        if faults.stalls > 0 && random.chance(faults.stalls, in: 1_000_000) { counts.stalls += 1 }
        tell?("  disk: \(call) \(what())")
        return isLast
    }

    private func die(_ call: String, _ path: String) -> FileError {
        isDead = true
        tell?("  disk: the power fails in \(call) \(path)")
        return FileError(call: call, path: path, errno: EIO)
    }

    /// False: the kernel would not take it, or it would make the file longer.
    private func judgeWrite(
        _ number: Int, _ path: String, _ offset: Int, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        guard let file = files[number], !isDead else { return true }
        if offset < 0 || offset % sectorBytes != 0 || bytes.count % sectorBytes != 0
            || bytes.isEmpty || Int(bitPattern: bytes.baseAddress) % sectorBytes != 0
        {
            complain("write of \(path) at \(offset) of \(bytes.count) bytes: no sectors")
            return false
        }
        if offset + bytes.count > file.cache.count {
            complain("write of \(path) at \(offset) of \(bytes.count) bytes: beyond its end")
            return false
        }
        // Other files become something only when all that matters in them was written again.
        guard isFinal(path) else { return true }
        if file.hasFailed { complain("write of \(path) at \(offset) after a failure") }
        let sectors = offset / sectorBytes..<(offset + bytes.count) / sectorBytes
        // Zeros take away what a torn write left, and a sync may have come in between.
        let isClearing = !bytes.contains { $0 != 0 }
        if !isClearing && sectors.contains(where: { file.isFinal($0) }) {
            complain("write of \(path) at \(offset) of \(bytes.count) bytes over synced data")
        }
        return true
    }

    func complain(_ text: String) {
        tell?("  disk: complaint: \(text)")
        if complaints.count < 100 { complaints.append(text) }
    }

    // MARK: Names and handles

    private func handle(for file: Int) -> LogFile {
        let handle = LogFile(rawValue: nextHandle)
        nextHandle += 1
        handles[handle.rawValue] = file
        highestOpen = max(highestOpen, handles.count)
        return handle
    }

    private func number(of handle: LogFile, _ call: String) throws(FileError) -> Int {
        guard let number = handles[handle.rawValue] else {
            complain("\(call) of a file that is not open")
            throw FileError(call: call, path: "", errno: EBADF)
        }
        return number
    }

    private func name(of number: Int) -> String {
        visible.first { $0.value == number }?.key ?? "a removed file"
    }

    @discardableResult
    private func add(_ name: String, bytes: Int) -> Int {
        let number = nextFile
        nextFile += 1
        files[number] = DiskFile(bytes: bytes, sectorBytes: sectorBytes)
        visible[name] = number
        changes.append(.create(name, number))
        return number
    }

    /// What was open is no longer: the process has ended.
    func forgetHandles() {
        handles.removeAll()
        isDead = false
        callsToLive = .max
        failingCalls = 0
        for number in files.keys { files[number]?.hasFailed = false }
    }
}
