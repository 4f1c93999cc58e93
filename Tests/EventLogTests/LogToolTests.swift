// `standpipe tail`, `verify` and `log` as people call them.

import EventLog
import Glibc
import Testing

@Suite(.timeLimit(.minutes(2))) struct LogToolTests {
    private let signals = PartitionID(rawValue: 1)
    private let valves = PartitionID(rawValue: 2)

    private func log(_ directory: TemporaryDirectory) -> JournalMaker {
        let maker = JournalMaker(directory.path, segmentBytes: 64 << 10)
        maker.topic("signals", signals)
        maker.topic("valves", valves, isVital: true)
        for number in 0..<20 as Range<Int64> {
            let record = LogRecord(
                key: [0, 0, 1, UInt8(number)], value: number == 7 ? nil : [1],
                timestamp: 1_700_000_000_000 + number * 1_000)
            maker.add(signals, RecordBatch.encode([record]), count: 1, at: number)
            maker.flush()
        }
        let values: [[UInt8]] = [
            Array(#"{"floor":2,"valve":"open"}"#.utf8), [0xFF, 0x00],
            Array("\u{1B}[2Jgone".utf8), Array("Geschoß".utf8),
        ]
        for (number, value) in values.enumerated() {
            let record = LogRecord(
                key: Array("2".utf8), value: value, headers: [.init("who", [1])],
                timestamp: 1_700_000_100_000)
            maker.add(valves, RecordBatch.encode([record]), count: 1, at: Int64(number))
            maker.flush()
        }
        return maker
    }

    private func standpipe(_ words: String...) -> (status: Int32, output: String, error: String) {
        Tool.run("standpipe", words)
    }

    @Test("tail prints keys, values, times and gaps in words")
    func tail() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        let all = standpipe("tail", "signals", "--from", "earliest", "--dir", directory.path)
        let lines = all.output.split(separator: "\n")
        #expect(all.status == 0 && all.error.isEmpty && lines.count == 20)
        #expect(lines.first?.hasSuffix(" signals/0 @0  256  1") == true)
        #expect(lines[7].hasSuffix(" @7  263  -"))
        let text = standpipe("tail", "valves", "--dir", directory.path)
        let valves = text.output.split(separator: "\n")
        #expect(valves.count == 4)
        #expect(valves[0].hasSuffix(#" valves/0 @0  2  {"floor":2,"valve":"open"}  who:0x01"#))
        #expect(valves[1].contains("  0xff00  "))
        #expect(valves[2].contains("  0x1b5b324a676f6e65  "), "an escape reaches no terminal")
        #expect(valves[3].contains("  Geschoß  "))
        #expect(
            standpipe("tail", "signals", "--from", "5", "--count", "3", "--dir", directory.path)
                .output.split(separator: "\n").map { $0.contains("@5") || $0.contains("@6") }
                == [true, true, false])
        let time = standpipe(
            "tail", "signals", "--from", "2023-11-14T22:13:35Z", "--json", "--dir", directory.path)
        #expect(
            time.output.hasPrefix(
                #"{"topic":"signals","partition":0,"offset":15,"timestamp":1700000015000,"#))
        let place = try #require(maker.index.locate(signals, offset: 0))
        maker.damage(1, at: Int(place.frame) + 512 * 3 + 200, [1, 2, 3])
        let gap = standpipe("tail", "signals", "--from", "0", "--dir", directory.path)
        #expect(gap.error == "signals/0: offsets 3 to 3 are lost\n")
        #expect(gap.output.split(separator: "\n").count == 19)
    }

    @Test("Mistakes are answered with one line that says what to do, and 2")
    func mistakes() throws {
        let directory = TemporaryDirectory()
        let empty = TemporaryDirectory()
        _ = log(directory)
        let calls: [[String]] = [
            ["tail", "signals", "--dir", "/nonexistent"],
            ["tail", "signals", "--dir", empty.path],
            ["tail", "nothing", "--dir", directory.path],
            ["tail", "signals", "--partition", "3", "--dir", directory.path],
            ["tail", "signals", "--from", "yesterday", "--dir", directory.path],
            ["verify", "/nonexistent"], ["verify", empty.path],
            ["log", "/nonexistent"], ["log", empty.path],
        ]
        for call in calls {
            let result = Tool.run("standpipe", call)
            #expect(result.status == 2, "\(call): \(result)")
            #expect(result.error.split(separator: "\n").count == 1, "\(call): \(result.error)")
        }
    }

    private func text(_ path: String) -> String {
        String(decoding: JournalMaker.bytes(path), as: UTF8.self)
    }

    @Test("export writes what tail shows as a file, or as a table, whole or not at all")
    func export() throws {
        let directory = TemporaryDirectory()
        _ = log(directory)
        let file = directory.path + "/signals.json"
        let all = standpipe("export", "signals", "-o", file, "--dir", directory.path)
        #expect(all.status == 0 && all.output == "\(file): 20 records of signals\n", "\(all)")
        let tail = standpipe(
            "tail", "signals", "--from", "earliest", "--json", "--dir", directory.path)
        #expect(text(file) == tail.output)
        let span = standpipe(
            "export", "signals", "--from", "2023-11-14T22:13:25Z", "--until",
            "2023-11-14T22:13:35Z", "-o", file, "--dir", directory.path)
        #expect(span.output == "\(file): 10 records of signals\n", "\(span)")
        #expect(text(file).contains(#""offset":14,"#))
        #expect(!text(file).contains(#""offset":15,"#))

        let table = directory.path + "/valves.csv"
        let valves = standpipe("export", "valves", "-o", table, "--dir", directory.path)
        #expect(valves.status == 0, "\(valves)")
        let rows = text(table).split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(rows.first == "time,topic,partition,offset,key,value,headers" && rows.count == 6)
        #expect(rows[1].hasSuffix(#",valves,0,0,2,"{""floor"":2,""valve"":""open""}",who:0x01"#))
        #expect(rows[3].hasSuffix(",0x1b5b324a676f6e65,who:0x01"), "an escape reaches no terminal")

        // What cannot be finished leaves what was there, and nothing else.
        let before = text(table)
        let gone = standpipe(
            "export", "nothing", "-o", table, "--dir", directory.path)
        #expect(gone.status == 2 && text(table) == before)
        let nowhere = standpipe("export", "valves", "-o", "/nonexistent/x", "--dir", directory.path)
        #expect(nowhere.status == 1 && nowhere.error.split(separator: "\n").count == 1)
        #expect(nowhere.error.hasPrefix("cannot write /nonexistent/x.part: No such file"))
        let bad = standpipe(
            "export", "valves", "--until", "soon", "-o", table, "--dir", directory.path)
        #expect(bad.status == 2 && text(table) == before)
        #expect(access(table + ".part", F_OK) != 0)
    }

    @Test("verify says what it checked, and ends with 1 when something is damaged")
    func verify() throws {
        let directory = TemporaryDirectory()
        let maker = log(directory)
        maker.close()
        let clean = standpipe("verify", directory.path)
        #expect(clean.status == 0 && clean.output.hasSuffix("\(directory.path): clean\n"))
        #expect(clean.output.contains("28 frames, 24 batches, 24 records"), "\(clean.output)")
        maker.damage(1, at: 5_000, [0xAA])
        let damaged = standpipe("verify", directory.path)
        #expect(damaged.status == 1 && damaged.output.contains("damaged"))
    }

    @Test("log shows topics, sizes and the flash's life")
    func table() throws {
        let directory = TemporaryDirectory()
        _ = log(directory)
        let text = standpipe("log", directory.path)
        #expect(text.status == 0)
        let rows = text.output.split(separator: "\n")
        #expect(rows[1].hasPrefix("signals") && rows[2].hasPrefix("valves"))
        #expect(text.output.contains("1 used, 0 free, 64.0 KiB each"))
        let json = standpipe("log", directory.path, "--json")
        #expect(json.output.contains(#""topic":"signals","partition":0,"logStart":0,"end":20,"#))
    }

    @Test("LIVE: tail --follow prints what another process appends, as it comes")
    func follow() throws {
        let directory = TemporaryDirectory()
        let run = TemporaryDirectory(inMemory: true)
        let writer = Peer()
        #expect(writer.ask("open \(directory.path) \(run.path)/page 262144 8") == "ok 0")
        let tail = Tool.start(
            "standpipe",
            ["tail", "t", "--follow", "--count", "30", "--json", "--dir", directory.path])
        for _ in 0..<6 {
            usleep(20_000)
            #expect(writer.ask("append 5 40").hasPrefix("ok "))
        }
        let result = tail.end()
        #expect(result.status == 0 && result.error.isEmpty)
        #expect(result.output.split(separator: "\n").count == 30)
    }
}
