// What people are told of has a beginning and an end: an episode, with one name from the first
// message of it to the last. Here is what an episode is of, its name, and its form in the log, so that
// a restart does not lose which are open. `Episodes` decides when one begins and ends.
//
// Topic `records`, beside the memory (LogEntry.swift); programs that do not know these kinds skip them.
//
//   kind 5   open episodes at this point; number: how many entries of kind 6 follow, with no record
//            between them, or none of them counts; word 0 the checksum of the plan of the run
//   kind 6   one of them, or one detector that has answered in a walk test
//            word 0   bits 0-7 subject, 8-15 flags: 1 told, 2 carried, 4 alarm, 8 pressed, 16 open;
//                     16-31 floor (Int16), 32-63 detector, bus, key or fault (UInt32)
//            word 1   wall clock of its first record, i64 ms
//            word 2   boot clock of its first record, i64 ns
//            word 3   bits 0-31 number of its first record, 32-63 half of that boot's id
//            word 4   bits 0-7 cause code of a detector, fault of a valve

import FireLogic

package struct Episode: Hashable, Sendable {
    /// What it is of.
    package enum Subject: Hashable, Sendable {
        case fire(FloorID)
        case valve(FloorID)
        case isolation(FloorID)
        case manualRelease(FloorID)
        case walkTest(FloorID)
        case detector(DetectorID)
        case disablement(DetectorID)
        /// Positions in the plan.
        case bus(Int)
        case key(Int)
        case system(SystemFault)
    }

    package var subject: Subject
    /// Of a detector: where it is, or was in a plan that has it no more.
    package var floor: FloorID?
    /// Wall clock of its first record.
    package var sinceWall: Int64
    package var sinceBoot: Instant
    /// Number of its first record, counted from the program's start.
    package var number: UInt32
    /// Half of the id of the boot in which it began.
    package var machine: UInt32

    /// People were told of it.
    package var isTold = false
    /// Known from before the start, and not seen since.
    package var isCarried = false
    /// Of a fire: a detector has reported it; the manual release is pressed; the valve is open.
    package var hasAlarm = false
    package var isPressed = false
    package var isOpen = false
    /// Reading code of a detector's cause, or `ValveFault`.
    package var detail: UInt8 = 0
    /// Told then, unless it turns out to be part of something else; `never` where nothing is held.
    package var heldUntil: Instant = .never

    /// Its name: never used again, since no two records have the same boot, number and time.
    package var name: String {
        String(UInt64(bitPattern: sinceWall), radix: 36) + "-" + String(machine, radix: 36) + "-"
            + String(number, radix: 36)
    }

    /// A fire without an alarm is over when nobody presses and no water flows.
    package var isSpent: Bool { !hasAlarm && !isPressed && !isOpen }

    /// A detector that is silent behind something else: the next start finds out anew.
    var isHidden: Bool {
        guard case .detector = subject else { return false }
        return !isTold && !isCarried && heldUntil == .never
    }

    /// How long it has lasted; nil when it began before a power cut.
    package func seconds(at stamp: Stamp, machine now: UInt64) -> Int64? {
        guard machine != 0, machine == UInt32(truncatingIfNeeded: now) else { return nil }
        let span = stamp.boot - sinceBoot
        return span >= .zero ? span.milliseconds / 1_000 : nil
    }
}

extension Episode {
    package var words: RecordWords {
        var flags: UInt64 = isTold ? 1 : 0
        // Held when the program ends: nobody knows whether it was told.
        if isCarried || heldUntil != .never { flags |= 2 }
        if hasAlarm { flags |= 4 }
        if isPressed { flags |= 8 }
        if isOpen { flags |= 16 }
        let (kind, index) = subject.code
        let place = UInt64(UInt16(bitPattern: floor?.rawValue ?? 0))
        return RecordWords(
            (
                UInt64(kind) | flags << 8 | place << 16 | UInt64(index) << 32,
                UInt64(bitPattern: sinceWall), UInt64(bitPattern: sinceBoot.nanoseconds),
                UInt64(number) | UInt64(machine) << 32, UInt64(detail)
            ))
    }

    /// nil when the words are none.
    package init?(_ words: RecordWords) {
        let first = words.words.0
        let floor = FloorID(rawValue: Int16(bitPattern: UInt16(truncatingIfNeeded: first >> 16)))
        guard
            let subject = Subject(
                UInt8(truncatingIfNeeded: first), floor: floor,
                index: UInt32(truncatingIfNeeded: first >> 32))
        else { return nil }
        let flags = UInt8(truncatingIfNeeded: first >> 8)
        self.init(
            subject: subject, floor: floor, sinceWall: Int64(bitPattern: words.words.1),
            sinceBoot: Instant(nanoseconds: Int64(bitPattern: words.words.2)),
            number: UInt32(truncatingIfNeeded: words.words.3),
            machine: UInt32(truncatingIfNeeded: words.words.3 >> 32), isTold: flags & 1 != 0,
            isCarried: flags & 2 != 0, hasAlarm: flags & 4 != 0, isPressed: flags & 8 != 0,
            isOpen: flags & 16 != 0, detail: UInt8(truncatingIfNeeded: words.words.4))
    }
}

extension Episode.Subject {
    static let answered: UInt8 = 11

    /// As stored: never change a number, only add.
    var code: (kind: UInt8, index: UInt32) {
        switch self {
        case .fire: (1, 0)
        case .valve: (2, 0)
        case .isolation: (3, 0)
        case .manualRelease: (4, 0)
        case .walkTest: (5, 0)
        case .detector(let id): (6, id.rawValue)
        case .disablement(let id): (7, id.rawValue)
        case .bus(let bus): (8, UInt32(clamping: bus))
        case .key(let key): (9, UInt32(clamping: key))
        case .system(let fault): (10, UInt32(fault.rawValue))
        }
    }

    init?(_ kind: UInt8, floor: FloorID, index: UInt32) {
        switch kind {
        case 1: self = .fire(floor)
        case 2: self = .valve(floor)
        case 3: self = .isolation(floor)
        case 4: self = .manualRelease(floor)
        case 5: self = .walkTest(floor)
        case 6: self = .detector(DetectorID(rawValue: index))
        case 7: self = .disablement(DetectorID(rawValue: index))
        case 8: self = .bus(Int(index))
        case 9: self = .key(Int(index))
        case 10:
            guard index <= UInt32(UInt8.max), let fault = SystemFault(rawValue: UInt8(index)) else {
                return nil
            }
            self = .system(fault)
        default: return nil
        }
    }

    /// The floor of a subject that is named by one.
    var floor: FloorID? {
        switch self {
        case .fire(let floor), .valve(let floor), .isolation(let floor),
            .manualRelease(let floor), .walkTest(let floor):
            floor
        case .detector, .disablement, .bus, .key, .system: nil
        }
    }

    /// The record that says that it is over.
    func ending(on floor: FloorID?) -> Record {
        let place = floor ?? FloorID(rawValue: 0)
        switch self {
        case .fire: return .reset(.timer)
        case .valve(let floor): return .valveRepaired(floor)
        case .isolation(let floor): return .inService(floor)
        case .manualRelease(let floor): return .manualReleaseFault(floor, present: false)
        case .walkTest(let floor): return .walkTestEnded(floor, .timer)
        case .detector(let id): return .detectorBack(id, place)
        case .disablement(let id): return .enabled(id, .timer)
        case .bus(let bus): return .bus(bus, up: true)
        case .key(let key): return .keyRepaired(key: key)
        case .system(let fault): return .systemFault(fault, present: false)
        }
    }
}
