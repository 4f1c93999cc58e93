// A thread of a test: the real program uses pthreads, so the tests do.

import Glibc

package final class TestThread: @unchecked Sendable {
    private let body: @Sendable () -> Void
    private var thread = pthread_t()
    private var joined = false

    package init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        let argument = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(&thread, nil, testThreadMain, argument)
        precondition(result == 0, "pthread_create: \(result)")
    }

    package func join() {
        if joined { return }
        joined = true
        pthread_join(thread, nil)
    }

    fileprivate func run() { body() }
}

private func testThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<TestThread>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
