// Which line a descriptor holds, as the kernel writes it.

import Glibc
import Testing

@testable import FieldDevices

@Suite struct LineIdentityTests {
    private func identity(_ text: String) -> LineIdentity { LineIdentity(fdinfo: text.utf8) }

    @Test("The chip and the line of a request, as Linux 6.1 writes them")
    func line() {
        let text =
            "pos:\t0\nflags:\t02000000\nmnt_id:\t15\nino:\t1042\ngpio-chip:\tgpiochip0\ngpio-line:\t16\n"
        #expect(identity(text) == .line(chip: "gpiochip0", offset: 16))
        #expect(identity(text + "gpio-line:\t17\n") == .several)
        #expect(
            identity("gpio-chip:\tgpiochip12\ngpio-line:\t1023")
                == .line(chip: "gpiochip12", offset: 1_023))
    }

    @Test(
        "QUIET: anything else is no line",
        arguments: [
            "", "\n\n", "pos:\t0\nflags:\t02\n", "gpio-line:\t16\n", "gpio-chip:\tgpiochip0\n",
            "gpio-chip:\tgpiochip0\ngpio-line:\t-1\n", "gpio-chip:\tgpiochip0\ngpio-line:\t1x\n",
            "gpio-chip:\tgpiochip0\ngpio-line:\t99999999999999999999\n",
            "gpio-chip:\tgpiochip0\ngpio-chip:\tgpiochip1\ngpio-line:\t1\n",
            "gpio-chip: gpiochip0\ngpio-line: 1\n",
        ])
    func others(_ text: String) {
        #expect(identity(text) == .none)
    }

    @Test("QUIET: files, sockets and numbers behind which nothing is open are no lines")
    func descriptors() {
        #expect(LineIdentity(of: -1) == .none && LineIdentity(of: 1 << 20) == .none)
        let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        #expect(LineIdentity(of: file) == .none)
        let end = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(end) }
        #expect(LineIdentity(of: end) == .none)
    }

    @Test("BOUNDED: no bytes trap")
    func fuzz() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(state: seed)
        let words = ["gpio-chip:\t", "gpio-line:\t", "gpiochip0", "\n", "16", "\t", "\u{FF}", "-"]
        for _ in 0..<5_000 {
            var bytes: [UInt8] = []
            for _ in 0..<random.next() % 12 {
                bytes += Array(words[Int(random.next() % UInt64(words.count))].utf8)
                if random.next() % 3 == 0 { bytes.append(UInt8(random.next() & 0xFF)) }
            }
            if case .line(_, let offset) = LineIdentity(fdinfo: bytes) {
                #expect(offset >= 0, "seed \(seed)")
            }
        }
    }
}
