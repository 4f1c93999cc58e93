// A driver and a simulated modem that know each other, in a directory that goes with them.

import Foundation
import Modem
import SimulatedModem

final class TestModem {
    let simulated: SimulatedModem
    let modem: Modem
    let settings: ModemSettings
    private let directory: String

    /// Short waits, so that what a mute modem makes us wait for is not minutes. A loaded machine
    /// may be slower than an impatient driver: `answer` seconds are for those tests that need none
    /// of them to pass.
    init(
        pin: String? = nil, cardPin: String? = nil, answer: Duration = .seconds(20),
        times: SimulatedModem.Times = SimulatedModem.Times(),
        _ change: (inout ModemSettings) -> Void = { _ in }
    ) throws {
        directory = NSTemporaryDirectory() + "standpipe-modem-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        simulated = try SimulatedModem(
            link: directory + "/modem", log: directory + "/accepted", pin: cardPin, times: times)
        var settings = ModemSettings(device: directory + "/modem", pin: pin)
        settings.patience.answer = answer
        settings.patience.send = .seconds(30)
        settings.patience.drop = .milliseconds(1)
        settings.patience.boot = .zero
        change(&settings)
        self.settings = settings
        modem = Modem(settings)
    }

    deinit {
        simulated.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var pinFile: String { directory + "/pin" }

    func order(_ line: String) throws {
        guard let order = ModemOrder(line) else { throw TestModemError.order(line) }
        try simulated.order(order)
    }

    /// Lines of the file of accepted messages.
    var log: [String] {
        ((try? String(contentsOfFile: directory + "/accepted", encoding: .utf8)) ?? "")
            .split(separator: "\n").map(String.init)
    }

    var wholeTexts: [String] { simulated.accepted.compactMap(\.whole) }

    /// Tries until `body` gives something, for 60 s.
    func wait<T>(for body: () throws -> T?) rethrows -> T? {
        let end = ContinuousClock.now + .seconds(60)
        while .now < end {
            if let value = try body() { return value }
            usleep(20_000)
        }
        return nil
    }
}

enum TestModemError: Error {
    case order(String)
}

/// What a call threw, nil when it threw nothing.
func failure<T>(_ body: () throws(ModemFailure) -> T) -> ModemFailure? {
    do throws(ModemFailure) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

extension ModemFailure {
    /// The kind alone.
    var kind: String {
        switch self {
        case .later: "later"
        case .recipient: "recipient"
        case .configuration: "configuration"
        }
    }
}
