// The status page: what the controller knows now, in a file of shared memory that any number of
// readers map read-only. A reader can be as slow as it likes, stop or die: the writer does not
// know that it exists (promise APART). Bytes only; `Controller/StatusPage.swift` writes them,
// `StatusReader` reads them.
//
//   page     := header (256 bytes), floor * F, detector * D, bus * B, event * 1024
//   header (little-endian)
//     0  magic "STPSTAT1"        8  version u32 = 1       12  bytes of the page u32
//    16  sequence u64: odd while the page is being written, even when it is whole
//    24  plan checksum u32      28  F u16                 30  zero u16
//    32  D u32                  36  B u32                 40  process id u32
//    48  boot clock i64 ns, wall clock 56 i64 ms of the last write
//    64  lamps u8: 1 power, 2 fire, 4 fault, 8 isolated, 16 test, 32 sounder
//    65  condition u8           66  flags u8: 1 armed, 2 lamp test     67  sounder u8
//    72  system faults u64, bit number = SystemFault
//    80  floors in fire, open, isolated, in test; detectors down, disabled; valve faults; other
//        faults: u32 * 8
//   112  ticks u64             120  events written u64    128  started, boot clock i64 ns
//   floor, 40 bytes
//     0  id i16                  2  command u8             3  feedback u8
//     4  valve state u8: 0 settled, 1 moving, 2 not confirmed, 3 not driven
//     5  key u8: 0 unsettled, 1 on, 2 off
//     6  flags u8: 1 key faulty, 2 walk test, 4 manual release faulty, 8 established, 16 pending
//     8  pending until i64 ns   16  walk test until i64 ns
//    24  latched, voting, down, disabled: u16 * 4
//   detector, 24 bytes
//     0  id u32                  4  state u8: a reading's code, or 64 unknown
//     5  flags u8: 1 latched, 2 votes, 4 disabled, 8 tested             6  floor's position u16
//     8  heard, boot clock i64 ns (largest: never)        16  disabled until i64 ns
//   bus, 8 bytes
//     0  up u8
//   event, 64 bytes: number u64, boot clock i64 ns, wall clock i64 ms, record words
//     Event number n stands at place n % 1024; numbers begin with 0.
//
// Validity: a copy is whole when `sequence` was even and the same before and after copying, and
// all counts fit the size. A page whose last write is older than 2 s is not live.

import FireLogic

package struct StatusLayout: Hashable, Sendable {
    package static let magic: UInt64 = 0x3154_4154_5350_5453
    package static let version: UInt32 = 1
    package static let headerBytes = 256
    package static let floorBytes = 40
    package static let detectorBytes = 24
    package static let busBytes = 8
    package static let eventBytes = 64
    package static let events = 1_024
    /// A page that has not been written for this long says nothing about now.
    package static let liveFor: Interval = .seconds(2)

    package let floors: Int
    package let detectors: Int
    package let buses: Int

    package init(floors: Int, detectors: Int, buses: Int) {
        self.floors = floors
        self.detectors = detectors
        self.buses = buses
    }

    package init(plan: SitePlan) {
        self.init(
            floors: plan.floors.count, detectors: plan.detectors.count, buses: plan.buses.count)
    }

    package func floor(_ index: Int) -> Int { Self.headerBytes + index * Self.floorBytes }
    package func detector(_ index: Int) -> Int { floor(floors) + index * Self.detectorBytes }
    package func bus(_ index: Int) -> Int { detector(detectors) + index * Self.busBytes }
    package func event(_ number: UInt64) -> Int {
        bus(buses) + Int(number % UInt64(Self.events)) * Self.eventBytes
    }
    package var byteCount: Int { bus(buses) + Self.events * Self.eventBytes }
}
