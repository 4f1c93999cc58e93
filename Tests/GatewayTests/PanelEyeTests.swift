// What the panel sees of the controller's files: pages and plans that come, go and change.

import EventLog
import FireLogic
import Foundation
import Panel
import PlanFile
import StatusFeed
import Testing

@testable import Gateway

@Suite struct PanelEyeTests {
    private let directory = URL(fileURLWithPath: "/tmp/se-\(UUID().uuidString.prefix(8))")

    private var settings: PanelSettings {
        var settings = PanelSettings(
            controllerState: directory.path, controllerRun: directory.path)
        settings.notifyFile = directory.path + "/notify.json"
        return settings
    }

    private func eye() -> PanelEye {
        PanelEye(settings, safetyLog: nil, serviceLog: directory.path + "/none")
    }

    private static func plan(_ name: String, detectors: Int) -> SitePlan {
        var plan = SitePlan(name: name, chips: [ChipPlan(path: "/dev/gpiochip0")])
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.floors = [
            FloorPlan(
                id: FloorID(rawValue: 1), name: "\(name) 1",
                valve: ValvePlan(output: GpioLine(chip: 0, offset: 1)), key: 0)
        ]
        plan.detectors = (1...detectors).map { id in
            DetectorPlan(
                id: DetectorID(rawValue: UInt32(id)), name: "\(name) \(id)", floor: 0,
                period: .seconds(1), limit: .seconds(3), source: .network)
        }
        return plan
    }

    /// What a controller leaves that starts with this plan. `keepsPlan`: beside its log as well.
    private func start(_ plan: SitePlan, keepsPlan: Bool = true) throws {
        let file = try PlanCodec.encode(plan)
        if keepsPlan { try PlanBytes.write(file, to: settings.planFile) }
        let layout = StatusLayout(plan: plan)
        var page = [UInt8](repeating: 0, count: layout.byteCount)
        func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ place: Int) {
            page.withUnsafeMutableBytes {
                $0.storeBytes(of: value.littleEndian, toByteOffset: place, as: T.self)
            }
        }
        put(StatusLayout.magic, 0)
        put(StatusLayout.version, 8)
        put(UInt32(layout.byteCount), 12)
        put(PlanCodec.checksum(of: file), 24)
        put(UInt16(plan.floors.count), 28)
        put(UInt32(plan.detectors.count), 32)
        put(Int16(1), layout.floor(0))
        for (place, detector) in plan.detectors.enumerated() {
            put(detector.id.rawValue, layout.detector(place))
        }
        // A new file in the old one's place, as a controller makes it.
        try Data(page).write(to: URL(fileURLWithPath: settings.statusPage), options: .atomic)
    }

    @Test("Names are those of the plan that the controller runs, also when that is a new one")
    func newPlan() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let eye = eye()
        #expect(
            eye.look(atMost: .zero).site == nil && eye.look(atMost: .zero).page == nil
                && !eye.look(atMost: .zero).state.isLive)
        try start(Self.plan("Old", detectors: 3))
        let old = eye.look(atMost: .zero)
        #expect(old.site?.name == "Old" && old.site?.detectors.map(\.name).last == "Old 3")
        try start(Self.plan("New", detectors: 5))
        let new = eye.look(atMost: .zero)
        #expect(new.site?.name == "New" && new.site?.detectors.count == 5)
        #expect(!new.state.fits(old.state))
        // A site with as many detectors, and other names.
        try start(Self.plan("Other", detectors: 5))
        #expect(eye.look(atMost: .zero).site?.name == "Other")
    }

    @Test("Without the plan's file the site is shown by its numbers, and by names when it comes")
    func noPlan() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try start(Self.plan("Old", detectors: 3))
        let plan = Self.plan("New", detectors: 4)
        try start(plan, keepsPlan: false)
        let eye = eye()
        let site = try #require(eye.look(atMost: .zero).site)
        #expect(site.name == "" && site.detectors.map(\.id.rawValue) == [1, 2, 3, 4])
        try PlanBytes.write(try PlanCodec.encode(plan), to: settings.planFile)
        for _ in 0..<1_200 where eye.look(atMost: .zero).site?.name != "New" { usleep(50_000) }
        #expect(eye.look(atMost: .zero).site?.name == "New")
    }

    @Test("LIVE: what a dead controller wrote last is kept, and said to be old")
    func gone() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try start(Self.plan("Old", detectors: 3))
        let eye = eye()
        #expect(eye.look(atMost: .zero).page?.detectors.count == 3)
        try FileManager.default.removeItem(atPath: settings.statusPage)
        let view = eye.look(atMost: .zero)
        #expect(view.page?.detectors.count == 3 && !view.state.isLive && eye.sequence == nil)
    }

    @Test("What the notifications say of themselves is shown, and rubbish is not")
    func notifications() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func shown() -> String {
            String(decoding: eye().look(atMost: .zero).extras.notifications, as: UTF8.self)
        }
        #expect(shown() == "null")
        let file = URL(fileURLWithPath: directory.path + "/notify.json")
        try Data("{".utf8).write(to: file)
        #expect(shown() == "null")
        try Data(
            #"""
            {"written":1,"notices":[],"log":"the disk is full","paths":[
              {"channel":"email","state":"down","trouble":"no route","failed":9,"unseen":2,
               "queues":[{"recipient":"a","lane":"fire","waiting":3},{"recipient":"b","lane":"rest","waiting":4}]},
              {"channel":"sms","state":"up","failed":0,"unseen":0,"queues":[]}]}
            """#.utf8
        ).write(to: file)
        #expect(
            shown()
                == #"{"waiting":{"mail":7,"sms":0},"failed":2,"troubles":["no route","the disk is full"]}"#
        )
    }
}
