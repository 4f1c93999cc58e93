// The driver against a simulated modem: texts on their way out, in every mood.

import Modem
import SimulatedModem
import TestSupport
import Testing

@Suite struct ModemSendingTests {
    let number = "+34600112233"

    @Test("TOLD: a text goes out with a reference, and the modem is set up once")
    func normal() throws {
        let test = try TestModem()
        let trace = try test.modem.send("Fire on floor 2", to: number)
        #expect(trace.references == [1] && !trace.isCut)
        _ = try test.modem.send("Second [text] €", to: "600112233")
        #expect(test.wholeTexts == ["Fire on floor 2", "Second [text] €"])
        #expect(test.simulated.accepted.map(\.to) == [number, "600112233"])
        #expect(test.simulated.accepted.allSatisfy { $0.wantsReport && $0.validity == 0xA9 })
        #expect(test.simulated.commands.count { $0 == "ATE0" } == 1)
        #expect(test.log.count == 2 && test.log[0].contains("\"whole\":\"Fire on floor 2\""))
    }

    @Test("TOLD: long texts arrive whole, in both alphabets")
    func long() throws {
        let test = try TestModem()
        let plain = String(repeating: "Fire in the cellar! ", count: 20)
        let wide = String(repeating: "Пожар 🔥 ", count: 30)
        let first = try test.modem.send(plain, to: number)
        let second = try test.modem.send(wide, to: number)
        #expect(first.references == [1, 2, 3])
        #expect(second.references == [4, 5, 6, 7, 8])
        #expect(test.wholeTexts == [plain, wide])
        #expect(Set(test.simulated.accepted.map(\.joint)).count == 2)
    }

    @Test("TOLD: a text that no ten messages hold is cut and says so")
    func cut() throws {
        let test = try TestModem()
        let trace = try test.modem.send(String(repeating: "Fire! ", count: 1_000), to: number)
        #expect(trace.isCut && trace.references.count == 10)
        let whole = try #require(test.wholeTexts.first)
        #expect(whole.count == 1_530 && whole.hasSuffix("..."))
    }

    @Test("TOLD: how it fares is known")
    func health() throws {
        let test = try TestModem()
        let health = try test.modem.check()
        #expect(health.signal == -79)
        #expect(health.registration == .home)
        #expect(health.operatorName == "Simulated, S.A.")
    }

