// Frames out of a stream that comes in pieces.

import KafkaWire
import TestSupport
import Testing

@Suite struct FrameSplitterTests {
    private func stream(_ frames: [[UInt8]]) -> [UInt8] {
        frames.flatMap { frame in
            (0..<4).map { UInt8(truncatingIfNeeded: frame.count >> (24 - 8 * $0)) } + frame
        }
    }

    @Test("Fed byte by byte, in pieces or whole, a stream gives the same frames")
    func pieces() throws {
        var random = SeededNumbers.new("frames in pieces")
        for _ in 0..<20 {
            let frames = (0..<20).map { _ in
                random.bytes([0, 1, 3, 4, 5, 300, 5_000].randomElement(using: &random) ?? 0)
            }
            let stream = stream(frames)
            var whole = FrameSplitter(limit: 5_000)
            #expect(try whole.feed(stream) == frames)
            #expect(whole.held == 0)

            var drip = FrameSplitter(limit: 5_000)
            var dripped: [[UInt8]] = []
            for byte in stream { dripped += try drip.feed(CollectionOfOne(byte)) }
            #expect(dripped == frames)

            var splitter = FrameSplitter(limit: 5_000)
            var cut: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 0...700, using: &random))
                cut += try splitter.feed(piece)
                rest = rest.dropFirst(piece.count)
            }
            #expect(cut == frames)
        }
    }

    @Test("A frame that is not whole is held back until its last byte")
    func whole() throws {
        var splitter = FrameSplitter(limit: 10)
        #expect(try splitter.feed([0, 0, 0, 3, 1, 2]) == [])
        #expect(splitter.held == 2)
        #expect(try splitter.feed([3, 0, 0]) == [[1, 2, 3]])
        #expect(splitter.held == 2)
    }

    @Test("A frame over the limit, or with a length below zero, ends the stream for good")
    func limit() throws {
        for (length, number) in [
            ([0, 0, 0, 11], 11), ([0x7F, 0xFF, 0xFF, 0xFF], Int(Int32.max)),
            ([0xFF, 0xFF, 0xFF, 0xFF], -1), ([0x80, 0, 0, 0], Int(Int32.min)),
        ] as [([UInt8], Int)] {
            var splitter = FrameSplitter(limit: 10)
            var frames: [[UInt8]] = []
            let bytes: [UInt8] = [0, 0, 0, 1, 7] + length + [0, 0, 0, 1, 8]
            let refused = WireError.frame(length: number, limit: 10)
            #expect(throws: refused) {
                try bytes.withUnsafeBytes { memory in
                    try splitter.feed(memory) { frames.append($0) }
                }
            }
            // Those before it were whole.
            #expect(frames == [[7]])
            #expect(throws: refused) { try splitter.feed([0, 0, 0, 1, 9]) }
        }
        var splitter = FrameSplitter(limit: 10)
        #expect(try splitter.feed([0, 0, 0, 10] + [UInt8](repeating: 1, count: 10)).count == 1)
    }

    @Test("An announced frame takes memory in proportion to what has come of it")
    func memory() throws {
        let length = 1 << 24
        var splitter = FrameSplitter(limit: length)
        _ = try splitter.feed([1, 0, 0, 0])
        #expect(splitter.reserved <= 5_000)
        var come = 0
        let piece = [UInt8](repeating: 5, count: 10_000)
        while come + piece.count < length {
            #expect(try splitter.feed(piece).isEmpty)
            come += piece.count
            // An allocation is rounded up to a page, and may be to the next power of two.
            #expect(splitter.reserved <= 16 * come + 8_192)
            if come > 1 << 20 { break }
        }
        #expect(splitter.held == come)
    }
}
