// What the values of a bus say of a detector.

import FieldDevices
import FireLogic
import PlanFile
import Testing

@Suite("Modbus judge")
struct ModbusJudgeTests {
    /// What is read of a point; the cause of its not being known is the test's affair.
    enum Said: CaseIterable { case nothing, no, yes, refused, broken }

    static func judge(fault: Bool) -> ModbusJudge {
        let point = TestSite.point(1)
        let link = BusPlan.Link.tcp(host: "::1", port: 502)
        let site = TestSite.site(link, limit: .seconds(10), [(point, fault ? point : nil)])
        return ModbusJudge(site.detectors)
    }

    static func tell(
        _ judge: inout ModbusJudge, _ role: PollRequest.Use.Role, _ said: Said, at now: Instant
    ) {
        switch said {
        case .nothing: break
        case .no: judge.note(role, of: 0, holds: false, at: now)
        case .yes: judge.note(role, of: 0, holds: true, at: now)
        case .refused: judge.note(role, of: 0, refusal: 2, at: now)
        case .broken: judge.note(role, of: 0, refusal: 4, at: now)
        }
    }

    @Test(
        "RELEASE, QUIET, LIVE: fault outweighs fire, fire outweighs ignorance, ignorance is silent",
        arguments: Said.allCases, Said.allCases)
    func table(alarm: Said, fault: Said) {
        var judge = Self.judge(fault: true)
        Self.tell(&judge, .fault, fault, at: .zero)
        Self.tell(&judge, .alarm, alarm, at: .zero)
        let expected: Reading? =
            switch (alarm, fault) {
            case (_, .yes): .fault(.device)
            case (.nothing, _): nil
            case (.broken, _): .fault(.device)
            case (.refused, _): .fault(.invalid)
            case (.yes, _): .alarm
            case (.no, .no): .normal
            case (.no, .nothing): nil
            case (.no, .refused): .fault(.invalid)
            case (.no, .broken): .fault(.device)
            }
        #expect(judge.reading(of: 0, after: .alarm, at: .zero) == expected)
        #expect(
            judge.reading(of: 0, after: .fault, at: .zero)
                == (fault == .yes ? .fault(.device) : nil))
    }

    @Test("LIVE: what a fault point said longer ago than the limit counts for nothing")
    func stale() {
        var judge = Self.judge(fault: true)
        let start = Instant.zero
        judge.note(.fault, of: 0, holds: false, at: start)
        let edge = start + .seconds(10)
        judge.note(.alarm, of: 0, holds: false, at: edge)
        #expect(judge.reading(of: 0, after: .alarm, at: edge) == .normal)
        let late = edge + .milliseconds(1)
        judge.note(.alarm, of: 0, holds: false, at: late)
        #expect(judge.reading(of: 0, after: .alarm, at: late) == nil)
        // An old "broken" does not hide a fire.
        judge.note(.fault, of: 0, holds: true, at: start)
        judge.note(.alarm, of: 0, holds: true, at: late)
        #expect(judge.reading(of: 0, after: .alarm, at: late) == .alarm)
    }

    @Test("A detector without a fault point is judged by its alarm point alone")
    func alone() {
        var judge = Self.judge(fault: false)
        #expect(judge.reading(of: 0, after: .alarm, at: .zero) == nil)
        judge.note(.alarm, of: 0, holds: false, at: .zero)
        #expect(judge.reading(of: 0, after: .alarm, at: .zero + .minutes(60)) == .normal)
    }
}
