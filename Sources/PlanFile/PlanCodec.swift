// The site plan as bytes. `standpipe compile` writes them, `PlanStore` reads them.
//
// File, all numbers little-endian:
//
//     0   8  magic: "SPPLAN" CR LF (a transfer as text breaks it)
//     8   2  format version, 3
//     10  2  zero
//     12  4  length of the file in bytes
//     16  …  the plan, below
//     -4  4  CRC-32C of all bytes before it; it is also the plan's name in records
//
// Magic, version, length and checksum stand there in every version. Then the plan:
//
//     counts   u16 each: chips, buses, keys, floors, zones, detectors
//     text     site name
//     u8       remote rights: 1 silence, 2 reset, 4 disable, 8 walk test
//     u8       1 a gateway is expected, 0 none
//     chip     path
//     bus      text name, i64 response time-out,
//              0, path device, u32 baud, u8 parity (none, even, odd), u8 stop bits   for RTU
//              1, path host, u16 port, u8 requests under way at once                 for TCP
//     key      text name, line off contact, line? on contact
//     floor    i16 number, text name, u8 rule (0 first, 1 coincidence in the floor, 2 in the
//              zone), u16 count of the coincidence (0 with first), i64 delay, line valve,
//              line? feedback, u16 key, line? manual release, line? fire, fault, open lamp
//     zone     text name, u16 floor
//     panel    line? power, fire, fault, isolated, test lamp, sounder, heartbeat, silence,
//              reset, lamp test button, power fault
//     detector u32 id, text name, u16 floor, u8 0 or 1 and u16 zone, i64 period, limit, debounce,
//              0, line            contact
//              1, line, line      pulse: alarm, heartbeat
//              2, u8 bus, point, u8 0 or 1 and point fault
//              3                  network
//
//     text, path   u8 length in bytes, 1 to Limits.nameBytes or .pathBytes; UTF-8, no controls
//     line         u8 chip, u16 offset, u8 flags: 1 active low, 2 × bias (as is, disabled,
//                  pull-up, pull-down)
//     line?        u8 0, or 1 and a line
//     point        u8 unit, u8 table, u16 address, u8 test (bit, at least, at most, equals), u16
//     i64          nanoseconds
//
// Version 2 is the same without the gateway and the power fault, which are then not there. Version 1
// lacks the requests under way at once as well, which are then one. Both are read, but no longer
// written; programs that know them only refuse version 3 by its number.
//
// Valid is: nothing before, between and behind; every count within `Limits`, looked at before
// anything is allocated; every position inside its table; every range of `Limits`; detectors
// sorted by floor position and id; ids, floor numbers, chip paths and serial devices unique;
// a GPIO line used once; a coincidence that its members can reach. A file that is not valid
// gives a `PlanError`, never a trap, and costs no more memory than the largest valid plan.

import CRC32C
import FireLogic

package enum PlanCodec {
    /// What is written.
    package static let version: UInt16 = 3
    /// What is read.
    static let versions: ClosedRange<UInt16> = 1...version
    static let magic: [UInt8] = Array("SPPLAN\r\n".utf8)
    static let headerBytes = 16
    static let trailerBytes = 4

    /// The file of `plan`.
    /// Throws `PlanError.wrong` for a plan that `decode` would not take; offsets count in the file
    /// that was not made.
    package static func encode(_ plan: SitePlan) throws(PlanError) -> [UInt8] {
        var body = PlanWriter()
        body.write(plan)
        var file = PlanWriter()
        file.bytes = magic
        file.write(version)
        file.write(UInt16(0))
        let length = headerBytes + body.bytes.count + trailerBytes
        guard length <= Limits.planBytes else { throw .size(bytes: length) }
        file.write(UInt32(length))
        file.bytes += body.bytes
        file.write(CRC32C.checksum(of: file.bytes))
        guard try decode(file.bytes) == plan else {
            throw .wrong(.lost, offset: headerBytes)
        }
        return file.bytes
    }

    /// The plan in `file`, checked as the head of this page says.
    /// Throws `.size`, `.notAPlan`, `.damaged`, `.version` and `.wrong`, in this order.
    package static func decode(_ file: [UInt8]) throws(PlanError) -> SitePlan {
        guard file.count <= Limits.planBytes else { throw .size(bytes: file.count) }
        guard file.starts(with: magic) else { throw .notAPlan }
        guard file.count >= headerBytes + trailerBytes else { throw .damaged }
        var header = PlanReader(file, from: magic.count, to: headerBytes)
        let version = try header.u16()
        let reserved = try header.u16()
        guard try header.u32() == UInt32(file.count),
            checksum(of: file) == CRC32C.checksum(of: file.dropLast(trailerBytes))
        else { throw .damaged }
        guard versions.contains(version) else { throw .version(version) }
        guard reserved == 0 else { throw .wrong(.choice, offset: 10) }
        var body = PlanReader(file, from: headerBytes, to: file.count - trailerBytes)
        body.version = version
        return try body.plan()
    }

    /// The checksum that stands in the last four bytes of `file`; 0 for a file shorter than that.
    package static func checksum(of file: [UInt8]) -> UInt32 {
        guard file.count >= trailerBytes else { return 0 }
        return file.suffix(trailerBytes).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
