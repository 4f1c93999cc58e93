// Messages as bytes, without their headers.

/// A request or a response of one API.
package protocol WireMessage: WireStruct {
    static var api: ApiKey { get }
    /// Whether bytes behind the message are let pass.
    static var mayGoOn: Bool { get }
}

/// A request, with the response that answers it.
package protocol WireRequest: WireMessage {
    associatedtype Response: WireMessage
}

extension WireRequest {
    /// Kafka's brokers do not look behind a request, and clients count on it: librdkafka (2.16)
    /// asks for the metadata of all topics with 3 bytes too many.
    package static var mayGoOn: Bool { true }
}

extension WireMessage {
    package static var mayGoOn: Bool { false }

    /// Reads a message that fills `body`. Records share its memory.
    ///
    /// - Throws: `WireError`, also where bytes are left over behind a response or the version is
    ///   not in `api.versions`.
    package static func decode(
        _ body: ArraySlice<UInt8>, version: Int16
    ) throws(WireError) -> Self {
        try api.check(version)
        return try body.reading { (memory) throws(WireError) -> Self in
            try decode(memory, owner: body, version: version)
        }
    }

    /// The same from memory of somebody else. Records are copied.
    package static func decode(
        _ memory: UnsafeRawBufferPointer, version: Int16
    ) throws(WireError) -> Self {
        try api.check(version)
        return try decode(memory, owner: nil, version: version)
    }

    private static func decode(
        _ memory: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>?, version: Int16
    ) throws(WireError) -> Self {
        var reader = WireReader(
            memory, owner: owner, version: version, isFlexible: api.isFlexible(version))
        var message = Self()
        try reader.structure(&message)
        if !mayGoOn { try reader.finish() }
        return message
    }

    /// The message in this version, without header and length.
    ///
    /// - Throws: `WireError.null`, `.tooLong` or `.version`.
    package func encode(version: Int16) throws(WireError) -> [UInt8] {
        try Self.api.check(version)
        var message = self
        let isFlexible = Self.api.isFlexible(version)
        var meter = WireMeter(version: version, isFlexible: isFlexible)
        try meter.structure(&message)
        guard meter.apart == 0 else { throw .tooLong(meter.apart) }
        return try [UInt8](writing: meter.count) { (memory) throws(WireError) in
            var writer = WireWriter(memory, version: version, isFlexible: isFlexible)
            try writer.structure(&message)
            return writer.position
        }
    }
}

extension ArraySlice<UInt8> {
    /// The memory of the bytes, for as long as `read` runs.
    func reading<Result>(
        _ read: (UnsafeRawBufferPointer) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try withUnsafeBufferPointer { (bytes) throws(WireError) -> Result in
            try read(UnsafeRawBufferPointer(bytes))
        }
    }
}

extension [UInt8] {
    /// `count` bytes that `write` puts down; it returns how many it wrote.
    init(
        writing count: Int, _ write: (UnsafeMutableRawBufferPointer) throws(WireError) -> Int
    ) throws(WireError) {
        var failure: WireError?
        self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(WireError) {
                initialized = try write(
                    UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
