// The durable log's thread opens its log: makes the directory and the topics, gives the readers their
// page, and lets a log go that is no longer where it was. Called by the thread's turn alone, as often
// as it takes; a log that cannot be had is a fault that is told, never a trap.

import EventLog
import FireLogic
import Glibc

extension RecordWriter {
    /// The log, opened with its topics; nil: not to be had now.
    func opened(_ wall: Int64) -> (EventLog<DirectoryFiles>, SafetyPartitions)? {
        if let log, let partitions, isInPlace { return (log, partitions) }
        forget()
        mkdir(directory, 0o750)
        guard let log = open(wall) else { return nil }
        let missing = SafetyTopics.missing(in: log.index)
        if !missing.isEmpty {
            guard (try? log.stage(missing, wallMilliseconds: wall)) != nil, flush(log, wall) else {
                return nil
            }
        }
        guard let partitions = SafetyPartitions(log.index) else { return nil }
        self.log = log
        self.partitions = partitions
        place = Self.identity(of: directory)
        publish(log, wall)
        rolls = log.counters.rolls
        offsets?.find(log.index.volatileReserve(partitions.signals))
        return (log, partitions)
    }

    func open(_ wall: Int64) -> EventLog<DirectoryFiles>? {
        do throws(FileError) {
            let files = try DirectoryFiles(directory)
            do throws(LogError) {
                return try EventLog(files, settings, wallMilliseconds: wall)
            } catch {
                switch error {
                case .file(let error): tell(error)
                }
            }
        } catch {
            tell(error)
        }
        return nil
    }

    /// The fault lamp says that nothing is written; this says why.
    func tell(_ error: FileError) {
        if error == told { return }
        told = error
        complain("\(error)")
    }

    /// A log that is gone. What was staged in it was never acknowledged, and lives on in `memory`.
    private func forget() {
        guard log != nil else { return }
        log = nil
        page = nil
        partitions = nil
        stagedRecords = 0
        stagedReserve = nil
        hasPlan = false
        sinceMemory = Self.recordsAMemory
    }

    /// False: someone took the directory away, and what is written there would be gone with the
    /// program.
    private var isInPlace: Bool {
        guard let place, let found = Self.identity(of: directory) else { return false }
        return place == found
    }

    private static func identity(of path: String) -> (dev_t, ino_t)? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return (information.st_dev, information.st_ino)
    }

    private func publish(_ log: EventLog<DirectoryFiles>, _ wall: Int64) {
        page = try? LivePageWriter(
            path: livePath, log: log.index.log, directory: directory, wallMilliseconds: wall,
            bootNanoseconds: BootTime.now.nanoseconds)
        log.publish = { [unowned self] end, oldest in
            guard let page, let log = self.log else { return }
            var health: LiveHealth = []
            if log.isDegraded { health.insert(.failing) }
            if log.recovery.isDamaged { health.insert(.rotten) }
            page.publish(
                durable: end, oldest: oldest,
                LiveCounters(
                    flushes: log.counters.flushes, bytesWritten: log.counters.bytesWritten,
                    dropped: refused.count, health: health,
                    wallMilliseconds: BootTime.wallMilliseconds,
                    bootNanoseconds: BootTime.now.nanoseconds))
        }
        log.publish?(log.durableEnd, log.oldestSegment)
    }
}
