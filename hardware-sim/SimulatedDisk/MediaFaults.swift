// What rots at rest: damage to data that was synced. A disk that does this has broken its word, so
// acknowledged records may be gone; the promise is then that nobody is told wrong ones.

import DrillRandom

/// What happened to the medium.
package enum MediaFault: String, Hashable, Sendable, CaseIterable {
    case flippedBit = "flipped bit"
    case zeroedSector = "zeroed sector"
    /// A write that was acknowledged and never happened: what stood there before is there.
    case staleSector = "stale sector"
    /// A sector's content stands elsewhere too, where it overwrote what was there.
    case misdirectedSector = "misdirected sector"
    /// Several sectors of one file stand twice.
    case duplicatedBlock = "duplicated block"
    case missingFile = "missing file"
    case foreignFile = "foreign file"
    case truncatedFile = "truncated file"
}

/// Which bytes one fault changed.
package struct Damage: Hashable, Sendable, CustomStringConvertible {
    package var fault: MediaFault
    package var name: String
    package var bytes: Range<Int>

    package var description: String {
        "\(fault.rawValue) in \(name) at \(bytes.lowerBound)..<\(bytes.upperBound)"
    }
}

extension SimulatedDisk {
    /// A disk with the same files, all of them synced, and random numbers of its own.
    package func copy(seed: UInt64) -> SimulatedDisk {
        let other = SimulatedDisk(seed: seed, sectorBytes: sectorBytes, capacity: capacity)
        other.copyFiles(of: self)
        return other
    }

    /// The bytes of a file as a read sees them.
    package func bytes(of name: String) -> [UInt8]? {
        visible[name].flatMap { files[$0]?.cache }
    }

    /// Damages one of `names` within `range` of its bytes. Nil when that would change nothing.
    package func damage(
        _ fault: MediaFault, _ name: String, within range: Range<Int>, foreign: [UInt8]
    ) -> Damage? {
        guard let number = visible[name], let file = files[number] else { return nil }
        let before = file.cache
        guard !range.isEmpty, range.upperBound <= before.count else { return nil }
        let byte = range.lowerBound + random.below(range.count)
        let sector = byte / sectorBytes * sectorBytes
        var bytes = sector..<sector + sectorBytes
        switch fault {
        case .flippedBit:
            bytes = byte..<byte + 1
            files[number]?.flipBit(byte * 8 + random.below(8))
        case .zeroedSector:
            files[number]?.put([UInt8](repeating: 0, count: sectorBytes)[...], at: sector)
        case .staleSector:
            files[number]?.put(file.former[bytes], at: sector)
        case .misdirectedSector:
            let others = visible.keys.sorted()
            guard let other = files[visible[random.pick(others)] ?? number]?.cache,
                other.count >= sectorBytes
            else { return nil }
            let from = random.below(other.count / sectorBytes) * sectorBytes
            files[number]?.put(other[from..<from + sectorBytes], at: sector)
        case .duplicatedBlock:
            let sectors = random.number(in: 1...8)
            let length = min(sectors * sectorBytes, before.count - sector)
            let from = random.below((before.count - length) / sectorBytes + 1) * sectorBytes
            bytes = sector..<sector + length
            files[number]?.put(before[from..<from + length], at: sector)
        case .missingFile:
            bytes = 0..<before.count
            visible[name] = nil
        case .foreignFile:
            bytes = 0..<before.count
            files[number]?.resize(foreign.count)
            files[number]?.put(foreign[...], at: 0)
        case .truncatedFile:
            // The rest of a page that the end cuts is not read either.
            bytes = byte / 4_096 * 4_096..<before.count
            files[number]?.resize(byte)
        }
        files[number]?.unseal()
        changes.removeAll()
        durable = visible
        if visible[name] != nil, files[number]?.cache == before { return nil }
        return Damage(fault: fault, name: name, bytes: bytes)
    }

    private func copyFiles(of other: SimulatedDisk) {
        files = other.files
        nextFile = other.nextFile
        visible = other.visible
        durable = visible
    }
}
