// One file of the simulated disk: what reads see, what would be there after a power cut, and the
// sectors between the two. Only `SimulatedDisk` calls it.

import DrillRandom

/// One file: the bytes on the platter, the bytes in the cache, and what waits between them.
struct DiskFile {
    /// One sector of one write that was not synced.
    private struct Waiting {
        var sector: Int
        /// Where its bytes begin in `waitingBytes`.
        var place: Int
    }

    let sectorBytes: Int
    /// What is there after a power cut in which everything that waits was lost.
    private(set) var platter: [UInt8]
    /// What a read sees.
    private(set) var cache: [UInt8]
    private var waiting: [Waiting] = []
    private var waitingBytes: [UInt8] = []
    /// Sectors that a failed sync marked clean although the platter never got them.
    private var ghosts: Set<Int> = []
    /// Whether the length survives a power cut.
    private(set) var isLengthDurable = false
    /// A write or sync of it failed since it was created, renamed, or opened by a new process.
    var hasFailed = false
    /// For every sector, whether it holds something that was synced: in a log nothing is edited.
    private(set) var sealed: [Bool]
    /// What stood in a sector before its last write: what a lost write leaves.
    private(set) var former: [UInt8]

    init(bytes: Int, sectorBytes: Int) {
        self.sectorBytes = sectorBytes
        platter = [UInt8](repeating: 0, count: bytes)
        cache = platter
        former = platter
        sealed = [Bool](repeating: false, count: (bytes + sectorBytes - 1) / sectorBytes)
    }

    var isClean: Bool { waiting.isEmpty && ghosts.isEmpty }
    var waitingSectors: Int { waiting.count }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, max(0, cache.count - offset))
        guard count > 0 else { return 0 }
        cache.withUnsafeBytes { source in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count]))
        }
        return count
    }

    /// Takes the first `sectors` sectors of a write: all of them unless it fails on the way.
    mutating func write(at offset: Int, _ bytes: UnsafeRawBufferPointer, sectors: Int) {
        let length = min(bytes.count, sectors * sectorBytes)
        guard length > 0 else { return }
        let taken = UnsafeRawBufferPointer(rebasing: bytes[..<length])
        var place = waitingBytes.count
        waitingBytes.append(contentsOf: taken)
        let first = offset / sectorBytes
        for sector in first..<first + length / sectorBytes {
            waiting.append(Waiting(sector: sector, place: place))
            place += sectorBytes
            if !ghosts.isEmpty { ghosts.remove(sector) }
        }
        let range = offset..<offset + length
        former.withUnsafeMutableBytes { target in
            cache.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[range])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
            }
        }
        cache.withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[range]).copyMemory(from: taken)
        }
    }

    /// A sync that succeeds.
    mutating func sync() {
        isLengthDurable = true
        for one in waiting {
            keep(one.sector)
            sealed[one.sector] = !isZero(one.sector)
        }
        waiting.removeAll(keepingCapacity: true)
        waitingBytes.removeAll(keepingCapacity: true)
    }

    /// A sync that fails: each waiting sector reaches the platter, goes on waiting, or is marked
    /// clean and lost. `isCached`: reads go on seeing what was lost until the memory is needed.
    mutating func failSync(isCached: Bool, _ random: inout Random) {
        var kept: Set<Int> = []
        for sector in Set(waiting.map(\.sector)).sorted() {
            switch random.below(4) {
            case 0: keep(sector)
            case 1: kept.insert(sector)
            default:
                if isCached {
                    ghosts.insert(sector)
                } else {
                    lose(sector)
                }
            }
        }
        waiting.removeAll { !kept.contains($0.sector) }
    }

    /// The memory of some lost sectors was needed: reads see what the platter has.
    mutating func evict(_ random: inout Random) {
        guard !ghosts.isEmpty else { return }
        for sector in ghosts.sorted() where random.chance(1, in: 3) {
            lose(sector)
            ghosts.remove(sector)
        }
    }

    /// What is left after the power was cut. Returns how many sectors were torn.
    mutating func cutPower(_ random: inout Random) -> Int {
        var torn = 0
        if !waiting.isEmpty {
            // A write that is whole or missing more often than a coin for each sector would have it.
            let mood = random.below(4)
            var versions: [Int: [Int]] = [:]
            for one in waiting { versions[one.sector, default: []].append(one.place) }
            for sector in versions.keys.sorted() {
                guard let places = versions[sector] else { continue }
                let isKept = mood == 0 ? true : mood == 1 ? false : random.chance(1, in: 2)
                if isKept {
                    let place = mood == 0 ? places[places.count - 1] : random.pick(places)
                    put(waitingBytes[place..<place + sectorBytes], in: sector)
                }
                if random.chance(1, in: 64) {
                    tear(sector, between: places[places.count - 1], &random)
                    torn += 1
                }
            }
        }
        waiting.removeAll(keepingCapacity: true)
        waitingBytes.removeAll(keepingCapacity: true)
        ghosts.removeAll()
        cache = platter
        if !isLengthDurable {
            let length =
                switch random.below(3) {
                case 0: 0
                case 1: random.below(cache.count + 1)
                default: cache.count
                }
            resize(length)
            isLengthDurable = true
        }
        return torn
    }

    // MARK: What rots at rest

    mutating func flipBit(_ bit: Int) {
        platter[bit / 8] ^= UInt8(1 << (bit % 8))
        cache[bit / 8] = platter[bit / 8]
    }

    /// Puts `bytes` on the platter, whatever is there.
    mutating func put(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        platter.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        cache.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    mutating func resize(_ length: Int) {
        if length < cache.count {
            cache.removeLast(cache.count - length)
        } else {
            cache += [UInt8](repeating: 0, count: length - cache.count)
        }
        platter = cache
        former = cache
        let sectors = (length + sectorBytes - 1) / sectorBytes
        sealed = (0..<sectors).map { $0 < sealed.count && sealed[$0] }
    }

    // MARK: What may not be written again

    mutating func unseal() {
        sealed = [Bool](repeating: false, count: sealed.count)
        hasFailed = false
    }

    // MARK: Sectors

    private mutating func keep(_ sector: Int) {
        let range = bytes(of: sector)
        platter.withUnsafeMutableBytes { target in
            cache.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[range])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
            }
        }
    }

    private mutating func lose(_ sector: Int) {
        let range = bytes(of: sector)
        cache.withUnsafeMutableBytes { target in
            platter.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[range])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
            }
        }
    }

    /// Whether a sector holds something that was synced, and was not cleared since.
    func isFinal(_ sector: Int) -> Bool { sealed[sector] && !isZero(sector) }

    private func isZero(_ sector: Int) -> Bool {
        let range = bytes(of: sector)
        return cache.withUnsafeBytes { !$0[range].contains { $0 != 0 } }
    }

    private func bytes(of sector: Int) -> Range<Int> {
        sector * sectorBytes..<min(cache.count, (sector + 1) * sectorBytes)
    }

    private mutating func put(_ bytes: ArraySlice<UInt8>, in sector: Int) {
        let start = sector * sectorBytes
        platter.replaceSubrange(start..<start + sectorBytes, with: bytes)
    }

    /// Half of one and half of the other, or noise.
    private mutating func tear(_ sector: Int, between place: Int, _ random: inout Random) {
        let start = sector * sectorBytes
        if random.chance(1, in: 2) {
            let cut = random.below(sectorBytes)
            for index in cut..<sectorBytes { platter[start + index] = waitingBytes[place + index] }
        } else {
            for index in 0..<sectorBytes {
                platter[start + index] = UInt8(truncatingIfNeeded: random.next())
            }
        }
    }
}
