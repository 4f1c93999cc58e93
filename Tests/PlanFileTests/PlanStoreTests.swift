// Which plan runs: the one given, or the last good one. On real files in a temporary directory.

import FireLogic
import Glibc
import Testing

@testable import PlanFile

/// A directory that is gone with the test.
private final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/standpipe-plan-XXXXXX".utf8CString)
        guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap(mkdtemp) != nil })
        else {
            throw PlanError.file(errno: errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["site.plan", "last-good.plan", "last-good.plan.new", "fifo"] {
            unlink(path + "/" + name)
        }
        rmdir(path + "/state")
        rmdir(path)
    }
}

@Suite struct PlanStoreTests {
    private let directory: TemporaryDirectory
    private var given: String { directory.path + "/site.plan" }
    private var kept: String { directory.path + "/last-good.plan" }
    private var store: PlanStore { PlanStore(path: given, stateDirectory: directory.path) }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func plan(_ name: String) throws -> (SitePlan, [UInt8]) {
        var plan = Example.plan()
        plan.name = name
        return (plan, try PlanCodec.encode(plan))
    }

    private func isCurrent(_ loaded: LoadedPlan) -> Bool {
        if case .current = loaded { return true }
        return false
    }

    @Test("A good plan is loaded and kept as the last good one")
    func current() throws {
        let (plan, file) = try plan("one")
        try PlanBytes.write(file, to: given)
        let loaded = try store.load()
        #expect(isCurrent(loaded) && loaded.plan == plan && loaded.fault == nil)
        #expect(loaded.checksum == PlanCodec.checksum(of: file))
        #expect(try PlanBytes.read(kept) == file)
    }

    @Test("RELEASE: the last good plan protects when the plan given is damaged, missing or newer")
    func lastGood() throws {
        let (plan, file) = try plan("one")
        try PlanBytes.write(file, to: given)
        _ = try store.load()

        var damaged = file
        damaged[60] ^= 1
        var newer = file
        newer[8] = 9
        let cases: [([UInt8]?, PlanError)] = [
            (damaged, .damaged), (Example.sealed(newer), .version(9)), ([], .notAPlan),
            (nil, .file(errno: ENOENT)),
        ]
        for (bytes, reason) in cases {
            unlink(given)
            if let bytes { try PlanBytes.write(bytes, to: given) }
            let loaded = try store.load()
            #expect(!isCurrent(loaded) && loaded.plan == plan && loaded.fault == reason)
            #expect(loaded.checksum == PlanCodec.checksum(of: file))
            #expect(try PlanBytes.read(kept) == file)
        }
    }

    @Test("A new good plan takes the place of the last good one")
    func change() throws {
        try PlanBytes.write(plan("one").1, to: given)
        _ = try store.load()
        let (plan, file) = try plan("two")
        try PlanBytes.write(file, to: given)
        #expect(try store.load().plan == plan)
        unlink(given)
        #expect(try store.load().plan == plan)
    }

    @Test("The same plan at every start is not written again")
    func noWear() throws {
        func inode() -> UInt {
            var status = stat()
            return stat(kept, &status) == 0 ? status.st_ino : 0
        }
        try PlanBytes.write(plan("one").1, to: given)
        _ = try store.load()
        let before = inode()
        _ = try store.load()
        #expect(before != 0 && inode() == before)
    }

    @Test("RELEASE: a state directory that cannot be written costs the copy, not the plan")
    func notKept() throws {
        let (plan, file) = try plan("one")
        try PlanBytes.write(file, to: given)
        let store = PlanStore(path: given, stateDirectory: directory.path + "/missing")
        let loaded = try store.load()
        #expect(isCurrent(loaded) && loaded.plan == plan)
        #expect(loaded.fault == .file(errno: ENOENT))
    }

    @Test("Without any good plan both reasons are told")
    func neither() throws {
        try PlanBytes.write([1, 2, 3], to: given)
        let neither = NoPlan(
            path: given, given: .notAPlan, lastGoodPath: kept, lastGood: .file(errno: ENOENT))
        #expect(throws: neither) { try store.load() }
    }

    @Test("A half-written copy of an earlier crash does no harm")
    func tornTemporary() throws {
        try PlanBytes.write([1, 2, 3], to: kept + ".new")
        let (plan, file) = try plan("one")
        try PlanBytes.write(file, to: given)
        #expect(try store.load().plan == plan)
        #expect(try PlanBytes.read(kept) == file)
    }

    @Test("BOUNDED: a pipe, a directory, a device or a huge file is refused without reading")
    func strangeFiles() throws {
        let fifo = directory.path + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(throws: PlanError.size(bytes: 0)) { try PlanBytes.read(fifo) }
        #expect(throws: PlanError.size(bytes: 0)) { try PlanBytes.read("/dev/zero") }
        #expect(throws: PlanError.self) { try PlanBytes.read(directory.path) }
        try PlanBytes.write([], to: given)
        #expect(truncate(given, 1 << 40) == 0)
        #expect(throws: PlanError.size(bytes: 1 << 40)) { try PlanBytes.read(given) }
    }
}
