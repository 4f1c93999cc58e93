// Which line a descriptor holds, from the only witness that cannot be mistaken: the kernel, in
// /proc/self/fdinfo (gpiolib-cdev.c, linereq_show_fdinfo):
//
//   gpio-chip:<tab>gpiochip0
//   gpio-line:<tab>16           once for each line of the request
//
// Names in a store are what somebody once wrote there. Bytes in, a value out.

import Glibc

package enum LineIdentity: Hashable, Sendable {
    /// A request of one line: the kernel's name of its chip, and its offset.
    case line(chip: String, offset: Int)
    /// A request of several lines.
    case several
    /// Something else: a file, a socket, a request of an old kind.
    case none

    /// Longest text that is read: a request of one line needs 120 bytes.
    private static let room = 4_096

    /// Of an open descriptor.
    package init(of descriptor: Int32) {
        self = .none
        let file = open("/proc/self/fdinfo/\(descriptor)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.room)
        let count = Glibc.read(file, &bytes, bytes.count)
        self.init(fdinfo: bytes.prefix(max(0, count)))
    }

    package init(fdinfo bytes: some Sequence<UInt8>) {
        var chip: String?
        var offset: Int?
        self = .none
        for line in Array(bytes).split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            guard parts.count == 2, let key = String(validatingUTF8: parts[0]),
                let value = String(validatingUTF8: parts[1])
            else { continue }
            if key == "gpio-chip:" {
                guard chip == nil else { return }
                chip = value
            } else if key == "gpio-line:" {
                guard offset == nil else {
                    self = .several
                    return
                }
                guard let number = Int(value), number >= 0 else { return }
                offset = number
            }
        }
        if let chip, let offset { self = .line(chip: chip, offset: offset) }
    }
}

extension String {
    /// Nil where the bytes are no text.
    fileprivate init?(validatingUTF8 bytes: some Collection<UInt8>) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(bytes) else { return nil }
        self = text
    }
}
