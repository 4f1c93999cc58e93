// What the panel sees: the controller's status page, which is memory that the controller does not know
// anybody reads; the plan that belongs to it; and the events in the safety log. One pair of eyes for all
// who look: handlers ask it now and then, the live feed's thread many times a second.

import ControlLoop
import EventLog
import FireLogic
import Glibc
import KafkaServer
import Panel
import PlanFile
import StatusFeed
import Synchronization

final class PanelEye: Sendable {
    /// What is seen at one moment.
    struct View: Sendable {
        /// Names; of the ids alone where the plan is not known, nil before there was any page.
        var site: PanelSite?
        /// The last page that could be read, stale ones included.
        var page: StatusSnapshot?
        var extras: PanelExtras
        var clock: PanelClock

        var state: PanelState { PanelState(page, extras, at: clock) }
    }

    private let own: Mutex<Own>

    init(_ settings: PanelSettings, safetyLog: String?, serviceLog: String) {
        own = Mutex(Own(settings, safetyLog, serviceLog))
    }

    /// What is seen now, or was at most so long ago: many who ask at once cost one look.
    func look(atMost age: Interval = .milliseconds(20)) -> View {
        own.withLock { own in
            let now = Self.clock.boot
            if let last = own.last, now - last.clock.boot < age { return last }
            let view = own.look()
            own.last = view
            return view
        }
    }

    /// The events from number `first` on, at most `most` of them.
    func events(from first: Int64, most: Int) -> [PanelEvent] {
        own.withLock {
            $0.events?.records(from: first, most: most).compactMap(PanelEvent.init) ?? []
        }
    }

    enum Acknowledged {
        /// There is no such event.
        case unknown
        case already
        case done(PanelEvent)
    }

    /// Somebody has seen an event.
    func acknowledge(_ number: Int64) -> Acknowledged {
        own.withLock { own in
            guard let event = own.event(number) else { return .unknown }
            guard !own.acknowledgements.isAcknowledged(number) else { return .already }
            own.acknowledgements.acknowledge(number)
            own.last = nil
            return .done(event)
        }
    }

    /// A number that moves whenever the controller has written; nil: it cannot be seen.
    var sequence: UInt64? { own.withLock { $0.reader.sequence } }

    static var clock: PanelClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return PanelClock(
            boot: Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)),
            wall: wallMilliseconds())
    }

    private final class Own {
        /// Between two looks for a plan that does not fit.
        private static let patience: Interval = .seconds(1)
        private static let logPatience: Interval = .seconds(10)

        let reader: StatusReader
        let events: TopicTail?
        var acknowledgements = Acknowledgements()
        /// The newest look.
        var last: View?
        private let audit: TopicTail
        private var hasReadAudit = false
        private var log: (json: [UInt8], at: Instant)?
        private let notifyFile: String?
        private var notifications: (json: [UInt8], at: Instant)?
        private let planFile: String
        private var site: PanelSite?
        private var isNamed = false
        private var lookedForPlan: Instant?
        private var page: StatusSnapshot?

        init(_ settings: PanelSettings, _ safetyLog: String?, _ serviceLog: String) {
            audit = TopicTail(ServedLog(path: serviceLog), topic: "audit.gateway")
            reader = StatusReader(path: settings.statusPage)
            planFile = settings.planFile
            notifyFile = settings.notifyFile
            events = safetyLog.map { TopicTail(ServedLog(path: $0), topic: "notifications") }
        }

        func look() -> View {
            if let read = reader.read() { page = read }
            let clock = PanelEye.clock
            if let page { findSite(page, clock.boot) }
            var extras = PanelExtras()
            if let events {
                events.refresh()
                if let offsets = events.offsets {
                    follow(events, offsets)
                    extras.nextEvent = offsets.upperBound
                    extras.unacknowledged = acknowledgements.unacknowledged
                }
            }
            extras.log = logHealth(clock)
            if let notifyFile { extras.notifications = notifications(notifyFile, clock) }
            return View(site: site, page: page, extras: extras, clock: clock)
        }

        /// Looked at now and then: it costs a look into a directory, and is a change each time.
        private func logHealth(_ clock: PanelClock) -> [UInt8] {
            if let log, clock.boot - log.at < Self.logPatience { return log.json }
            audit.refresh()
            let json = LogHealth.json(events?.served, audit.served, at: clock)
            log = (json, clock.boot)
            return json
        }

        /// Read once a second; a new file takes the old one's place whole.
        private func notifications(_ path: String, _ clock: PanelClock) -> [UInt8] {
            if let notifications, clock.boot - notifications.at < Self.patience {
                return notifications.json
            }
            let figures = (try? PlanBytes.read(path)).flatMap { NotifyFigures($0) }
            let json = figures?.json ?? Array("null".utf8)
            notifications = (json, clock.boot)
            return json
        }

        func event(_ number: Int64) -> PanelEvent? {
            guard number < .max else { return nil }
            return events?.records(from: number, to: number + 1, most: 1).first
                .flatMap(PanelEvent.init)
        }

        /// Of what was before the start only the newest is looked through.
        private static let mostBefore: Int64 = 2_000

        private func follow(_ events: TopicTail, _ offsets: Range<Int64>) {
            if !hasReadAudit {
                hasReadAudit = true
                audit.refresh()
                let end = audit.offsets?.upperBound ?? 0
                for record in audit.records(
                    from: max(0, end - Self.mostBefore), most: Int(Self.mostBefore))
                {
                    if let number = AuditLine(record)?.acknowledged {
                        acknowledgements.acknowledge(number)
                    }
                }
            }
            guard acknowledgements.next < offsets.upperBound else { return }
            let first = max(acknowledgements.next, offsets.upperBound - Self.mostBefore)
            let news = events.records(from: first, most: Int(Self.mostBefore))
            acknowledgements.take(news.compactMap(PanelEvent.init), upTo: offsets.upperBound)
        }

        /// The controller keeps the plan that it runs beside its log: a new one is read when the page
        /// names another checksum.
        private func findSite(_ page: StatusSnapshot, _ now: Instant) {
            if isNamed, site?.fits(page) == true { return }
            if let lookedForPlan, now - lookedForPlan < Self.patience, site?.fits(page) == true {
                return
            }
            lookedForPlan = now
            isNamed = false
            if let file = try? PlanBytes.read(planFile),
                PlanCodec.checksum(of: file) == page.planChecksum,
                let plan = try? PlanCodec.decode(file)
            {
                let named = PanelSite(plan, checksum: page.planChecksum)
                if named.fits(page) {
                    site = named
                    isNamed = true
                    return
                }
            }
            if site?.fits(page) != true { site = PanelSite(page) }
        }
    }
}
