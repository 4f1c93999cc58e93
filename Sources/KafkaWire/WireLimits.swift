// What the protocol bounds.

/// The protocol's own limits.
package enum WireLimits {
    /// Bytes of a string, in compact form too.
    package static let string = 32_767
    /// Bytes of a field and elements of an array.
    package static let length = Int(Int32.max) - 1
    /// Bytes of a frame, its length excepted.
    package static let frame = Int(Int32.max)
}
