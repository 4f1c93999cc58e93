// Plays one fire on a building that does not exist, at every start. The code of a release is then in
// memory, where `RealTime.lockMemory` keeps it: when it counts, no page of it has to come from a
// disk that may hang. It touches no line, no file and no state of the real site.

import ControlLoop
import FireLogic

enum Rehearsal {
    /// True when the rehearsed valve opened at the alarm and closed with the key, and nothing else.
    static func play() -> Bool {
        var decisions = Decisions()
        var logic = SiteLogic(
            plan: plan, planChecksum: 0, memory: Memory(), at: .zero, into: &decisions)
        var now = Instant.zero
        func settle(_ event: Event) {
            logic.handle(event, at: now, into: &decisions)
            now = now + .seconds(1)
            logic.advance(to: now, into: &decisions)
        }
        settle(.keyContact(key: 0, .off, .inactive))
        settle(.reading(detector: 0, .alarm))
        settle(.feedback(floor: 0, .active))
        settle(.manualRelease(floor: 0, .active))
        settle(.keyContact(key: 0, .off, .active))
        for record in decisions.records { _ = record.words.record }
        return decisions.drives.map(\.command) == [.open, .closed]
    }

    private static var plan: SitePlan {
        let line = GpioLine(chip: 0, offset: 0)
        return SitePlan(
            name: "rehearsal", keys: [KeyPlan(name: "", offContact: line)],
            floors: [
                FloorPlan(
                    id: FloorID(rawValue: 0), name: "",
                    valve: ValvePlan(output: line, feedback: line), key: 0, manualRelease: line)
            ],
            detectors: [
                DetectorPlan(
                    id: DetectorID(rawValue: 0), name: "", floor: 0, period: .seconds(1),
                    limit: .seconds(100), source: .contact(line))
            ])
    }
}

/// The program does not do what it is for: it must not pretend to protect.
struct RehearsalFailed: Error, CustomStringConvertible {
    var description: String { "the rehearsal of a release failed; install the program again" }
}
