// One of each kind of record, several where the inside differs: for tests that must miss none.

import FireLogic

enum EveryRecord {
    static let ann = OperatorName("ann")
    private static let floor = FloorID(rawValue: -2)
    private static let detector = DetectorID(rawValue: 4_000_000_017)

    static let requests: [OperatorRequest] = [
        OperatorRequest.Operation.silence, .reset,
        .disable(.detector(detector), .minutes(5)), .disable(.zone(7), .minutes(480)),
        .disable(.floor(floor), .minutes(1)), .enable(.detector(detector)), .enable(.zone(0)),
        .enable(.floor(floor)), .startWalkTest(floor, .minutes(30)), .stopWalkTest(floor),
    ].flatMap { operation in
        [OperatorRequest.Origin.panel, .remote].map {
            OperatorRequest(operation, who: ann, origin: $0)
        }
    }

    static let causes: [ReleaseCause] = [.manual, .detector(detector)]

    static let inputs: [Record] = {
        let levels = [ContactLevel.inactive, .active, .unreadable]
        let readings: [Reading] =
            [.normal, .alarm] + FaultReason.allCases.map { .fault($0) }
        var all: [Record] = [
            .timePassed, .told(.bus(31, up: true)), .told(.bus(0, up: false)),
            .told(.driven(floor: 255, succeeded: true)),
            .told(.driven(floor: 0, succeeded: false)),
        ]
        for reading in readings {
            all.append(.told(.reading(detector: 16_383, reading)))
            all.append(.rested(.reading(detector: 16_383, reading)))
        }
        for level in levels {
            all += [
                .told(.keyContact(key: 3, .off, level)), .told(.keyContact(key: 3, .on, level)),
                .told(.feedback(floor: 7, level)), .told(.manualRelease(floor: 7, level)),
                .rested(.manualRelease(floor: 7, level)),
            ]
            for button in PanelButton.allCases {
                all += [.told(.button(button, level)), .rested(.button(button, level))]
            }
            for other in levels {
                for isStill in [true, false] {
                    for isLate in [true, false] {
                        all.append(
                            .rested(
                                .key(9, off: level, on: other, isStill: isStill, isLate: isLate)))
                    }
                }
            }
        }
        for fault in SystemFault.allCases {
            all.append(.told(.systemFault(fault, present: true)))
            all.append(.told(.systemFault(fault, present: false)))
        }
        return all
    }()

    static let all: [Record] = {
        var all: [Record] = [.signal(detector, .normal), .signal(detector, .alarm)]
        for reason in FaultReason.allCases {
            all.append(.signal(detector, .fault(reason)))
            all.append(.detectorDown(detector, floor, .fault(reason)))
        }
        for cause in SilenceCause.allCases {
            all.append(.signal(detector, .silent(cause)))
            all.append(.detectorDown(detector, floor, .silent(cause)))
        }
        all += [
            .alarm(detector, floor), .tested(detector, floor), .detectorBack(detector, floor),
            .bus(31, up: true), .bus(0, up: false), .releaseWithdrawn(floor),
        ]
        for cause in causes {
            all.append(.releasePending(floor, cause, delay: .seconds(60)))
            all.append(.releaseWithheld(floor, cause))
        }
        for command in [ValveCommand.closed, .open] {
            for cause in causes { all.append(.valve(floor, command, .release(cause))) }
            all += [
                .valve(floor, command, .key), .valve(floor, command, .again(1_000_000)),
                .valve(floor, command, .remembered), .valveConfirmed(floor, command),
            ]
        }
        for fault in [ValveFault.notConfirmedOpen, .notConfirmedClosed, .notDriven] {
            all.append(.valveFault(floor, fault))
        }
        all += [
            .valveRepaired(floor), .isolated(floor), .inService(floor), .keyFault(key: 255),
            .keyRepaired(key: 0), .manualRelease(floor, pressed: true),
            .manualRelease(floor, pressed: false), .manualReleaseFault(floor, present: true),
            .manualReleaseFault(floor, present: false), .disabled(detector, ann, .minutes(7)),
            .enabled(detector, .timer), .walkTestStarted(floor, ann, .minutes(8)),
            .walkTestEnded(floor, .timer), .silenced(.panel), .reset(ann),
            .started(planChecksum: 0xDEAD_BEEF), .armed, .signalsDropped(123_456_789),
        ]
        for button in PanelButton.allCases { all.append(.button(button)) }
        for fault in SystemFault.allCases {
            all.append(.systemFault(fault, present: true))
            all.append(.systemFault(fault, present: false))
        }
        all += inputs
        for request in requests {
            all.append(.asked(request))
            for outcome in [
                RequestOutcome.notAllowed, .unknownTarget, .outOfRange, .detectorInAlarm,
            ] {
                all.append(.refused(request, outcome))
            }
        }
        return all
    }()
}
