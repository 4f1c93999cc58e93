// What `standpipe status` says, as plain values: of the controller's page, and of what the gateway says
// about itself.

import ControlLoop
import FireLogic
import FoundationEssentials
import Notifications
import StatusFeed

/// The site, of the controller's status page.
struct SiteStatus: Codable, Hashable, Sendable {
    struct Fault: Codable, Hashable, Sendable {
        var name: String
        var text: String
    }

    var condition: String
    var isArmed: Bool
    var isAlive: Bool
    var silentSeconds: Int64
    var floorsInFire: Int
    var floorsOpen: Int
    var floorsIsolated: Int
    var floorsInTest: Int
    var detectorsDown: Int
    var detectorsDisabled: Int
    var valveFaults: Int
    var otherFaults: Int
    var systemFaults: [Fault]

    /// A page that is older has no living controller.
    private static let stale: Int64 = 3_000_000_000

    init(_ page: StatusSnapshot, bootNanoseconds: Int64) {
        let age = max(0, bootNanoseconds - page.stamp.boot.nanoseconds)
        condition = "\(page.condition)"
        isArmed = page.isArmed
        isAlive = age < Self.stale
        silentSeconds = age / 1_000_000_000
        floorsInFire = page.summary.floorsInFire
        floorsOpen = page.summary.floorsOpen
        floorsIsolated = page.summary.floorsIsolated
        floorsInTest = page.summary.floorsInTest
        detectorsDown = page.summary.detectorsDown
        detectorsDisabled = page.summary.detectorsDisabled
        valveFaults = page.summary.valveFaults
        otherFaults = page.summary.otherFaults
        systemFaults = page.systemFaults.map { Fault(name: "\($0)", text: $0.words) }
    }

    var isWell: Bool { condition == "normal" && isArmed && systemFaults.isEmpty }

    /// For people.
    var counts: [(Int, String)] {
        [
            (floorsInFire, "floor", " in fire"), (floorsOpen, "valve", " open"),
            (floorsIsolated, "floor", " isolated"), (floorsInTest, "floor", " in walk test"),
            (detectorsDown, "detector", " down"), (detectorsDisabled, "detector", " disabled"),
            (valveFaults, "valve", " at fault"), (otherFaults, "other fault", ""),
        ].map { ($0.0, $0.1 + ($0.0 == 1 ? "" : "s") + $0.2) }
    }
}

/// All of it.
struct StatusReport: Codable {
    /// Missing: there is no controller.
    var site: SiteStatus?
    /// Missing: nobody is to be told, or there is no gateway.
    var notifications: NotifyStatus?

    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }
}

extension NotifyStatus {
    /// Both ways are open and everything was delivered.
    var isWell: Bool {
        log == nil
            && paths.allSatisfy { $0.state != "down" && $0.trouble == nil && $0.unseen == 0 }
    }
}
