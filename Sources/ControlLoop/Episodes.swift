// Which episodes are open, folded over the records in their order: says of each record what people are
// told and of which episode it is a part. Called on the log's thread and, for what the log holds, at
// the start; never in the control loop. It reads no clock and writes nothing. `Episodes+Restart.swift`
// has what a restart does to it.
//
//   fire of a floor        first alarm, or water asked for by hand … reset. While it lasts, what its
//                          valve, release and key do belongs to it; but what was told before the fire
//                          stays an episode of its own. A fire without an alarm ends when nobody
//                          presses and no water flows.
//   valve, key, manual     fault … repaired
//   isolation              key off … on
//   detector, bus          down … heard again. A detector that is silent because its bus is down is
//                          told with the bus; if it stays silent afterwards, on its own.
//   system                 fault … back
//   disablement, walk test set … ended by whom or what
//
// A bus is known to be dead only when all its devices were asked in vain, which can take longer than
// the limit of the first of them. So a detector on a bus is told to be silent `hold` after it is one;
// its lamp is lit at once.
//
// Bounded: one episode a subject, and subjects are those of the plan (promise BOUNDED).

import FireLogic

package struct Episodes: Sendable {
    typealias Subject = Episode.Subject

    /// For so long a silence on a bus may turn out to be that of the bus.
    package static let hold: Interval = .seconds(5)

    /// Where a record stands: its time, its number in its run, the id of the boot.
    struct Place {
        var stamp: Stamp
        var number: UInt32
        var machine: UInt64
    }

    let plan: SitePlan
    let planChecksum: UInt32
    package internal(set) var open: [Episode.Subject: Episode] = [:]
    /// Detectors that have answered in the walk test that runs.
    var answered: [FloorID: Set<DetectorID>] = [:]
    /// Of what the plan has no more; told when the program is armed.
    var former: [Episode] = []
    /// Plan of the run whose records are taken.
    var runChecksum: UInt32?
    /// Valves that were commanded open in this run, and buttons that were seen let go.
    var openValves: Set<FloorID> = []
    var idleButtons: Set<PanelButton> = []
    /// When something that is held must be told; `never` while nothing is.
    package internal(set) var nextDue: Instant = .never
    /// A memory on its way in from the log.
    var incoming: Incoming?

    package init(plan: SitePlan, planChecksum: UInt32) {
        self.plan = plan
        self.planChecksum = planChecksum
    }

    /// What is told of `record`, in order; nothing for most. `number` is counted from the program's
    /// start, `machine` is the first half of the boot's id.
    package mutating func take(
        _ record: Record, _ stamp: Stamp, number: UInt32, machine: UInt64
    ) -> [Notice] {
        let place = Place(stamp: stamp, number: number, machine: machine)
        switch record {
        case .alarm, .manualRelease, .releasePending, .releaseWithdrawn, .releaseWithheld, .valve,
            .valveConfirmed, .reset:
            return takeFire(record, place)
        case .valveFault(let floor, let fault):
            return [
                goOn(.valve(floor), within: floor, record, place) { $0.detail = fault.rawValue }
            ]
        case .valveRepaired(let floor):
            return [end(.valve(floor), within: floor, record, place)]
        case .isolated(let floor):
            return [goOn(.isolation(floor), within: floor, record, place)]
        case .inService(let floor):
            // At a start each floor comes into service: no news where it was not isolated.
            guard open[.isolation(floor)] != nil else { return [] }
            return [end(.isolation(floor), within: floor, record, place)]
        case .keyFault(let key): return [goOn(.key(key), record, place)]
        case .keyRepaired(let key): return [end(.key(key), record, place)]
        case .manualReleaseFault(let floor, let present):
            return present
                ? [goOn(.manualRelease(floor), record, place)]
                : [end(.manualRelease(floor), record, place)]
        case .detectorDown(let id, let floor, let cause):
            return down(id, floor, cause, record, place)
        case .detectorBack(let id, _): return back(id, record, place)
        case .bus(let bus, let up):
            return [up ? busBack(bus, record, place) : busDown(bus, record, place)]
        case .systemFault(let fault, let present):
            return present
                ? [goOn(.system(fault), record, place)] : [end(.system(fault), record, place)]
        case .disabled(let id, _, _): return [goOn(.disablement(id), record, place)]
        case .enabled(let id, _): return [end(.disablement(id), record, place)]
        case .walkTestStarted, .tested, .walkTestEnded: return takeWalkTest(record, place)
        case .silenced, .signalsDropped: return [Notice(record, stamp)]
        case .started(let checksum):
            begin(checksum)
            return [Notice(record, stamp)]
        case .armed: return [Notice(record, stamp)] + endedBeforeArmed(place)
        case .told(let event): return seen(event, place)
        case .rested(let rest): return seen(rest, place)
        case .signal, .refused, .button, .asked, .timePassed: return []
        }
    }

    /// What was held for long enough by now: told on its own.
    package mutating func due(at stamp: Stamp) -> [Notice] {
        guard nextDue <= stamp.boot else { return [] }
        nextDue = .never
        var notices: [Notice] = []
        for (subject, var episode) in open where episode.heldUntil != .never {
            guard episode.heldUntil <= stamp.boot else {
                nextDue = min(nextDue, episode.heldUntil)
                continue
            }
            episode.heldUntil = .never
            episode.isTold = true
            open[subject] = episode
            guard case .detector(let id) = subject, let floor = episode.floor,
                let cause = Reading(code: episode.detail)?.downCause
            else { continue }
            var notice = Notice(.detectorDown(id, floor, cause), stamp)
            notice.phase = .begin
            notice.episode = episode
            notices.append(notice)
        }
        return notices.sorted { $0.detectorNumber < $1.detectorNumber }
    }

    // Beginnings and ends.

    func new(_ subject: Subject, _ floor: FloorID?, _ place: Place) -> Episode {
        Episode(
            subject: subject, floor: subject.floor ?? floor,
            sinceWall: place.stamp.wallMilliseconds, sinceBoot: place.stamp.boot,
            number: place.number, machine: UInt32(truncatingIfNeeded: place.machine))
    }

    /// Begins an episode that people are told of, or goes on with it.
    mutating func goOn(
        _ subject: Subject, floor: FloorID? = nil, _ record: Record, _ place: Place,
        _ change: (inout Episode) -> Void = { _ in }
    ) -> Notice {
        var notice = Notice(record, place.stamp)
        var episode = open[subject] ?? new(subject, floor, place)
        notice.phase = episode.isTold ? .during : .begin
        episode.isTold = true
        episode.isCarried = false
        episode.heldUntil = .never
        change(&episode)
        open[subject] = episode
        notice.episode = episode
        return notice
    }

    /// The same, but told as a part of the fire of `floor` while there is one.
    mutating func goOn(
        _ subject: Subject, within floor: FloorID, _ record: Record, _ place: Place,
        _ change: (inout Episode) -> Void = { _ in }
    ) -> Notice {
        let own = open[subject]
        guard let fire = open[.fire(floor)], own?.isTold != true else {
            return goOn(subject, record, place, change)
        }
        var episode = own ?? new(subject, floor, place)
        episode.isCarried = false
        change(&episode)
        open[subject] = episode
        return part(of: fire, record, place)
    }

    func part(of fire: Episode, _ record: Record, _ place: Place) -> Notice {
        var notice = Notice(record, place.stamp)
        notice.phase = .during
        notice.episode = fire
        return notice
    }

    mutating func end(_ subject: Subject, _ record: Record, _ place: Place) -> Notice {
        var notice = Notice(record, place.stamp)
        guard let episode = open.removeValue(forKey: subject) else { return notice }
        notice.phase = .end
        notice.episode = episode
        notice.seconds = episode.seconds(at: place.stamp, machine: place.machine)
        return notice
    }

    mutating func end(
        _ subject: Subject, within floor: FloorID, _ record: Record, _ place: Place
    ) -> Notice {
        guard let fire = open[.fire(floor)], open[subject]?.isTold != true else {
            return end(subject, record, place)
        }
        let own = open.removeValue(forKey: subject)
        var notice = part(of: fire, record, place)
        notice.seconds = own?.seconds(at: place.stamp, machine: place.machine)
        return notice
    }
}

extension Notice {
    fileprivate var detectorNumber: UInt32 {
        if case .detectorDown(let id, _, _) = record { id.rawValue } else { 0 }
    }
}

extension Episode.Subject {
    /// An order of its own for messages that come together.
    var order: (Int, Int) {
        let (kind, index) = code
        return (Int(kind), floor.map { Int($0.rawValue) } ?? Int(index))
    }
}
