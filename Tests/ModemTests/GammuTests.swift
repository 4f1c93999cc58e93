// The driver's PDUs against those of Debian's gammu, byte for byte. Both talk to the same kind of
// simulated modem; what it was given is compared. The only field that may differ is the reference of
// texts of several parts, which every sender counts for itself: ours is written with gammu's.

import Foundation
import Modem
import SimulatedModem
import Testing

/// A text, and how it is to be sent.
private struct Sample {
    var text: String
    var number = "+34600112233"
    var wantsReport = false
    /// gammu's word, and ours.
    var validity = ("MAX", Duration.seconds(63 * 7 * 86_400))

    var gammuLine: String {
        "sendsms TEXT \(number) \(wantsReport ? "-report " : "")-validity \(validity.0) "
            + "-autolen 9000 -textutf8 \"\(text)\""
    }

    func pdus(joint: UInt8?, center: String) throws -> [String] {
        let parts = SMSText(text).parts
        return try parts.enumerated().map { index, part in
            let place = joint.map {
                SubmitPDU.Place(
                    reference: $0, total: UInt8(parts.count), number: UInt8(index + 1))
            }
            let pdu = SubmitPDU(
                part, place: place, to: try #require(PhoneNumber(number)),
                center: PhoneNumber(center), wantsReport: wantsReport,
                validity: validity.1)
            return Hex.text(pdu.bytes)
        }
    }
}

private func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

private let day = 86_400

private let samples: [Sample] = [
    Sample(text: "Fire on floor 2"),
    Sample(text: "Fire on floor 2", number: "600112233"),
    Sample(text: "Fire on floor 2", number: "112"),
    Sample(text: "Fire on floor 2", number: "+4915112345678", wantsReport: true),
    Sample(text: "a", validity: ("HOUR", .seconds(3_600))),
    Sample(text: "a", validity: ("6HOURS", .seconds(6 * 3_600))),
    Sample(text: "a", validity: ("DAY", .seconds(day))),
    Sample(text: "a", wantsReport: true, validity: ("3DAYS", .seconds(3 * day))),
    Sample(text: "a", validity: ("WEEK", .seconds(7 * day))),
    // Accents of the default alphabet, and one that has none there.
    Sample(text: "èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà ¡¿ ΔΦΓΛΩΠΨΣΘΞ @£$¥ §¤"),
    Sample(text: "Dirección única: válvula abierta en el sótano"),
    Sample(text: "€"), Sample(text: "[floor] {2} ~ ^ | € end"),
    Sample(text: "Fire 🔥"), Sample(text: "Пожар на 2 этаже"),
    // Borders of one message and of parts.
    Sample(text: times(159, "a")), Sample(text: times(160, "b")), Sample(text: times(161, "c")),
    Sample(text: times(306, "d")), Sample(text: times(307, "e")), Sample(text: times(459, "f")),
    Sample(text: times(80, "€")), Sample(text: times(79, "€") + "ab"),
    Sample(text: times(81, "[")), Sample(text: times(152, "g") + "€" + times(20, "h")),
    Sample(text: times(151, "g") + "€" + times(20, "h")),
    Sample(text: times(153, "g") + "€" + times(20, "h")),
    Sample(text: times(70, "á")), Sample(text: times(71, "á")), Sample(text: times(134, "á")),
    Sample(text: times(135, "á")), Sample(text: times(66, "á") + "🔥" + times(20, "i")),
    Sample(text: times(65, "á") + "🔥" + times(20, "i")),
    Sample(text: times(67, "á") + "🔥" + times(20, "i")), Sample(text: times(100, "🔥")),
]

@Suite struct GammuTests {
    /// Runs gammu on the test's modem, without holding a thread; what it printed.
    private func gammu(_ test: TestModem, _ lines: [String]) async throws -> String {
        let directory = URL(fileURLWithPath: test.settings.device).deletingLastPathComponent()
        let config = directory.appendingPathComponent("gammurc").path
        try "[gammu]\ndevice = \(test.settings.device)\nconnection = at115200\n"
            .write(toFile: config, atomically: true, encoding: .utf8)
        let batch = directory.appendingPathComponent("batch").path
        try lines.joined(separator: "\n").appending("\n")
            .write(toFile: batch, atomically: true, encoding: .utf8)
        let output = directory.appendingPathComponent("output").path
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        let handle = try #require(FileHandle(forWritingAtPath: output))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gammu")
        process.arguments = ["-c", config, "batch", batch]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<_, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
    }

    @Test("TOLD: every PDU is gammu's, byte for byte", arguments: 0..<4)
    func pdus(of quarter: Int) async throws {
        let test = try TestModem()
        let mine = samples.indices.filter { $0 % 4 == quarter }.map { samples[$0] }
        let output = try await gammu(test, mine.map(\.gammuLine))
        var rest = test.simulated.accepted[...]
        for sample in mine {
            let count = SMSText(sample.text).parts.count
            let given = rest.prefix(count)
            rest = rest.dropFirst(count)
            try #require(given.count == count, "\(sample.text): \(output.suffix(300))")
            #expect(given.last?.whole == sample.text, "gammu sends another text")
            let ours = try sample.pdus(joint: given.first?.joint, center: "+34609090909")
            #expect(given.map(\.pdu) == ours, "\(sample)")
        }
        #expect(rest.isEmpty)
    }

    @Test("The driver gives the modem the PDUs that are compared with gammu's")
    func driver() throws {
        let test = try TestModem { $0.center = "+34609090909" }
        for sample in samples where sample.validity.0 == "MAX" {
            let before = test.simulated.accepted.count
            var settings = test.settings
            settings.wantsReports = sample.wantsReport
            settings.validity = sample.validity.1
            // One after the other: a port is for one program.
            let modem = Modem(settings)
            _ = try modem.send(sample.text, to: sample.number)
            let given = test.simulated.accepted[before...]
            let ours = try sample.pdus(joint: given.first?.joint, center: "+34609090909")
            #expect(given.map(\.pdu) == ours, "\(sample)")
        }
    }

    @Test("gammu takes the simulated modem for a modem")
    func identifies() async throws {
        let test = try TestModem()
        let text = try await gammu(test, ["identify", "networkinfo", "getsmsc", "getallsms"])
        for words in [
            "Manufacturer         : Standpipe", "IMEI                 : 490154203237518",
            "home network", "+34609090909",
        ] { #expect(text.contains(words), "\(text)") }
    }
}
