// What several of these tests need: a place for sockets, and a second thread for the peer.

import Glibc
import SimulatedBuilding
import Synchronization

/// A directory of its own that goes away with the last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/standpipe-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SimulationError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink(path + "/" + name)
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

/// What the peer's thread came to.
final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    var isDone: Bool { result.withLock { $0 != nil } }

    func finish(_ body: () throws -> Value) {
        let outcome = Result { try body() }
        result.withLock { $0 = outcome }
    }

    func get() throws -> Value {
        guard let result = result.withLock({ $0 }) else {
            throw SimulationError("the peer did not end", errno: 0)
        }
        return try result.get()
    }
}

private final class ThreadBody {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Runs `body` on a detached thread.
func startThread(_ body: @escaping @Sendable () -> Void) {
    let argument = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { argument in
            if let argument {
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
            }
            return nil
        }, argument.toOpaque())
    precondition(status == 0, "a test may have a thread")
    pthread_detach(thread)
}
