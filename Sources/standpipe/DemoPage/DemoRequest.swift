// A request to the demo's page, read from bytes of any kind. Pages of the web must not play with the
// building: a request has to name this machine as its host, and one that changes something has to
// carry a header that a foreign page cannot send without being asked first.

enum DemoRequest {
    enum Reading {
        /// Not whole yet.
        case more
        /// With an HTTP status.
        case refused(Int)
        case whole(DemoWeb.Request)
    }

    private static let longestBody = 4_096

    /// `port`: of the server that was asked.
    static func parse(_ bytes: [UInt8], port: UInt16) -> Reading {
        let mark = Array("\r\n\r\n".utf8)
        guard
            let end = bytes.indices.first(where: {
                bytes[$0...].starts(with: mark)
            })
        else { return .more }
        var lines = String(decoding: bytes[..<end], as: UTF8.self)
            .split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3 else { return .refused(400) }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { return .refused(400) }
            headers[line[..<colon].lowercased()] =
                String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        guard ["127.0.0.1:\(port)", "localhost:\(port)"].contains(headers["host"] ?? "") else {
            return .refused(403)
        }
        let method = String(words[0])
        guard method == "GET" || method == "POST" else { return .refused(405) }
        guard method == "GET" || headers["x-standpipe-demo"] == "1" else { return .refused(403) }
        let count = Int(headers["content-length"] ?? "0") ?? -1
        guard (0...longestBody).contains(count) else { return .refused(413) }
        let body = bytes[(end + mark.count)...]
        guard body.count >= count else { return .more }
        let path = words[1].split(separator: "?", omittingEmptySubsequences: false).first ?? "/"
        return .whole(
            DemoWeb.Request(method: method, path: String(path), body: Array(body.prefix(count))))
    }
}
