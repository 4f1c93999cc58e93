// Messages on their way out, with length and header, in one piece of memory of exactly their size.

/// A frame to send: measured when it is made, so that it is written without copying twice and
/// without failing.
///
///     let frame = try OutgoingFrame(.heartbeat(answer), version: 4, correlationId: 7)
///     buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: frame.count) { memory in
///         frame.write(into: memory); return frame.count
///     }
///
/// Records that lie apart (`WireBytes.apart`) are left out: `write` says where they belong, and the
/// sender sends the bytes up to each gap, the records, and goes on behind.
package struct OutgoingFrame: Sendable {
    private enum Content: Sendable {
        case request(RequestHeader, KafkaRequest)
        case response(ResponseHeader, KafkaResponse)
    }

    private let content: Content
    private let version: Int16
    /// Bytes that `write` writes: the whole frame without the records that lie apart.
    package let count: Int
    /// Bytes of records that lie apart.
    package let apart: Int

    /// A response in the version of its request.
    ///
    /// - Throws: `WireError.null`, `.tooLong` or `.version`.
    package init(
        _ response: KafkaResponse, version: Int16, correlationId: Int32
    ) throws(WireError) {
        var header = ResponseHeader()
        header.correlationId = correlationId
        try self.init(.response(header, response), of: response.api, version: version)
    }

    /// A request.
    ///
    /// - Throws: `WireError.null`, `.tooLong` or `.version`.
    package init(
        _ request: KafkaRequest, version: Int16, correlationId: Int32, clientId: String?
    ) throws(WireError) {
        let header = RequestHeader(
            request.api, version: version, correlationId: correlationId, clientId: clientId)
        try self.init(.request(header, request), of: request.api, version: version)
    }

    private init(_ content: Content, of api: ApiKey, version: Int16) throws(WireError) {
        try api.check(version)
        self.content = content
        self.version = version
        var meter = WireMeter(version: version, isFlexible: false)
        try Self.walk(content, 0, &meter)
        count = meter.count
        apart = meter.apart
        guard count - Self.prefix + apart <= WireLimits.frame else {
            throw .tooLong(count + apart)
        }
    }

    private static let prefix = 4

    private static func walk<W: Wire>(
        _ content: Content, _ length: Int32, _ wire: inout W
    ) throws(WireError) {
        var length = length
        try wire.number(&length)
        switch content {
        case .request(var header, let request):
            try wire.structure(&header)
            wire.isFlexible = request.api.isFlexible(wire.version)
            try request.walk(&wire)
        case .response(var header, let response):
            wire.isFlexible = response.api.hasFlexibleResponseHeader(wire.version)
            try wire.structure(&header)
            wire.isFlexible = response.api.isFlexible(wire.version)
            try response.walk(&wire)
        }
    }

    /// Writes `count` bytes to the start of `memory`, which has at least so many.
    ///
    /// - Returns: where records that lie apart belong, in the order of the frame.
    @discardableResult
    package func write(into memory: UnsafeMutableRawBufferPointer) -> [WireWriter.Gap] {
        var writer = WireWriter(memory, version: version, isFlexible: false)
        do throws(WireError) {
            try Self.walk(content, Int32(count - Self.prefix + apart), &writer)
        } catch {
            preconditionFailure("measured before: \(error)")
        }
        precondition(writer.position == count, "measured otherwise")
        return writer.gaps
    }

    /// The frame without the records that lie apart, and where they belong.
    package func pieces() -> (bytes: [UInt8], gaps: [WireWriter.Gap]) {
        var gaps: [WireWriter.Gap] = []
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            gaps = write(into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
        return (bytes, gaps)
    }

    /// The whole frame, where no records lie apart.
    package var bytes: [UInt8] {
        precondition(apart == 0, "records lie apart")
        return pieces().bytes
    }
}
