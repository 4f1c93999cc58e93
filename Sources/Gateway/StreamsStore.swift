// Reads the streams file, which `standpipe compile` has written.

import Glibc
package import Streams

package enum StreamsStore {
    /// - Throws: `Gateway.Failure.streams`, with the file and what is wrong with it.
    package static func rules(path: String) throws(Gateway.Failure) -> [StreamRule] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path, errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, errno) }
            if count == 0 { break }
            bytes += piece[..<count]
            guard bytes.count <= StreamsFile.longest else {
                throw .streams("\(path) is no streams file: it is too long")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .streams("\(path) is no streams file: it is not UTF-8")
        }
        do throws(StreamsError) {
            return try StreamsFile.rules(text)
        } catch {
            throw .streams("\(path): \(error); write it with 'standpipe compile --streams'")
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> Gateway.Failure {
        .streams("\(path) cannot be read: \(unsafe String(cString: strerror(code)))")
    }
}
