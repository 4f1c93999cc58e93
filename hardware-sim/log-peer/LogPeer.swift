// The other process in the tests and measurements of the log: does what the lines on its standard
// input say and answers each with one line, `ok …` or `error …`. Tests kill and stop it at will.
// Never part of an installation.
//
//   page PATH [DIRECTORY]                 make a live page
//   publish SEGMENT LENGTH OLDEST         tell how far it is durable; answers the boot clock in ns
//   await PATH SEGMENT LENGTH             sleep until the page at PATH is beyond that
//   open DIRECTORY PAGE BYTES SEGMENTS [PARTITIONS]
//                                         write the log there; answers the offset that comes next
//   append COUNT BYTES [RECORDS [PAUSE]]  so many flushes of one batch of RECORDS records, PAUSE
//                                         microseconds apart; answers the next offset and
//                                         percentiles of the flushes
//   events DIRECTORY PAGE                be a controller that tells people; answers the next offset
//   event KEY JSON                        append one event, on the disk when answered
//   close                                 close the log and drop the page
//   follow DIRECTORY OFFSET UNTIL         read on until there; answers what came, in numbers
//   scan DIRECTORY                        read everything once; answers bytes and seconds
//   memory                                answers the kilobytes of its own, without programs and files
//   quit

import EventLog
import Glibc

@main
struct LogPeer {
    private var page: LivePageWriter?
    private var flushes: UInt64 = 0
    private var writer: PeerWriter?
    private var events: PeerEvents?

    static func main() {
        var peer = LogPeer()
        while let line = readLine() {
            // JSON goes on to the end of the line.
            let parts = line.hasPrefix("event ") ? 2 : Int.max
            let words = line.split(separator: " ", maxSplits: parts).map(String.init)
            guard let command = words.first, command != "quit" else { return }
            do {
                say("ok \(try peer.run(command, Array(words.dropFirst())))")
            } catch {
                say("error \(error)")
            }
        }
    }

    /// In one write: standard output is a pipe, which `print` would only fill.
    private static func say(_ line: String) {
        var line = line + "\n"
        line.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    private mutating func run(_ command: String, _ words: [String]) throws -> String {
        switch (command, words.count) {
        case ("page", 1...2):
            page = nil
            page = try LivePageWriter(
                path: words[0], log: LogID(head: 1, tail: 2),
                directory: words.count == 2 ? words[1] : nil)
            return "\(getpid())"
        case ("publish", 3):
            guard let page else { throw Refusal.order }
            flushes += 1
            let end = DurableEnd(
                segment: try number(words[0]), length: try number(words[1]))
            let now = Self.now
            page.publish(
                durable: end, oldest: try number(words[2]),
                LiveCounters(flushes: flushes, bootNanoseconds: now))
            return "\(now)"
        case ("await", 3):
            let reader = LivePageReader(path: words[0])
            let end = DurableEnd(segment: try number(words[1]), length: try number(words[2]))
            while !reader.isLive || (reader.durable ?? end) <= end {
                _ = reader.wait(past: reader.durable, milliseconds: 10_000)
            }
            return "\(Self.now)"
        case ("open", 4...5):
            writer = nil
            let opened = try PeerWriter(
                directory: words[0], page: words[1], segmentBytes: Int(try number(words[2])),
                segments: Int(try number(words[3])),
                partitions: words.count > 4 ? Int(try number(words[4])) : 1)
            writer = opened
            return "\(opened.next)"
        case ("append", 2...4):
            guard let writer else { throw Refusal.order }
            return try writer.append(
                Int(try number(words[0])), bytes: Int(try number(words[1])),
                records: words.count > 2 ? Int(try number(words[2])) : 1,
                pause: words.count > 3 ? try number(words[3]) : 0)
        case ("events", 2):
            events = nil
            let opened = try PeerEvents(directory: words[0], page: words[1])
            events = opened
            return "\(opened.next)"
        case ("event", 2):
            guard let events else { throw Refusal.order }
            try events.append(key: words[0], json: words[1])
            return "\(events.next)"
        case ("close", 0):
            page = nil
            try writer?.close()
            writer = nil
            return ""
        case ("follow", 3):
            return try PeerReader(directory: words[0]).follow(
                from: Int64(try number(words[1])), until: Int64(try number(words[2])))
        case ("scan", 1):
            return try PeerReader(directory: words[0]).scan()
        case ("memory", 0):
            return Self.memory
        default:
            throw Refusal.words
        }
    }

    private func number(_ word: String) throws -> UInt32 {
        guard let number = UInt32(word) else { throw Refusal.words }
        return number
    }

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// RssAnon of this process.
    private static var memory: String {
        let file = open("/proc/self/status", O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = max(0, read(file, &bytes, bytes.count))
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("RssAnon") }.map { $0.filter(\.isNumber) } ?? "0"
    }
}

enum Refusal: Error {
    /// Not a command, or not with these words.
    case words
    /// Something has to be opened before.
    case order
}

/// `values` at the given per mille.
func percentile(_ values: [Int64], _ share: Int) -> Int64 {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, sorted.count * share / 1_000)]
}
