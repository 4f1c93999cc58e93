// The PIN of a SIM card: entered once, never a second time when it was wrong.

import Foundation
import SimulatedModem
import Testing

@testable import Modem

@Suite struct ModemPinTests {
    private func times(tells: Bool) -> SimulatedModem.Times {
        var times = SimulatedModem.Times()
        times.tellsTries = tells
        return times
    }

    @Test("TOLD: a right PIN is entered after every start", arguments: [true, false])
    func right(tells: Bool) throws {
        let test = try TestModem(pin: "4711", cardPin: "4711", times: times(tells: tells))
        _ = try test.modem.send("first", to: "600112233")
        try test.order("reboot")
        let trace = test.wait { try? test.modem.send("second", to: "600112233") }
        #expect(trace != nil)
        #expect(test.simulated.pinTries == 2)
        #expect(test.wholeTexts == ["first", "second"])
    }

    @Test(
        "A wrong PIN is tried once, whatever is called, restarted or unplugged",
        arguments: [
            true, false,
        ])
    func wrong(tells: Bool) throws {
        let test = try TestModem(pin: "0000", cardPin: "4711", times: times(tells: tells))
        var settings = test.settings
        settings.pinMemory = test.pinFile
        for _ in 0..<3 {
            // A new process.
            let modem = Modem(settings)
            for _ in 0..<2 {
                // It may still be starting.
                let refused = test.wait { () -> ModemFailure? in
                    let failed = failure { () throws(ModemFailure) in try modem.check() }
                    return failed?.kind == "later" ? nil : failed
                }
                #expect(refused?.kind == "configuration")
                #expect(refused?.text.contains("refused the PIN") ?? false)
            }
            _ = failure { () throws(ModemFailure) in try modem.send("x", to: "600112233") }
            _ = modem.reports()
            try test.order("unplug")
            try test.order("plug")
        }
        #expect(test.simulated.pinTries == 1)

        // The site file is corrected.
        settings.pin = "4711"
        let modem = Modem(settings)
        let trace = test.wait { try? modem.send("y", to: "600112233") }
        #expect(trace != nil)
        #expect(test.simulated.pinTries == 2)
    }

    @Test("A PIN whose try nobody saw the end of is not tried again by the next process")
    func killed() throws {
        for tells in [false, true] {
            let test = try TestModem(pin: "4711", cardPin: "4711", times: times(tells: tells))
            var settings = test.settings
            settings.pinMemory = test.pinFile
            // As if the process had died in the middle of a try.
            var memory = PinMemory(path: test.pinFile, device: settings.device, pin: "4711")
            let isWritten = memory.remember(.tried)
            #expect(isWritten)
            let modem = Modem(settings)
            let refused = failure { () throws(ModemFailure) in try modem.check() }
            // With all three tries left it was not refused before.
            #expect(refused?.kind == (tells ? nil : "configuration"))
            #expect(test.simulated.pinTries == (tells ? 1 : 0))
        }
    }

    @Test("A card that wants a PIN or a PUK of a site that has none says what to do")
    func none() throws {
        let test = try TestModem(cardPin: "4711")
        let wants = failure { () throws(ModemFailure) in try test.modem.check() }
        #expect(wants?.kind == "configuration" && wants?.text.contains("`pin`") ?? false)
        #expect(test.simulated.pinTries == 0)
        for pin in ["12", "abcd", "123456789", "12\r3"] {
            var settings = test.settings
            settings.pin = pin
            let modem = Modem(settings)
            let odd = failure { () throws(ModemFailure) in try modem.check() }
            #expect(odd?.kind == "configuration")
        }
        #expect(test.simulated.pinTries == 0)
    }
}
