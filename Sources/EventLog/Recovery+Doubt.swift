// A last segment that cannot be synced at the start. All its frames but the last were synced by who wrote
// them; the last one may be in the cache only, written by a program that was killed before its sync. It
// may have been acknowledged as well: nobody can tell. So it is not folded but written again: what it
// holds stands, with the next segment's checkpoint, on the disk before that segment gets its name.
//
// So is a segment's file kept that it frees, until the frame is written again. Where the file is gone, a
// program saw the frame synced before it let the segment go.
//
// The same goes for a last frame of which one bit is wrong, in a file that was another segment before:
// a sector that was never written may differ from what was to be there by one bit.

extension Recovery {
    /// A frame that is folded when there is another one behind it.
    struct HeldFrame {
        var header: FrameHeader
        var bytes: [UInt8]
        var position: UInt32

        init(_ header: FrameHeader, _ bytes: [UInt8], _ position: UInt32) {
            self.header = header
            self.bytes = bytes
            self.position = position
        }
    }

    /// False: nobody knows what of the file is on the disk.
    mutating func sync(_ file: LogFile, _ files: inout some LogFiles) -> Bool {
        do throws(FileError) {
            try files.sync(file)
            return true
        } catch {
            report.note(error)
            return false
        }
    }

    mutating func fold(_ held: inout HeldFrame?, _ segment: UInt32) {
        guard let frame = held else { return }
        held = nil
        frame.bytes.withUnsafeBytes {
            index.fold(frame.header, $0, at: frame.position, segment: segment)
        }
    }

    /// Says what becomes of the last frame of a segment that cannot be synced.
    mutating func settle(_ held: inout HeldFrame?, _ segment: UInt32) {
        guard let frame = held else { return }
        switch frame.header.kind {
        case .checkpoint:
            // It was synced before the segment had its name.
            fold(&held, segment)
        case .resting, .closing, .index:
            held = nil
        case .data:
            if isWrittenAgain(frame.header, frame.bytes) {
                doubtful = frame.bytes
            } else {
                fold(&held, segment)
            }
            held = nil
        }
    }

    /// Whether a frame that may not be on the disk is written again rather than believed.
    func isWrittenAgain(_ header: FrameHeader, _ bytes: [UInt8]) -> Bool {
        guard header.kind == .data, bytes.count <= settings.longestFrame else { return false }
        let freed = bytes.withUnsafeBytes { FrameEntries($0).freed }
        return freed.isEmpty || freed.contains { candidates[$0] != nil }
    }
}

extension FrameEntries {
    /// The segments that the frame frees.
    var freed: [UInt32] {
        compactMap { entry, body, _ in
            guard entry.kind == .meta, case .freed(let segment)? = MetaEntry(body) else {
                return nil
            }
            return segment
        }
    }
}
