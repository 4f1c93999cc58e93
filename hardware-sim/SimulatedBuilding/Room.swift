// Rooms, fire and smoke. A fire fills its room with smoke, which reaches the nearest detector
// after about a second and the others of the room soon after; a full room leaks into its
// neighbours on the floor. Water puts the fire out and the smoke clears. Time is an argument, all
// chance is seeded. It knows nothing of lines and buses.

import FireLogic

package struct Room: Sendable {
    package let name: String
    /// Position of the floor in the plan.
    package let floor: Int
    /// Positions of the detectors in the plan.
    package let detectors: [Int]
    /// 0 clear, 1 full.
    package fileprivate(set) var smoke = 0.0
    /// 0 no fire, 1 burning; falls under water.
    package fileprivate(set) var fire = 0.0
}

package struct Rooms: Sendable {
    // Shares of a full room a second.
    static let smokeGrowth = 0.2
    static let leak = 0.02
    static let clearing = 0.15
    static let quenching = 0.2
    /// Smoke at a detector from which it alarms, and below which it is normal again.
    static let alarmSmoke = 0.2
    static let normalSmoke = 0.12
    /// A room leaks when it is this full.
    static let leakingSmoke = 0.9

    package private(set) var rooms: [Room] = []
    package private(set) var roomOfDetector: [Int]
    /// How much of the room's smoke reaches each detector.
    private var closeness: [Double]
    private var alarmed: [Bool]
    private var roomsOfFloor: [[Int]]
    /// Rooms with fire, smoke or an alarming detector; all others are at rest.
    private var active: Set<Int> = []
    private var random: SeededRandom

    /// Detectors of one zone share a room; detectors without a zone share one by threes.
    package init(plan: SitePlan, seed: UInt64) {
        random = SeededRandom(seed: seed)
        roomOfDetector = Array(repeating: 0, count: plan.detectors.count)
        closeness = Array(repeating: 1, count: plan.detectors.count)
        alarmed = Array(repeating: false, count: plan.detectors.count)
        roomsOfFloor = Array(repeating: [], count: plan.floors.count)
        var ofZone: [Int: [Int]] = [:]
        var loose: [[Int]] = Array(repeating: [], count: plan.floors.count)
        for (position, detector) in plan.detectors.enumerated() {
            if let zone = detector.zone {
                ofZone[zone, default: []].append(position)
            } else {
                loose[detector.floor].append(position)
            }
        }
        for (zone, detectors) in ofZone.sorted(by: { $0.key < $1.key }) {
            add(plan.zones[zone].name, floor: plan.zones[zone].floor, detectors)
        }
        for (floor, detectors) in loose.enumerated() {
            for start in stride(from: 0, to: detectors.count, by: 3) {
                let share = Array(detectors[start..<min(start + 3, detectors.count)])
                add("room \(roomsOfFloor[floor].count + 1)", floor: floor, share)
            }
        }
        for position in plan.detectors.indices {
            closeness[position] = Double.random(in: 0.45...0.8, using: &random)
        }
    }

    private mutating func add(_ name: String, floor: Int, _ detectors: [Int]) {
        for detector in detectors { roomOfDetector[detector] = rooms.count }
        roomsOfFloor[floor].append(rooms.count)
        rooms.append(Room(name: name, floor: floor, detectors: detectors))
    }

    /// Sets fire to the room, right below `detector`.
    package mutating func ignite(nearDetector detector: Int) {
        let room = roomOfDetector[detector]
        rooms[room].fire = 1
        active.insert(room)
        closeness[detector] = 1
    }

    /// Puts out all fires of a floor, as people with blankets do.
    package mutating func extinguish(floor: Int) {
        for room in roomsOfFloor[floor] { rooms[room].fire = 0 }
    }

    package func isBurning(floor: Int) -> Bool {
        roomsOfFloor[floor].contains { rooms[$0].fire > 0 }
    }

    /// Whether smoke makes the detector alarm; with a little hysteresis.
    package func smells(detector: Int) -> Bool { alarmed[detector] }

    /// Lets `seconds` pass with water on the floors where `water` says so. Returns the detectors
    /// whose answer has changed.
    package mutating func pass(seconds: Double, water: (_ floor: Int) -> Bool) -> [Int] {
        var changed: [Int] = []
        // In order, so that one seed gives one story.
        for position in active.sorted() {
            let room = rooms[position]
            if room.fire > 0 && water(room.floor) {
                rooms[position].fire = max(0, room.fire - Self.quenching * seconds)
            }
            if room.fire > 0 {
                rooms[position].smoke = min(1, room.smoke + Self.smokeGrowth * seconds)
                if room.smoke >= Self.leakingSmoke { leak(from: position, seconds: seconds) }
            } else {
                rooms[position].smoke = max(0, room.smoke - Self.clearing * seconds)
            }
        }
        for position in active.sorted() {
            var alarming = false
            for detector in rooms[position].detectors {
                let here = rooms[position].smoke * closeness[detector]
                let alarms = here >= (alarmed[detector] ? Self.normalSmoke : Self.alarmSmoke)
                alarming = alarming || alarms
                guard alarms != alarmed[detector] else { continue }
                alarmed[detector] = alarms
                changed.append(detector)
            }
            if !alarming && rooms[position].fire == 0 && rooms[position].smoke == 0 {
                active.remove(position)
            }
        }
        return changed
    }

    /// Smoke gets under the doors of the rooms on either side.
    private mutating func leak(from position: Int, seconds: Double) {
        let neighbours = roomsOfFloor[rooms[position].floor]
        guard let own = neighbours.firstIndex(of: position) else { return }
        for side in [own - 1, own + 1] where neighbours.indices.contains(side) {
            let room = neighbours[side]
            // What leaks in must outweigh what clears by itself.
            let gain = (Self.leak + (rooms[room].fire > 0 ? 0 : Self.clearing)) * seconds
            rooms[room].smoke = min(1, rooms[room].smoke + gain)
            active.insert(room)
        }
    }
}
