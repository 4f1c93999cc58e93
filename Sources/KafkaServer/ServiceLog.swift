// The gateway's own log, opened for writing: clients' topics, committed offsets, producer ids. One
// thread writes it (EventLog's LogWriter); a live page tells readers, the broker itself among them,
// how far it is durable.

package import EventLog
import Glibc

/// Opens the service log and starts its writer.
package struct ServiceLog {
    /// Bytes of appends that may wait for the disk, of all connections.
    private static let backlogBytes = 32 << 20

    package let writer: LogWriter<DirectoryFiles>
    package let path: String
    /// Of the log; the cluster's id is made of it.
    package let id: LogID

    /// Opens the log in `directory`, or makes one. `livePath` names its page of shared memory.
    /// - Throws: the file call that failed.
    package init(
        directory: String, livePath: String, settings: LogSettings
    ) throws(FileError) {
        let wall = wallMilliseconds()
        unsafe mkdir(directory, 0o750)
        let files = try DirectoryFiles(directory)
        let log: EventLog<DirectoryFiles>
        do throws(LogError) {
            log = try EventLog(files, settings, wallMilliseconds: wall)
        } catch {
            switch error {
            case .file(let error): throw error
            }
        }
        path = directory
        id = log.index.log
        let page = try LivePageWriter(
            path: livePath, log: log.index.log, directory: directory, wallMilliseconds: wall,
            bootNanoseconds: bootNanoseconds())
        log.publish = { [unowned log] end, oldest in
            page.publish(
                durable: end, oldest: oldest,
                LiveCounters(
                    flushes: log.counters.flushes, bytesWritten: log.counters.bytesWritten,
                    wallMilliseconds: wallMilliseconds(), bootNanoseconds: bootNanoseconds()))
        }
        log.publish?(log.durableEnd, log.oldestSegment)
        writer = try LogWriter(log, backlogBytes: Self.backlogBytes)
    }
}

/// clock_gettime(CLOCK_BOOTTIME) in nanoseconds.
func bootNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
