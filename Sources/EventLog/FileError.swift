// A file call that failed. Called by everything here that opens, reads or writes.

import Glibc

/// A file call that failed: which, on what, and the C errno.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package var call: String
    package var path: String
    package var errno: Int32

    package init(call: String, path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    package var description: String {
        "\(call) \(path): \(String(cString: strerror(errno)))"
    }
}
