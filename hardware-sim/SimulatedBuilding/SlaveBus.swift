// What the building needs of a Modbus bus, serial or TCP.

package protocol SlaveBus: AnyObject {
    var fault: BusFault { get }
    /// Requests that were understood, to any unit.
    var requestCount: Int { get }
    /// Requests that came within 3.5 characters after an answer; none on TCP.
    var crowdedCount: Int { get }
    var units: [UInt8: ModbusUnit] { get }
    /// Changes the memory or the fault of one slave.
    func update(_ unit: UInt8, _ change: (inout ModbusUnit) -> Void)
    func setFault(_ new: BusFault) throws(SimulationError)
    func close()
}

extension RtuSlaveBus: SlaveBus {}
extension TcpSlaveBus: SlaveBus {
    package var crowdedCount: Int { 0 }
}
