// Structures that are no messages, as bytes: what a broker writes down for itself with the same
// description of its fields.

extension WireStruct {
    /// The structure as version 0 of the protocol's flexible encoding.
    ///
    /// - Throws: `WireError.null` or `.tooLong`.
    package func packed() throws(WireError) -> [UInt8] {
        var value = self
        var meter = WireMeter(version: 0, isFlexible: true)
        try meter.structure(&value)
        return try [UInt8](writing: meter.count) { (memory) throws(WireError) in
            var writer = WireWriter(memory, version: 0, isFlexible: true)
            try writer.structure(&value)
            return writer.position
        }
    }

    /// Reads what `packed` wrote.
    ///
    /// - Throws: `WireError`, also where bytes are left over.
    package static func unpacked(_ bytes: ArraySlice<UInt8>) throws(WireError) -> Self {
        try bytes.reading { (memory) throws(WireError) -> Self in
            var reader = WireReader(memory, owner: nil, version: 0, isFlexible: true)
            var value = Self()
            try reader.structure(&value)
            try reader.finish()
            return value
        }
    }
}