    @Test("A number that is none never reaches the modem")
    func badNumber() throws {
        let test = try TestModem()
        for number in ["", "+", "call me", "+34 600 11 22 33 44 55 66 77 88 99", "3+4", "*a1"] {
            #expect(
                failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }?
                    .kind == "recipient", "\(number)")
        }
        #expect(test.simulated.commands.isEmpty)
    }

    @Test(
        "TOLD: what the network refuses is tried again, given up or shown to a human",
        arguments: [
            (500, "later"), (38, "later"), (332, "later"), (21, "later"), (42, "later"),
            (1, "recipient"), (195, "recipient"), (196, "recipient"), (8, "configuration"),
            (28, "configuration"), (50, "configuration"), (69, "configuration"),
            (330, "configuration"), (310, "configuration"), (9_999, "later"), (-3, "later"),
        ])
    func errors(code: Int, kind: String) throws {
        let test = try TestModem()
        try test.order("mood error \(code)")
        let refused = failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }
        #expect(refused?.kind == kind)
        #expect(refused?.text.contains("\(code)") ?? false)
        try test.order("mood normal")
        _ = try test.modem.send("y", to: number)
        #expect(test.wholeTexts == ["y"])
    }

    @Test("TOLD: a part that was refused is sent again, the parts before it are not")
    func goesOn() throws {
        let test = try TestModem()
        let text = String(repeating: "0123456789", count: 45)
        try test.order("mood error-after 2 500")
        let refused = failure { () throws(ModemFailure) in try test.modem.send(text, to: number) }
        #expect(refused?.kind == "later")
        #expect(test.simulated.accepted.count == 2)
        // Another text goes its own way in between.
        try test.order("mood normal")
        _ = try test.modem.send("other", to: number)
        #expect(try test.modem.send(text, to: number).references == [1, 2, 4])
        #expect(test.wholeTexts == ["other", text])
        #expect(Set(test.simulated.accepted.compactMap(\.joint)).count == 1)
        // Once whole, it is a new text.
        #expect(try test.modem.send(text, to: number).references == [5, 6, 7])
    }

    @Test("A modem without a network says so, with its signal, and is asked again")
    func noNetwork() throws {
        let test = try TestModem()
        try test.order("mood no-network")
        let health = failure { () throws(ModemFailure) in try test.modem.check() }
        #expect(health?.kind == "later" && health?.text.contains("antenna") ?? false)
        let sent = failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }
        #expect(sent?.kind == "later" && sent?.text.contains("331") ?? false)
        try test.order("mood denied")
        let denied = failure { () throws(ModemFailure) in try test.modem.check() }
        #expect(denied?.kind == "configuration" && denied?.text.contains("denies") ?? false)
        try test.order("mood normal")
        #expect(try test.modem.check().registration == .home)
        #expect(try test.modem.send("y", to: number).references == [1])
    }

    @Test("A SIM card that is out is a human's matter, and found when it is back")
    func noSim() throws {
        let test = try TestModem { $0.patience.sim = .milliseconds(100) }
        try test.order("mood no-sim")
        for _ in 0..<2 {
            let sent = failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }
            #expect(sent?.kind == "configuration" && sent?.text.contains("SIM card in") ?? false)
        }
        try test.order("mood normal")
        #expect(try test.modem.send("y", to: number).references == [1])
    }

    @Test(
        "TOLD: a slow modem, a noisy one and one that always echoes send as well",
        arguments: [
            "mood slow 30", "mood noise", "mood normal",
        ])
    func slow(mood: String) throws {
        let test = try TestModem()
        try test.order(mood)
        let text = String(repeating: "Noise and [slowness] ", count: 19)
        #expect(try test.modem.send(text, to: number).references.count == 3)
        #expect(try test.modem.check().signal == -79)
        #expect(test.wholeTexts == [text])
    }

    @Test("A mute modem is reset, at most once in its time to start, and heard again")
    func mute() throws {
        let test = try TestModem(answer: .milliseconds(500))
        try test.order("mood mute")
        for count in 1...2 {
            let sent = failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }
            #expect(sent?.kind == "later")
            #expect(test.modem.resets == count)
        }
        try test.order("mood normal")
        let trace = test.wait { try? test.modem.send("y", to: number) }
        #expect(trace != nil)
        #expect(test.wholeTexts.last == "y")

        let patient = try TestModem(answer: .milliseconds(500)) {
            $0.patience.boot = .seconds(3_600)
        }
        try patient.order("mood mute")
        for _ in 0..<3 {
            #expect(
                failure { () throws(ModemFailure) in try patient.modem.check() }?.kind == "later")
        }
        #expect(patient.modem.resets == 1)
    }

    @Test(
        "TOLD: a modem that starts in the middle of a message gets it again",
        arguments: [
            false, true,
        ])
    func reboot(isTaken: Bool) throws {
        let test = try TestModem()
        _ = try test.modem.send("first", to: number)
        try test.order(isTaken ? "mood reboot-after-send" : "mood reboot-on-send")
        let sent = failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }
        #expect(sent?.kind == "later")
        let trace = test.wait { try? test.modem.send("x", to: number) }
        #expect(trace != nil)
        // Taken and not acknowledged: twice rather than never.
        #expect(test.wholeTexts == (isTaken ? ["first", "x", "x"] : ["first", "x"]))
        #expect(test.simulated.commands.count { $0 == "ATE0" } > 1)
    }

    @Test("TOLD: a modem that started unseen is set up before a message is given to it")
    func unseenReboot() throws {
        let test = try TestModem()
        _ = try test.modem.send("first", to: number)
        try test.order("reboot")
        let trace = test.wait { try? test.modem.send("second", to: number) }
        #expect(trace != nil)
        #expect(test.wholeTexts == ["first", "second"])
        // In text mode a message of PDUs would have been refused or worse.
        let modes = test.simulated.commands.filter { $0.hasPrefix("AT+CMGF=") }
        #expect(Set(modes) == ["AT+CMGF=0"])
    }

    @Test("TOLD: a device that vanishes is missed, and found when it is back under its name")
    func vanishes() throws {
        let test = try TestModem()
        _ = try test.modem.send("first", to: number)
        try test.order("unplug")
        for _ in 0..<2 {
            let sent = failure { () throws(ModemFailure) in try test.modem.send("x", to: number) }
            #expect(sent?.kind == "later" && sent?.text.contains("not there") ?? false)
        }
        try test.order("plug")
        let trace = test.wait { try? test.modem.send("second", to: number) }
        #expect(trace != nil)
        #expect(test.wholeTexts == ["first", "second"])
    }

    @Test("A path that is no modem's is a mistake in the site file")
    func noModem() throws {
        for (path, kind) in [
            ("/dev/null", "configuration"), ("/etc", "configuration"),
            ("/dev/serial/by-id/nothing", "later"),
        ] {
            let modem = Modem(ModemSettings(device: path))
            let found = failure { () throws(ModemFailure) in try modem.check() }
            #expect(found?.kind == kind && found?.text.contains(path) ?? false, "\(path)")
        }
        let test = try TestModem { $0.baud = 12_345 }
        #expect(
            failure { () throws(ModemFailure) in try test.modem.check() }?.kind == "configuration")
    }

    @Test("TOLD: through a modem that fails half of the time every text arrives")
    func half() throws {
        let (numbers, seed) = SeededNumbers.printed("modem that fails half of the time")
        _ = numbers
        let test = try TestModem(answer: .seconds(2)) { $0.patience.send = .seconds(1) }
        try test.order("mood random \(seed) 50")
        let texts = (1...12).map { number in
            String(repeating: "Text \(number). ", count: number % 3 == 0 ? 30 : 1)
        }
        for text in texts {
            let trace = test.wait { try? test.modem.send(text, to: number) }
            #expect(trace != nil, "\(text)")
        }
        // In order, and each at least once.
        var heard: [String] = []
        for text in test.wholeTexts where heard.last != text { heard.append(text) }
        #expect(heard == texts)
    }
}
