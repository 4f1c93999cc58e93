// Reads a site file part by part into a plan and collects what is wrong. `SiteFile` makes one,
// runs it once and takes plan and findings. Each part has its file: `FloorReading.swift`,
// `DetectorReading.swift` and so on; this one holds what they share.
//
// A part that is wrong leaves a gap in the plan but keeps its name, so that one mistake is one
// finding and not one for everything that refers to it.

import FireLogic
import Notifications
import Streams

/// Things of one kind that others refer to by name, in the order of the file. The value is nil
/// when the entry itself is wrong; nobody else is blamed for that.
struct NamedTable<Value> {
    var entries: [(name: String, place: Place, value: Value?)] = []
    /// Entries are missing because something is wrong with the section itself.
    var isBroken = false
    private var positions: [String: Int] = [:]

    /// False when the name is taken.
    mutating func add(_ name: String, at place: Place, _ value: Value?) -> Bool {
        guard positions[name] == nil else { return false }
        positions[name] = entries.count
        entries.append((name, place, value))
        return true
    }

    func position(of name: String) -> Int? { positions[name] }
    var names: [String] { entries.map(\.name) }
    var values: [Value] { entries.compactMap(\.value) }
    /// No entry is wrong.
    var isComplete: Bool { !isBroken && entries.allSatisfy { $0.value != nil } }
}

struct SiteReader {
    var findings: [Finding] = []
    /// Parts of the file were left out already, so that nothing can be called missing.
    var isPartial = false
    var name: String?
    var chips = NamedTable<ChipPlan>()
    var buses = NamedTable<BusPlan>()
    var keys = NamedTable<KeyPlan>()
    /// Under the floor's number as text.
    var floors = NamedTable<FloorPlan>()
    var zones = NamedTable<ZonePlan>()
    var panel = PanelPlan()
    var remote: RemoteRights = []
    /// Somebody is to be told, or something else needs the gateway: its silence is a fault.
    var expectsGateway = false
    var detectors: [DetectorDraft] = []
    var streams: [StreamRule] = []
    var recipients: [RecipientDraft] = []
    var mail: MailPlan?
    var sms: TextPlan?
    var acknowledgeURL: String?
    /// Minute of the day.
    var dailyTest: Int?
    /// An entry under `detectors` gave none, so that floors and zones may have more than it seems.
    var hasLostDetectors = false
    /// Every use of a GPIO line; `checkLines` looks for two of one.
    var lineUses: [LineUse] = []
    /// Where each floor's release rule stands, by the floor's position.
    var rulePlaces: [Int: Place] = [:]
    /// Names that something refers to, for the warnings about the others.
    var usedChips: Set<Int> = []
    var usedBuses: Set<Int> = []
    var usedKeys: Set<Int> = []
    var usedZones: Set<Int> = []

    static let topKeys = [
        "site", "chips", "buses", "keys", "panel", "floors", "zones", "detectors", "remote",
        "gateway", "streams", "recipients", "mail", "sms", "acknowledge-url", "daily-test",
    ]

    var hasErrors: Bool { findings.contains { $0.severity == .error } }

    mutating func error(_ place: Place, _ message: String) {
        findings.append(Finding(.error, at: place, message))
    }

    mutating func warn(_ place: Place, _ message: String) {
        findings.append(Finding(.warning, at: place, message))
    }

    /// Reads the whole document; what refers to something is read after it.
    mutating func read(_ root: YamlValue) {
        guard let top = fields(root, "a site file", known: Self.topKeys) else { return }
        chips.isBroken = top.isMisspelt("chips")
        buses.isBroken = top.isMisspelt("buses")
        keys.isBroken = top.isMisspelt("keys")
        floors.isBroken = top.isMisspelt("floors")
        zones.isBroken = top.isMisspelt("zones")
        if let value = required("site", of: top, or: "write \"site: NAME\" at the top") {
            name = text(value, "the site's name")
        }
        readChips(top["chips"])
        readBuses(top["buses"])
        readKeys(top["keys"])
        readPanel(top["panel"])
        readFloors(top["floors"], of: top)
        readZones(top["zones"])
        readDetectors(top["detectors"])
        readRemote(top["remote"])
        readGateway(top["gateway"])
        readStreams(top["streams"])
        readNotifications(top)
        checkLines()
        checkMembers()
        checkLoads()
        if !hasErrors { checkRecipients() }
        if !hasErrors { checkUse() }
    }

    /// What the gateway tells people; nil: nobody is to be told.
    var notifications: NotifyPlan? {
        guard !recipients.isEmpty else { return nil }
        var plan = NotifyPlan(site: name ?? "", recipients: recipients.map(\.recipient))
        plan.mail = mail
        plan.sms = sms
        plan.acknowledgeURL = acknowledgeURL
        plan.dailyTest = dailyTest
        return plan
    }

    /// The plan of what was read; whole only when there are no errors.
    var plan: SitePlan {
        var plan = SitePlan(name: name ?? "")
        plan.chips = chips.values
        plan.buses = buses.values
        plan.keys = keys.values
        plan.floors = floors.values
        plan.zones = zones.values
        plan.panel = panel
        plan.remote = remote
        plan.expectsGateway = expectsGateway || !recipients.isEmpty
        plan.detectors = detectors.compactMap(\.plan).sorted {
            ($0.floor, $0.id) < ($1.floor, $1.id)
        }
        return plan
    }

    private mutating func readGateway(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        if choice(value, "\"gateway\"", ["expected"]) != nil { expectsGateway = true }
    }

    private mutating func readRemote(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        let rights: [String: RemoteRights] = [
            "silence": .silence, "reset": .reset, "disable": .disable, "walk-test": .walkTest,
        ]
        for entry in list(value, "remote") ?? [] {
            if let right = choice(
                entry, "a remote right", ["silence", "reset", "disable", "walk-test"])
            {
                remote.formUnion(rights[right] ?? [])
            }
        }
    }
}
