// The page's files as they are served: from inside the program, with their tags, and with headers that
// let a browser load nothing from elsewhere and run nothing that stands in the page itself.

import CPanelPages
import HTTPFace
import HTTPTypes
import Hummingbird
import NIOCore
import Users

struct PanelPages: Sendable {
    private struct File: Sendable {
        var type: String
        var tag: String
        var bytes: ByteBuffer
    }

    private let files: [String: File]
    private let headers: HTTPFields

    /// `framedBy`: the origin of a page that may show these inside of it; nil: none may.
    init(framedBy: String?) {
        headers = Self.headers(framedBy: framedBy ?? "'none'")
        var files: [String: File] = [:]
        var number = 0
        while let file = unsafe cpanel_file(number) {
            number += 1
            let file = unsafe file.pointee
            guard let name = unsafe file.name, let type = unsafe file.type else { continue }
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
            let hash = ScramHash.sha256.hash(bytes).prefix(12)
            unsafe files[String(cString: name)] = File(
                type: String(cString: type), tag: "\"\(Base64.text(Array(hash)))\"",
                bytes: ByteBuffer(bytes: bytes))
        }
        self.files = files
    }

    /// - Throws: `HTTPFault` 404.
    func response(_ name: String, _ request: Request) throws -> Response {
        guard let file = files[name] else {
            throw HTTPFault(.notFound, "the panel has no file of this name")
        }
        var headers = headers
        headers[.eTag] = file.tag
        if request.headers[.ifNoneMatch] == file.tag {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = file.type
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.bytes))
    }

    /// Of the page and its files.
    private static func headers(framedBy: String) -> HTTPFields {
        var headers: HTTPFields = [
            .cacheControl: "no-cache",
            .contentSecurityPolicy:
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                + "img-src 'self' data:; form-action 'self'; frame-ancestors \(framedBy); base-uri 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        if let policy = HTTPField.Name("Referrer-Policy") { headers[policy] = "no-referrer" }
        return headers
    }
}
