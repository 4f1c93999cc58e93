// swift-tools-version: 6.0
// The controller alone, without any package: what Debian 13's own compiler builds on a board, and for
// another one. With it those tests and drills that show that it decides there as it does here.
// `Package.swift` holds everything; keep the targets below in step with it.

import PackageDescription

let controller: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let package = Package(
    name: "standpipe",
    products: [
        .executable(name: "standpipe-controller", targets: ["standpipe-controller"])
    ],
    targets: [
        .target(
            name: "CGpiod", path: "CModules/CGpiod", linkerSettings: [.linkedLibrary("gpiod")]),
        .target(name: "CLinux", path: "CModules/CLinux"),
        .target(name: "CHash", path: "CModules/CHash"),
        .systemLibrary(
            name: "CModbus", path: "CModules/CModbus", pkgConfig: "libmodbus",
            providers: [.apt(["libmodbus-dev"])]),
        .target(name: "FireLogic", exclude: ["PROMISES.md"], swiftSettings: controller),
        .target(name: "Handover", dependencies: ["CLinux"], swiftSettings: controller),
        .target(name: "CRC32C", dependencies: ["CHash"], swiftSettings: controller),
        .target(name: "ControlLoop", dependencies: ["FireLogic"], swiftSettings: controller),
        .target(
            name: "PlanFile", dependencies: ["FireLogic", "CRC32C"], swiftSettings: controller),
        .target(
            name: "EventLog", dependencies: ["CRC32C", "CHash", "CLinux"], exclude: ["LOG.md"],
            swiftSettings: controller),
        .target(
            name: "SafetyLog",
            dependencies: ["FireLogic", "ControlLoop", "EventLog", "Handover", "CLinux"],
            swiftSettings: controller),
        .target(
            name: "StatusFeed", dependencies: ["FireLogic", "ControlLoop", "CRC32C"],
            swiftSettings: controller),
        .target(
            name: "FieldDevices",
            dependencies: [
                "FireLogic", "ControlLoop", "PlanFile", "StatusFeed", "Handover", "CGpiod",
                "CModbus",
                "CLinux",
            ],
            swiftSettings: controller),
        .target(
            name: "Controller",
            dependencies: [
                "FireLogic", "ControlLoop", "PlanFile", "EventLog", "SafetyLog", "StatusFeed",
                "FieldDevices", "Handover", "CLinux",
            ],
            swiftSettings: controller),
        .executableTarget(
            name: "standpipe-controller", dependencies: ["Controller", "FieldDevices"],
            swiftSettings: controller),

        // Whole lives from seeds, and the tests of what decides, remembers and records
        .target(
            name: "Replay", dependencies: ["FireLogic", "ControlLoop", "PlanFile", "EventLog"],
            swiftSettings: controller),
        .target(
            name: "DrillRandom", path: "hardware-sim/DrillRandom", swiftSettings: controller),
        .target(
            name: "FireDrill", dependencies: ["FireLogic", "ControlLoop", "Replay", "DrillRandom"],
            path: "hardware-sim/FireDrill", swiftSettings: controller),
        .executableTarget(
            name: "fire-drill", dependencies: ["FireDrill", "FireLogic"],
            path: "hardware-sim/fire-drill", swiftSettings: controller),
        .target(
            name: "TestSupport", dependencies: ["FireLogic", "ControlLoop"],
            path: "Tests/TestSupport",
            swiftSettings: controller),
        .testTarget(
            name: "FireLogicTests", dependencies: ["FireLogic"], swiftSettings: controller),
        .testTarget(
            name: "ControlLoopTests", dependencies: ["FireLogic", "ControlLoop"],
            swiftSettings: controller),
        .testTarget(
            name: "ReplayTests", dependencies: ["FireLogic", "ControlLoop", "Replay"],
            swiftSettings: controller),
        .testTarget(name: "CRC32CTests", dependencies: ["CRC32C"], swiftSettings: controller),
        .testTarget(
            name: "PlanFileTests",
            dependencies: ["TestSupport", "FireLogic", "CRC32C", "PlanFile"],
            swiftSettings: controller),
        .testTarget(
            name: "HandoverTests", dependencies: ["TestSupport", "Handover"],
            swiftSettings: controller),
        .testTarget(
            name: "SafetyLogTests",
            dependencies: [
                "TestSupport",
                "FireLogic", "ControlLoop", "EventLog", "Handover", "SafetyLog", "Replay",
            ],
            swiftSettings: controller),
    ]
)
