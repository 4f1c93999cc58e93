// Which start of the machine this is (/proc/sys/kernel/random/boot_id): instants of the boot clock
// can be compared only within one.

package struct BootID: Hashable, Sendable {
    package var head: UInt64
    package var tail: UInt64

    package init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }
}
