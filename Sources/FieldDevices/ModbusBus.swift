// One Modbus bus of the plan: its thread, the ring that it fills and the counters that it keeps.
// `Wiring` makes one a bus, before the GPIO lines. The control loop takes from `reports` and
// never waits for anything in here; the thread never waits for the loop.

import CLinux
import FireLogic
import Glibc
import Handover

package final class ModbusBus {
    /// What the bus says, for the control loop's thread alone.
    package let reports: Handover<BusReport>
    package let counters = ModbusCounters()
    private let name: String
    private let work: ModbusWork
    private var thread: pthread_t?

    /// `bus` is a position in `plan.buses`. `bell` rings when there is something in `reports`.
    /// Throws what no time can heal; a bus that is only away is not an error.
    package init(plan: SitePlan, bus: Int, bell: Doorbell) throws(ModbusError) {
        let count = Self.detectors(of: bus, in: plan).count
        let range = ModbusLimits.ring
        reports = Handover(
            capacity: min(max(2 * count, range.lowerBound), range.upperBound), bell: bell)
        name = "modbus-\(bus)"
        let stop = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if stop < 0 { throw .descriptor(errno) }
        do throws(ModbusError) {
            let poller = try ModbusPoller(
                plan: plan, bus: bus, ring: reports, counters: counters, stop: stop)
            work = ModbusWork(poller, stop: stop)
        } catch {
            close(stop)
            throw error
        }
    }

    deinit {
        stop()
    }

    /// Starts the thread, with all signals blocked and the scheduling of the caller. Once.
    package func start() throws(ModbusError) {
        precondition(thread == nil, "start once")
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, ModbusLimits.stack)
        let argument = Unmanaged.passRetained(work)
        var started = pthread_t()
        let failure = pthread_create(
            &started, &attributes, modbusThread, argument.toOpaque())
        if failure != 0 {
            argument.release()
            throw .thread(failure)
        }
        pthread_setname_np(started, name)
        thread = started
    }

    /// Ends the thread and closes the link; returns when both are done, at most one frame later.
    package func stop() {
        guard let running = thread else { return }
        work.askToStop()
        pthread_join(running, nil)
        thread = nil
    }

    /// Positions in `plan.detectors` of those on `bus`.
    static func detectors(of bus: Int, in plan: SitePlan) -> [Int] {
        plan.detectors.indices.filter { position in
            if case .modbus(bus, _, _) = plan.detectors[position].source { return true }
            return false
        }
    }
}

/// What the thread owns. Unchecked: between `start` and `stop` only the thread uses `poller`.
private final class ModbusWork: @unchecked Sendable {
    private var poller: ModbusPoller
    private let stop: Int32

    init(_ poller: consuming ModbusPoller, stop: Int32) {
        self.poller = poller
        self.stop = stop
    }

    deinit {
        close(stop)
    }

    func run() { poller.run() }

    func askToStop() {
        var one: UInt64 = 1
        _ = write(stop, &one, MemoryLayout<UInt64>.size)
    }
}

/// The thread's entry: a free function, because a closure of an isolated context would trap.
private func modbusThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ModbusWork>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
