// Detectors, the buses that carry them, and walk tests as episodes: what is told of a detector itself,
// and what is told with its bus. See Episodes.swift.

import FireLogic

extension Episodes {
    mutating func down(
        _ id: DetectorID, _ floor: FloorID, _ cause: DownCause, _ record: Record, _ place: Place
    ) -> [Notice] {
        let subject = Subject.detector(id)
        let code = cause.reading.code
        let isTold = open[subject]?.isTold == true
        switch cause {
        case .silent(.bus):
            var episode = open[subject] ?? new(subject, floor, place)
            episode.isCarried = false
            episode.heldUntil = .never
            if !isTold { episode.detail = code }
            open[subject] = episode
            return []
        case .silent where !isTold && bus(of: id, floor) != nil:
            var episode = open[subject] ?? new(subject, floor, place)
            episode.isCarried = false
            episode.detail = code
            episode.heldUntil = min(episode.heldUntil, place.stamp.boot + Self.hold)
            nextDue = min(nextDue, episode.heldUntil)
            open[subject] = episode
            return []
        case .silent, .fault:
            return [goOn(subject, floor: floor, record, place) { $0.detail = code }]
        }
    }

    mutating func back(
        _ id: DetectorID, _ record: Record, _ place: Place
    ) -> [Notice] {
        let subject = Subject.detector(id)
        // Nobody was told that it was gone.
        if let episode = open[subject], !episode.isTold, !episode.isCarried {
            open[subject] = nil
            return []
        }
        return [end(subject, record, place)]
    }

    mutating func busDown(_ bus: Int, _ record: Record, _ place: Place) -> Notice {
        for (subject, episode) in open where isHidden(episode, by: bus) {
            open[subject]?.heldUntil = .never
        }
        return goOn(.bus(bus), record, place)
    }

    mutating func busBack(_ bus: Int, _ record: Record, _ place: Place) -> Notice {
        for (subject, episode) in open where isHidden(episode, by: bus) {
            guard case .detector(let id) = subject, let floor = episode.floor,
                let index = position(of: id, floor)
            else { continue }
            let until = place.stamp.boot + plan.detectors[index].limit + Self.hold
            open[subject]?.heldUntil = until
            open[subject]?.detail = Reading.silent(.silent).code
            nextDue = min(nextDue, until)
        }
        return end(.bus(bus), record, place)
    }

    /// A silent detector on `bus` that nobody was told of.
    private func isHidden(_ episode: Episode, by bus: Int) -> Bool {
        guard case .detector(let id) = episode.subject, !episode.isTold, !episode.isCarried,
            let floor = episode.floor
        else { return false }
        return self.bus(of: id, floor) == bus
    }

    /// The bus that carries a detector, by the plan of the run.
    private func bus(of id: DetectorID, _ floor: FloorID) -> Int? {
        guard runChecksum == planChecksum, let index = position(of: id, floor),
            case .modbus(let bus, _, _) = plan.detectors[index].source
        else { return nil }
        return bus
    }

    private func position(of id: DetectorID, _ floor: FloorID) -> Int? {
        guard let place = plan.floors.firstIndex(where: { $0.id == floor }) else { return nil }
        return plan.position(of: id, floor: place)
    }

    mutating func takeWalkTest(_ record: Record, _ place: Place) -> [Notice] {
        switch record {
        case .walkTestStarted(let floor, _, _):
            // Started anew by a person, who counts from now on; by a restart, it goes on.
            if open[.walkTest(floor)]?.isCarried != true { answered[floor] = [] }
            return [goOn(.walkTest(floor), record, place)]
        case .tested(let id, let floor):
            guard open[.walkTest(floor)] != nil else { return [Notice(record, place.stamp)] }
            answered[floor, default: []].insert(id)
            return [goOn(.walkTest(floor), record, place)]
        case .walkTestEnded(let floor, _):
            var notice = end(.walkTest(floor), record, place)
            let heard = answered.removeValue(forKey: floor) ?? []
            notice.answered = heard.sorted()
            notice.missing = plan.detectors(on: floor).map(\.id).filter { !heard.contains($0) }
            return [notice]
        default: return []
        }
    }
}

extension SitePlan {
    /// Detectors of one floor stand together, by id.
    func detectors(on floor: FloorID) -> ArraySlice<DetectorPlan> {
        guard let place = floors.firstIndex(where: { $0.id == floor }) else { return [] }
        let first = firstDetector { $0.floor >= place }
        return detectors[first..<firstDetector { $0.floor > place }]
    }

    /// `floor` is a position.
    func position(of id: DetectorID, floor: Int) -> Int? {
        let place = firstDetector { ($0.floor, $0.id) >= (floor, id) }
        guard place < detectors.count, detectors[place].id == id, detectors[place].floor == floor
        else { return nil }
        return place
    }

    private func firstDetector(where holds: (DetectorPlan) -> Bool) -> Int {
        var low = 0
        var high = detectors.count
        while low < high {
            let middle = (low + high) / 2
            if holds(detectors[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
