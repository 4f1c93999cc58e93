// What can be wrong with a message.

/// Why bytes were not read as a message, or a message not written. Only the last two cases can come
/// from a writer; each of the others closes a connection.
package enum WireError: Error, Equatable {
    /// The bytes end within a field that begins at this offset.
    case cut(at: Int)
    /// A length below zero, or one that the protocol does not allow, at this offset.
    case length(Int, at: Int)
    /// A count of elements that the bytes left cannot hold, at this offset.
    case count(Int, at: Int)
    /// A varint of more than 32 bits at this offset.
    case varint(at: Int)
    /// A string that is not UTF-8 at this offset.
    case notText(at: Int)
    /// A tagged field's length is not that of its value.
    case tag(Int, at: Int)
    /// Bytes were left over behind a response.
    case leftOver(Int)
    /// A frame that says it is longer than allowed, or shorter than nothing.
    case frame(length: Int, limit: Int)
    /// An API that is not spoken here.
    case api(Int16)
    /// A version of it that is not.
    case version(Int16, of: ApiKey)
    /// Null where the version has no null: read at this offset, or -1 where it was to be written.
    case null(at: Int)
    /// A string of more than 32,767 bytes, or more than 2 GiB of bytes or elements, was to be
    /// written; or records that lie apart where they cannot.
    case tooLong(Int)
}
