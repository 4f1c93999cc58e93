// Bytes that no client should send: an error, never a trap, and no memory that they do not justify.

import KafkaWire
import TestSupport
import Testing

@Suite struct FuzzTests {
    /// Whether `body` is refused; one that is let in is written and read again to the same bytes.
    private func isRefused(_ body: [UInt8], _ sample: Sample) -> Bool {
        let first: [UInt8]
        do throws(WireError) {
            first = try sample.again(body)
        } catch {
            return true
        }
        let second = Result { () throws(WireError) in try sample.again(first) }
        #expect(second == .success(first), "\(sample): \(body)")
        return false
    }

    /// A random body of at most `limit` bytes.
    private func body(
        of sample: Sample, limit: Int, _ random: inout SeededNumbers
    ) throws -> [UInt8] {
        while true {
            let body = try sample.random(&random).encode(version: sample.version)
            if body.count <= limit { return body }
        }
    }

    @Test("A message that is cut at any byte is refused, a response also if it goes on")
    func cut() throws {
        var random = SeededNumbers.new("cut messages")
        for sample in Sample.all {
            let body = try body(of: sample, limit: 1_000, &random)
            for end in body.indices {
                #expect(isRefused(Array(body[..<end]), sample), "\(sample) cut at \(end)")
            }
            if sample.type is any WireRequest.Type {
                #expect(try sample.again(body + [0]) == body, "\(sample)")
            } else {
                #expect(throws: WireError.leftOver(1)) { try sample.decode(body + [0]) }
            }
        }
    }

    @Test("Absurd lengths and counts at any byte of any message are an error or another message")
    func absurd() throws {
        var random = SeededNumbers.new("absurd lengths")
        let lengths: [[UInt8]] = [
            [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFE], [0x7F, 0xFF],
            [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x80, 0x80],
            [0, 0x10, 0, 0],
        ]
        for sample in Sample.all {
            let body = try body(of: sample, limit: 200, &random)
            for place in body.indices {
                for length in lengths {
                    let end = min(place + length.count, body.count)
                    _ = isRefused(body[..<place] + length + body[end...], sample)
                }
            }
        }
    }

    @Test("Changed and random bytes are an error or another message, never a trap")
    func fuzz() throws {
        var random = SeededNumbers.new("changed messages")
        let end = ContinuousClock.now + .seconds(SeededNumbers.seconds)
        repeat {
            for sample in Sample.all {
                var changed = try body(of: sample, limit: 2_000, &random)
                for _ in 0..<30 {
                    random.mutate(&changed)
                    _ = isRefused(changed, sample)
                }
                for _ in 0..<10 {
                    _ = isRefused(random.bytes(Int.random(in: 0...80, using: &random)), sample)
                }
                var frame = random.bytes(Int.random(in: 0...80, using: &random))
                _ = try? IncomingRequest(frame[...]).request()
                if frame.count > 8 {
                    frame[0] = 0
                    frame[1] = UInt8(sample.type.api.rawValue)
                    frame[2] = 0
                    frame[3] = UInt8(sample.version)
                }
                _ = try? IncomingRequest(frame[...]).request()
                _ = try? IncomingResponse(
                    frame[...], api: sample.type.api, version: sample.version
                ).response()
            }
        } while ContinuousClock.now < end
    }

    @Test("An array is reserved only where the bytes that are left can hold it")
    func counts() {
        // No bytes behind the count, then too few for it, then just enough.
        let plain: [(UInt8, [UInt8])] = [(1, []), (2, [0, 0]), (3, [0, 0, 0, 0, 0])]
        for (count, rest) in plain {
            #expect(throws: WireError.count(Int(count), at: 0)) {
                try MetadataRequest.decode([0, 0, 0, count] + rest, version: 1)
            }
        }
        #expect(throws: WireError.count(Int(Int32.max), at: 0)) {
            try MetadataRequest.decode([0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], version: 1)
        }
        let compact: ArraySlice<UInt8> = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0, 0]
        #expect(throws: WireError.count(Int(UInt32.max) - 1, at: 0)) {
            try MetadataRequest.decode(compact, version: 9)
        }
        #expect(throws: Never.self) {
            let read = try MetadataRequest.decode([0, 0, 0, 2, 0, 0, 0, 0], version: 1)
            #expect(read.topics?.count == 2)
        }
    }

    @Test("Elements take at least their least size, and at most 16 bytes of memory for each of it")
    func memory() throws {
        var random = SeededNumbers.new("memory of elements")
        var worst = 0
        for sample in Sample.all {
            for _ in 0..<10 {
                let message = try sample.random(&random)
                for element in elements(of: message) {
                    let (stride, least) = try sizes(of: element, sample)
                    worst = max(worst, (stride + least - 1) / least)
                }
            }
        }
        // That of a string in an array of strings.
        #expect(worst <= MemoryLayout<String>.stride)
        #expect(worst > 1)
    }

    /// All structures in arrays, at any depth.
    private func elements(of value: Any) -> [any WireStruct] {
        let mirror = Mirror(reflecting: value)
        var found: [any WireStruct] = []
        if mirror.displayStyle == .collection {
            found = mirror.children.compactMap { $0.value as? any WireStruct }
            if found.isEmpty { return [] }
        }
        return found + mirror.children.flatMap { elements(of: $0.value) }
    }

    private func sizes<Element: WireStruct>(
        of element: Element, _ sample: Sample
    ) throws -> (stride: Int, least: Int) {
        let least = try Element.leastSize(sample.version, isFlexible: sample.isFlexible)
        var element = element
        var meter = WireMeter(version: sample.version, isFlexible: sample.isFlexible)
        try meter.structure(&element)
        #expect(meter.count >= least, "\(sample)")
        return (MemoryLayout<Element>.stride, least)
    }
}
