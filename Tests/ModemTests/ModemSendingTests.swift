// The driver against a simulated modem: texts on their way out, in every mood.

import Modem
import SimulatedModem
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

    @Test("TOLD: how it fares is known")
    func health() throws {
        let test = try TestModem()
        let health = try test.modem.check()
        #expect(health.signal == -79)
        #expect(health.registration == .home)
        #expect(health.operatorName == "Simulated, S.A.")
    }
}
