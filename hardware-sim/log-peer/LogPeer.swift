// The other process in the tests of the log: does what the lines on its standard input say and
// answers each with one line, `ok …` or `error …`. Tests kill and stop it at will. Never part of
// an installation.
//
//   page PATH [DIRECTORY]             make a live page
//   publish SEGMENT LENGTH OLDEST     tell how far it is durable; answers the boot clock in ns
//   await PATH SEGMENT LENGTH         sleep until the page at PATH is beyond that
//   close                             drop the page
//   quit

import EventLog
import Glibc

@main
struct LogPeer {
    private var page: LivePageWriter?
    private var flushes: UInt64 = 0

    static func main() {
        var peer = LogPeer()
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)
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
        case ("close", 0):
            page = nil
            return ""
        default:
            throw Refusal.words
        }
    }

    private func number(_ word: String) throws -> UInt32 {
        guard let number = UInt32(word) else { throw Refusal.words }
        return number
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

enum Refusal: Error {
    /// Not a command, or not with these words.
    case words
    /// Something has to be opened before.
    case order
}
