// One controller a building: a lock on the file `lock` in the run directory and in the state
// directory, held until the process ends, however it ends. Two controllers would take each other's
// input socket and write into each other's journal. It moves no data; the file holds the process
// id for people.

import Glibc

struct RunLock: ~Copyable {
    /// Who holds the lock, for the person who starts a second controller.
    struct Taken: Error, Hashable, CustomStringConvertible {
        var directory: String
        /// Nil when the file does not say.
        var processID: Int?

        var description: String {
            let holder = processID.map { " (process \($0))" } ?? ""
            return "another controller\(holder) runs in \(directory); stop that one first"
        }
    }

    private var descriptors: [Int32] = []

    /// Takes flock(2) of `lock` in each directory. A directory that takes no file is passed over:
    /// the building is protected all the same, and its faults are raised by others.
    init(directories: [String]) throws(Taken) {
        for directory in directories {
            let descriptor = open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else { continue }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let isTaken = errno == EWOULDBLOCK
                let holder = Self.processID(descriptor)
                close(descriptor)
                guard isTaken else { continue }
                throw Taken(directory: directory, processID: holder)
            }
            descriptors.append(descriptor)
            let text = Array("\(getpid())\n".utf8)
            _ = ftruncate(descriptor, 0)
            _ = pwrite(descriptor, text, text.count, 0)
        }
    }

    /// For the next controller. The end of the process does the same.
    consuming func release() {}

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    private static func processID(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
