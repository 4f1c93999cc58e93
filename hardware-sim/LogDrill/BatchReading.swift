// What a consumer gets when it asks a damaged log for a batch: found by the index, read the way
// `LogReader` does, and compared with what was appended. Called by `MediaDrill`; changes nothing.

import EventLog
import SimulatedDisk

/// Reads batches of one log.
struct BatchReading {
    enum Finding: Equatable {
        case right
        /// The log says that it is lost.
        case reported
        /// The log no longer begins there, or ends before.
        case absent
        case wrong(String)
    }

    let disk: SimulatedDisk
    let index: LogIndex

    func read(_ batch: Truth.Batch, _ id: PartitionID) -> Finding {
        guard let info = index.partition(id) else { return .absent }
        // Of a batch that the log start cuts, the first part is not wanted; of one that ends before it,
        // nothing is, whatever is lost behind it.
        let wanted = max(batch.base, info.logStart)
        guard wanted < batch.next else { return .absent }
        if index.gap(id, at: wanted) != nil { return .reported }
        guard wanted < info.highWatermark, let location = index.locate(id, offset: wanted) else {
            return .absent
        }
        guard let bytes = disk.bytes(of: Journal.name(of: location.place.segment)) else {
            return .reported
        }
        let reading = DamagedReading(bytes, log: index.log, sectorBytes: disk.sectorBytes)
        guard let found = reading.find(wanted, id, location) else { return .reported }
        if found.base != batch.base { return .wrong("a batch at \(found.base) is there") }
        let isSame = bytes[found.body].dropFirst(16).elementsEqual(batch.bytes.dropFirst(16))
        return isSame ? .right : .wrong("other bytes are there")
    }
}

/// Reads one segment that may be damaged, the way `LogReader` does: entry after entry, on to the next
/// frame where a frame ends, and where the next batch is not there, a search through all of the run.
private struct DamagedReading {
    struct Found {
        var base: Int64
        var body: Range<Int>
    }

    let bytes: [UInt8]
    let log: LogID
    let sectorBytes: Int

    init(_ bytes: [UInt8], log: LogID, sectorBytes: Int) {
        self.bytes = bytes
        self.log = log
        self.sectorBytes = sectorBytes
    }

    /// The batch that holds `offset`; nil: it cannot be read.
    func find(_ offset: Int64, _ id: PartitionID, _ location: Location) -> Found? {
        bytes.withUnsafeBytes { all in
            var position = Int(location.place.position)
            while position <= Int(location.last), position < all.count {
                let rest = UnsafeRawBufferPointer(rebasing: all[position...])
                if let entry = EntryHeader(rest) {
                    if isWanted(entry, offset, id, location) {
                        guard entry.baseOffset <= offset, entry.isWhole(in: rest) else { break }
                        return found(entry, position)
                    }
                    position += entry.span
                } else {
                    let boundary = JournalFormat.round(position, up: sectorBytes)
                    guard isFrame(all, boundary, location.place.segment) else { break }
                    position = boundary + JournalFormat.frameHeaderBytes
                }
            }
            return search(all, offset, id, location)
        }
    }

    private func found(_ entry: EntryHeader, _ position: Int) -> Found {
        let body = position + JournalFormat.entryHeaderBytes
        return Found(base: entry.baseOffset, body: body..<body + Int(entry.length))
    }

    private func isFrame(_ all: UnsafeRawBufferPointer, _ position: Int, _ segment: UInt32) -> Bool
    {
        guard position < all.count,
            let frame = FrameHeader(unchecked: UnsafeRawBufferPointer(rebasing: all[position...]))
        else { return false }
        return frame.log == log && frame.segment == segment && Int(frame.position) == position
    }

    private func isWanted(
        _ entry: EntryHeader, _ offset: Int64, _ id: PartitionID, _ location: Location
    ) -> Bool {
        entry.kind == .batch && entry.partition == id.rawValue
            && entry.baseOffset + Int64(entry.count) > offset
            && entry.baseOffset < location.run.upperBound
    }

    /// Any whole entry of the run that holds `offset`, wherever it stands.
    private func search(
        _ all: UnsafeRawBufferPointer, _ offset: Int64, _ id: PartitionID, _ location: Location
    ) -> Found? {
        var position = Int(location.place.position)
        while position <= Int(location.last), position < all.count {
            let rest = UnsafeRawBufferPointer(rebasing: all[position...])
            if let entry = EntryHeader(rest), isWanted(entry, offset, id, location),
                entry.baseOffset <= offset, entry.isWhole(in: rest)
            {
                return found(entry, position)
            }
            position += JournalFormat.entryAlignment
        }
        return nil
    }
}
