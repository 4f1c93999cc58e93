// swift-tools-version: 6.2
// Standpipe. The controller and all that it imports stay within Swift 6.0 and use no package:
// `Package@swift-6.0.swift` builds it alone with Debian 13's own compiler. Keep both in step.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The controller's own modules see across module borders when optimised, so that generic code
/// on the signal path is specialised and allocates nothing.
let controller: [SwiftSetting] =
    strict + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]

/// The gateway's modules: nothing older than Swift 6.2 has to build them.
let gateway: [SwiftSetting] =
    controller + [.enableUpcomingFeature("InternalImportsByDefault"), .strictMemorySafety()]

let package = Package(
    name: "standpipe",
    products: [
        .executable(name: "standpipe-controller", targets: ["standpipe-controller"]),
        .executable(name: "standpipe", targets: ["standpipe"]),
        .executable(name: "standpipe-gateway", targets: ["standpipe-gateway"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
    ],
    targets: [
        // C
        .target(
            name: "CGpiod", path: "CModules/CGpiod", linkerSettings: [.linkedLibrary("gpiod")]),
        .target(name: "CLinux", path: "CModules/CLinux"),
        .target(name: "CHash", path: "CModules/CHash"),
        .systemLibrary(
            name: "CModbus", path: "CModules/CModbus", pkgConfig: "libmodbus",
            providers: [.apt(["libmodbus-dev"])]),

        // The controller
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

        // The log, decided again
        .target(
            name: "Replay", dependencies: ["FireLogic", "ControlLoop", "PlanFile", "EventLog"],
            swiftSettings: controller),

        // Who may log in, and do what
        .target(
            name: "Users", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),
        .testTarget(name: "UsersTests", dependencies: ["Users"], swiftSettings: strict),

        // Topics derived from topics, and the codecs of producers
        .target(name: "Streams", exclude: ["STREAMS.md"], swiftSettings: strict),
        .testTarget(name: "StreamsTests", dependencies: ["Streams"], swiftSettings: strict),
        .systemLibrary(
            name: "CCodecs", path: "CModules/CCodecs",
            providers: [.apt(["zlib1g-dev", "libsnappy-dev", "liblz4-dev", "libzstd-dev"])]),
        .target(name: "Codecs", dependencies: ["CCodecs", "EventLog"], swiftSettings: gateway),
        .testTarget(
            name: "CodecsTests", dependencies: ["Codecs", "EventLog"], swiftSettings: strict),

        // Mail to people
        .systemLibrary(
            name: "CCurl", path: "CModules/CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "Mail", dependencies: ["CCurl"], exclude: ["MAIL.md"],
            swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),
        .executableTarget(
            name: "mail-peer", dependencies: ["Mail"], path: "hardware-sim/mail-peer",
            swiftSettings: strict),
        .testTarget(
            name: "MailTests", dependencies: ["Mail", "CCurl", "CLinux", "TestSupport"],
            swiftSettings: strict),

        // Texts through a GSM modem, and a simulated one
        .target(
            name: "Modem", exclude: ["MODEM.md"],
            swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),
        .target(
            name: "SimulatedModem", dependencies: ["Modem", "DrillRandom", "CLinux"],
            path: "hardware-sim/SimulatedModem", swiftSettings: strict),
        .executableTarget(
            name: "sim-modem", dependencies: ["SimulatedModem"], path: "hardware-sim/sim-modem",
            swiftSettings: strict),
        .executableTarget(
            name: "sim-building",
            dependencies: ["SimulatedBuilding", "FireLogic", "PlanFile", "StatusFeed"],
            path: "hardware-sim/sim-building", swiftSettings: strict),
        .testTarget(
            name: "ModemTests",
            dependencies: ["Modem", "SimulatedModem", "TestSupport", "sim-modem"],
            swiftSettings: strict),

        // Who is told what
        .target(
            name: "Notifications", dependencies: ["EventLog", "Streams"], exclude: ["NOTIFY.md"],
            swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),
        .testTarget(
            name: "NotificationsTests",
            dependencies: ["Notifications", "EventLog", "Streams", "DrillRandom"],
            swiftSettings: strict),

        // The gateway
        .target(name: "KafkaWire", exclude: ["WIRE.md"], swiftSettings: strict),
        .target(
            name: "KafkaServer",
            dependencies: [
                "KafkaWire", "EventLog", "Users", "Streams", "Codecs", "Notifications",
            ],
            exclude: ["USERS.md", "SERVER.md"], swiftSettings: gateway),
        .target(
            name: "HTTPFace", dependencies: ["EventLog", "Codecs", "KafkaWire", "Users"],
            exclude: ["HTTP.md"],
            swiftSettings: strict + [.enableUpcomingFeature("InternalImportsByDefault")]),
        .testTarget(
            name: "HTTPFaceTests", dependencies: ["HTTPFace", "EventLog"], swiftSettings: strict),
        .target(name: "CPanelPages", path: "CModules/CPanelPages"),
        .target(name: "CDemoPage", path: "CModules/CDemoPage"),
        .target(
            name: "Panel",
            dependencies: ["FireLogic", "ControlLoop", "StatusFeed", "EventLog"],
            exclude: ["web", "openapi.json", "PANEL.md"],
            swiftSettings: controller + [.enableUpcomingFeature("InternalImportsByDefault")]),
        .testTarget(
            name: "PanelTests",
            dependencies: [
                "TestSupport", "Panel", "FireLogic", "ControlLoop", "StatusFeed", "EventLog",
            ],
            swiftSettings: strict),
        .target(
            name: "Gateway",
            dependencies: [
                "KafkaServer", "KafkaWire", "EventLog", "FireLogic", "StatusFeed", "Users",
                "Streams", "HTTPFace", "Panel", "CPanelPages", "ControlLoop", "PlanFile",
                "Notifications", "Mail", "Modem",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: gateway),
        .executableTarget(
            name: "standpipe-gateway",
            dependencies: [
                "Gateway", "EventLog", "CLinux", "Users",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: gateway),

        // The tool for people
        .target(
            name: "SiteFile",
            dependencies: [
                "FireLogic", "PlanFile", "Streams", "Notifications",
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["SITE.md"], swiftSettings: strict),
        .executableTarget(
            name: "standpipe",
            dependencies: [
                "SiteFile", "PlanFile", "Streams", "Notifications", "StatusFeed",
                "SimulatedBuilding",
                "ScenarioPlayer", "FireLogic", "ControlLoop", "EventLog", "Replay", "CLinux",
                "Users", "CDemoPage", "SimulatedModem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // The simulated building
        .target(
            name: "SimulatedBuilding",
            dependencies: ["FireLogic", "PlanFile", "FieldDevices", "StatusFeed", "CLinux"],
            path: "hardware-sim/SimulatedBuilding", swiftSettings: strict),
        .target(
            name: "ScenarioPlayer",
            dependencies: [
                "FireLogic", "SimulatedBuilding", .product(name: "Yams", package: "Yams"),
            ],
            path: "hardware-sim/scenarios/player", swiftSettings: strict),
        .executableTarget(
            name: "standpipe-controller-sim", dependencies: ["Controller", "SimulatedBuilding"],
            path: "hardware-sim/sim-controller", swiftSettings: strict),
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "ScenarioPlayer", "FireLogic", "standpipe", "standpipe-controller-sim",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulatedBuildingTests",
            dependencies: ["SimulatedBuilding", "ScenarioPlayer", "FireLogic", "FieldDevices"],
            swiftSettings: strict),

        // The benchmarks
        .target(name: "BenchHeap", path: "hardware-sim/bench/heap"),
        .target(
            name: "BenchLines", dependencies: ["FireLogic", "FieldDevices", "CLinux"],
            path: "hardware-sim/bench/lines", swiftSettings: controller),
        .executableTarget(
            name: "standpipe-bench-controller",
            dependencies: ["BenchHeap", "BenchLines", "Controller"],
            path: "hardware-sim/bench/controller", swiftSettings: controller),
        .executableTarget(
            name: "standpipe-bench",
            dependencies: [
                "FireLogic", "ControlLoop", "PlanFile", "EventLog", "SafetyLog", "StatusFeed",
                "FieldDevices", "Controller", "SimulatedBuilding", "BenchLines", "Handover",
                "CLinux",
            ],
            path: "hardware-sim/bench/main", swiftSettings: controller),

        // Whole lives from seeds, and every reachable state
        .target(
            name: "DrillRandom", path: "hardware-sim/DrillRandom", swiftSettings: controller),
        .target(
            name: "FireDrill", dependencies: ["FireLogic", "ControlLoop", "Replay", "DrillRandom"],
            path: "hardware-sim/FireDrill", swiftSettings: controller),
        .executableTarget(
            name: "fire-drill", dependencies: ["FireDrill", "FireLogic"],
            path: "hardware-sim/fire-drill", swiftSettings: controller),
        .testTarget(
            name: "FireDrillTests", dependencies: ["FireDrill", "FireLogic"],
            swiftSettings: strict),

        // The log on a disk that loses, tears and reorders all that it may
        .target(
            name: "SimulatedDisk", dependencies: ["EventLog", "DrillRandom"],
            path: "hardware-sim/SimulatedDisk", swiftSettings: controller),
        .target(
            name: "LogDrill", dependencies: ["EventLog", "CRC32C", "SimulatedDisk", "DrillRandom"],
            path: "hardware-sim/LogDrill", swiftSettings: controller),
        .executableTarget(
            name: "log-drill", dependencies: ["LogDrill", "SimulatedDisk", "EventLog"],
            path: "hardware-sim/log-drill", swiftSettings: controller),
        .testTarget(
            name: "LogDrillTests",
            dependencies: [
                "LogDrill", "SimulatedDisk", "EventLog", "CRC32C", "DrillRandom", "log-drill",
            ],
            swiftSettings: strict),

        // Consumer groups of clients that die, dawdle and quarrel
        .target(
            name: "GroupDrill", dependencies: ["KafkaServer", "DrillRandom"],
            path: "hardware-sim/GroupDrill", swiftSettings: controller),
        .executableTarget(
            name: "group-drill", dependencies: ["GroupDrill"], path: "hardware-sim/group-drill",
            swiftSettings: controller),
        .testTarget(
            name: "KafkaServerTests",
            dependencies: [
                "KafkaServer", "GroupDrill", "EventLog", "KafkaWire", "Streams", "Codecs",
                "CRC32C",
            ],
            swiftSettings: strict),

        // Tests
        .target(
            name: "TestSupport", dependencies: ["FireLogic", "ControlLoop"],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "FireLogicTests", dependencies: ["FireLogic"], swiftSettings: strict),
        .testTarget(
            name: "ControlLoopTests", dependencies: ["FireLogic", "ControlLoop"],
            swiftSettings: strict),
        .testTarget(
            name: "ReplayTests", dependencies: ["FireLogic", "ControlLoop", "Replay"],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(name: "CRC32CTests", dependencies: ["CRC32C"], swiftSettings: strict),
        .testTarget(
            name: "PlanFileTests",
            dependencies: ["TestSupport", "FireLogic", "CRC32C", "PlanFile"],
            swiftSettings: strict),
        .testTarget(
            name: "SiteFileTests",
            dependencies: [
                "TestSupport",
                "FireLogic", "ControlLoop", "PlanFile", "SiteFile", "StatusFeed", "Notifications",
                "standpipe",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FieldDevicesTests",
            dependencies: [
                "TestSupport",
                "FireLogic", "ControlLoop", "PlanFile", "StatusFeed", "FieldDevices", "Handover",
                "CLinux",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HandoverTests", dependencies: ["TestSupport", "Handover"], swiftSettings: strict),
        .executableTarget(
            name: "log-peer", dependencies: ["EventLog"], path: "hardware-sim/log-peer",
            swiftSettings: controller),
        .testTarget(
            name: "EventLogTests", dependencies: ["EventLog", "CRC32C", "log-peer", "standpipe"],
            swiftSettings: strict),
        .testTarget(
            name: "SafetyLogTests",
            dependencies: [
                "TestSupport",
                "FireLogic", "ControlLoop", "EventLog", "Handover", "SafetyLog", "Replay",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "KafkaWireTests", dependencies: ["TestSupport", "KafkaWire"],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "EventLog", "FireLogic", "PlanFile", "StatusFeed", "SimulatedBuilding",
                "Users", "Panel", "CLinux", "standpipe-gateway", "standpipe-controller-sim",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StatusFeedTests",
            dependencies: ["TestSupport", "FireLogic", "ControlLoop", "StatusFeed", "Controller"],
            swiftSettings: strict),
        .testTarget(
            name: "ControllerTests",
            dependencies: [
                "TestSupport",
                "FireLogic", "ControlLoop", "PlanFile", "SafetyLog", "StatusFeed", "FieldDevices",
                "Controller", "Replay", "standpipe-controller", "CLinux",
            ],
            swiftSettings: strict),
    ]
)
