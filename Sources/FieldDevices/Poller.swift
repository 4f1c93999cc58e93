// Waits for the first of many descriptors, or for a point in time (epoll). The control loop's only
// place to sleep.

import CLinux
import FireLogic
import Glibc

/// What became readable.
package enum Source: Hashable, Sendable {
    /// Position in the input lines' requests, and which of its descriptors.
    case gpio(request: Int, which: Int)
    case buses
    case listener
    case connection(slot: Int)
    case stop

    /// As a number for the kernel: bits 0-7 kind, 8-31 which, 32-63 index.
    fileprivate var tag: UInt64 {
        switch self {
        case .gpio(let request, let which): 1 | UInt64(which) << 8 | UInt64(request) << 32
        case .buses: 2
        case .listener: 3
        case .connection(let slot): 4 | UInt64(slot) << 32
        case .stop: 5
        }
    }

    fileprivate init?(tag: UInt64) {
        let index = Int(tag >> 32)
        switch tag & 0xFF {
        case 1: self = .gpio(request: index, which: Int(tag >> 8 & 0xFF_FFFF))
        case 2: self = .buses
        case 3: self = .listener
        case 4: self = .connection(slot: index)
        case 5: self = .stop
        default: return nil
        }
    }
}

package final class Poller {
    private static let room = 64

    private let descriptor: Int32
    private let tags: UnsafeMutablePointer<UInt64>
    /// What became readable in the last wait; more of it may come with the next.
    package private(set) var ready: [Source] = []

    /// Throws the errno of epoll_create1.
    package init() throws(GpioError) {
        descriptor = clinux_epoll()
        guard descriptor >= 0 else { throw GpioError(chip: "epoll", offset: nil, errno: errno) }
        tags = .allocate(capacity: Self.room)
        ready.reserveCapacity(Self.room)
    }

    deinit {
        close(descriptor)
        tags.deallocate()
    }

    /// epoll_ctl(EPOLL_CTL_ADD), level-triggered. False: the kernel refused.
    package func watch(_ fd: Int32, as source: Source) -> Bool {
        clinux_watch(descriptor, fd, source.tag) == 0
    }

    package func unwatch(_ fd: Int32) {
        _ = clinux_unwatch(descriptor, fd)
    }

    /// Sleeps until something is readable or `deadline` has come. A signal ends it early.
    package func wait(until deadline: Instant, now: Instant) {
        let left: Int64 = deadline == .never ? -1 : max(0, (deadline - now).nanoseconds)
        let count = clinux_wait(descriptor, tags, Int32(Self.room), left)
        ready.removeAll(keepingCapacity: true)
        guard count > 0 else { return }
        for place in 0..<Int(count) {
            if let source = Source(tag: tags[place]) { ready.append(source) }
        }
    }
}
