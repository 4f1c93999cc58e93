// What the service manager is handed and told, with a socket in its place.

import Glibc
import TestSupport
import Testing

@testable import FieldDevices

/// Whether two descriptors are the same open file.
private func isSame(_ one: Int32, _ other: Int32) -> Bool {
    var first = stat()
    var second = stat()
    return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_ino == second.st_ino
}

@Suite struct DescriptorStoreTests {
    private let manager: ManagerSocket
    private let store: DescriptorStore

    init() throws {
        manager = ManagerSocket()
        store = DescriptorStore(socket: ServiceSocket(name: manager.path))
    }

    /// The reading end of a pipe of its own.
    private func file() -> Int32 {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        close(ends[1])
        return ends[0]
    }

    @Test("LATCH: a line's descriptor is handed over at once, under a name of its own")
    func keep() throws {
        let line = file()
        let name = store.freshName("valve.1.gpiochip0.16")
        #expect(name != store.freshName("valve.1.gpiochip0.16"))
        #expect(name.hasPrefix("valve.1.gpiochip0.16.") && !name.contains(":"))
        store.keep(line, as: name)
        let message = try #require(manager.take())
        #expect(message.text == "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0")
        #expect(message.descriptor != line && isSame(message.descriptor, line))
        store.remove(name)
        #expect(manager.take()?.text == "FDSTOREREMOVE=1\nFDNAME=\(name)")
        #expect(!store.isWaiting && manager.take() == nil)
        close(line)
        close(message.descriptor)
    }

    @Test("LATCH: what the manager has no room for is handed over later, in order")
    func full() {
        let line = file()
        let most = 10_000
        var asked = 0
        while !store.isWaiting && asked < most {
            store.keep(line, as: "\(asked)")
            asked += 1
        }
        // Room for a few hundred at most: net.unix.max_dgram_qlen.
        #expect(asked < most)
        store.keep(line, as: "\(asked)")
        asked += 1
        store.remove("x")
        var names: [String] = []
        for _ in 0..<10 {
            for message in manager.drain() {
                names += message.text.split(separator: "\n").filter { $0.hasPrefix("FDNAME=") }
                    .map { String($0.dropFirst(7)) }
                if message.descriptor >= 0 { close(message.descriptor) }
            }
            store.tell()
        }
        #expect(names == (0..<asked).map { "\($0)" } + ["x"])
        #expect(!store.isWaiting)
        close(line)
    }

    @Test("QUIET: a descriptor that was closed before it could be handed over is never handed over")
    func forgotten() {
        let line = file()
        var asked = 0
        while !store.isWaiting && asked < 10_000 {
            store.keep(line, as: "first")
            asked += 1
        }
        let second = file()
        let third = file()
        store.keep(second, as: "second")
        store.keep(third, as: "third")
        store.forget(second)
        close(second)
        store.remove("third")
        var names: Set<Substring> = []
        for _ in 0..<10 {
            for message in manager.drain() {
                names.formUnion(message.text.split(separator: "\n"))
                if message.descriptor >= 0 { close(message.descriptor) }
            }
            store.tell()
        }
        #expect(names.contains("FDNAME=first"))
        #expect(!names.contains("FDNAME=second") && !names.contains("FDNAME=third"))
        close(line)
        close(third)
    }

    @Test("BOUNDED: a manager that takes nothing costs no memory without end")
    func bounded() {
        let line = file()
        var asked = 0
        while !store.isWaiting && asked < 10_000 {
            store.keep(line, as: "first")
            asked += 1
        }
        store.forget(line)
        for number in 0..<5_000 { store.remove("\(number)") }
        var removed = 0
        for _ in 0..<1_000 {
            for message in manager.drain() {
                if message.text.hasPrefix("FDSTOREREMOVE=1") { removed += 1 }
                if message.descriptor >= 0 { close(message.descriptor) }
            }
            store.tell()
        }
        #expect(removed == 1_024)
        close(line)
    }

    @Test("What was told is done when the manager has closed the end that it was handed")
    func settle() throws {
        let answered = Answer()
        let thread = try #require(
            startManager {
                var messages: [ManagerSocket.Message] = []
                while messages.count < 2 {
                    messages += manager.drain()
                    usleep(1_000)
                }
                answered.texts = messages.map(\.text)
                for message in messages where message.descriptor >= 0 { close(message.descriptor) }
            })
        store.remove("x")
        store.settle(within: 60_000)
        pthread_join(thread, nil)
        #expect(answered.texts == ["FDSTOREREMOVE=1\nFDNAME=x", "BARRIER=1"])
        // A manager that does not answer holds nothing up for long.
        store.settle(within: 10)
        #expect(manager.take()?.text == "BARRIER=1")
    }

    private final class Answer: @unchecked Sendable {
        var texts: [String] = []
    }

    private func startManager(_ body: @escaping () -> Void) -> pthread_t? {
        final class Work {
            let body: () -> Void
            init(_ body: @escaping () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Work(body)).toOpaque())
        return status == 0 ? thread : nil
    }

    @Test("Without a service manager nothing is kept and nothing waits")
    func nobody() {
        let store = DescriptorStore(socket: nil)
        store.keep(0, as: "x")
        store.remove("y")
        store.settle(within: 1_000)
        #expect(!store.isWaiting)
        // A manager that has gone.
        let lost = DescriptorStore(socket: ServiceSocket(name: "/tmp/no-such-socket-\(getpid())"))
        lost.keep(0, as: "x")
        lost.settle(within: 1)
        #expect(lost.isWaiting)
        #expect(ServiceSocket(name: "") == nil)
        #expect(ServiceSocket(name: String(repeating: "x", count: 300)) == nil)
    }
}
