// Remembers whether a PIN was right. Three wrong ones lock a SIM card, so a PIN is tried once: not
// again after a refusal, and not again when nobody saw how the try ended, in this process or in the
// next one. The file holds one line, `standpipe-pin 1 HASH STATE`, and is for its owner's eyes.

import Glibc

struct PinMemory {
    enum State: String {
        /// Nobody has tried it.
        case unknown
        /// It is being tried; whoever finds this written did not see the end.
        case tried
        case accepted
        case refused
    }

    private let path: String?
    private let hash: String
    private(set) var state: State
    /// Another PIN stands in the file: the site's has been corrected since.
    let followsAnother: Bool

    /// `device` and `pin` are of the site file.
    init(path: String?, device: String, pin: String) {
        self.path = path
        hash = Self.hash(device + "\n" + pin)
        let words = (path.flatMap(Self.read) ?? "").split { $0 == " " || $0 == "\n" }
        let isOurs = words.count == 4 && words[0] == "standpipe-pin" && words[1] == "1"
        followsAnother = isOurs && words[2] != hash
        state = isOurs && words[2] == hash ? State(rawValue: String(words[3])) ?? .tried : .unknown
    }

    /// Whether the PIN may be entered when `left` tries are left (nil: the modem does not say).
    func mayTry(left: Int?) -> Bool {
        switch state {
        case .unknown: left.map { $0 >= (followsAnother ? 2 : 3) } ?? true
        case .tried: left == 3
        case .accepted: left.map { $0 >= 2 } ?? true
        case .refused: false
        }
    }

    /// False when the file could not be written; this process remembers all the same.
    mutating func remember(_ new: State) -> Bool {
        state = new
        guard let path else { return true }
        return Self.write("standpipe-pin 1 \(hash) \(new.rawValue)\n", to: path)
    }

    /// FNV-1a. It hides nothing: a PIN has four digits. The site file holds it too.
    private static func hash(_ text: String) -> String {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(value, radix: 16)
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    /// Whole or not at all: a new file takes the old one's name.
    private static func write(_ text: String, to path: String) -> Bool {
        let fresh = path + ".new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        let bytes = Array(text.utf8)
        let isWritten =
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(fresh, path) == 0 else {
            unlink(fresh)
            return false
        }
        return true
    }
}
