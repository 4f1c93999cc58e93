// One valve line, held by a descriptor of which the service manager keeps a copy: when this process ends,
// however it ends, the kernel goes on driving the line. Called from the control loop's thread only. It
// drives what it is told, and never takes the line out of the store unless its chip is gone.

import CGpiod
import FireLogic
import Glibc

final class HeldLine {
    private let descriptor: Int32
    private var name: String
    private let store: DescriptorStore
    private var isGone = false

    /// Requests the line, driven to `wanted.initial_value` from the first moment on, and hands it to the
    /// store at once: what dies in between lets go of it.
    /// - Throws: the errno of `cgpiod_hold`.
    init(
        path: String, _ wanted: cgpiod_line, floor: FloorID, store: DescriptorStore
    ) throws(GpioError) {
        var wanted = wanted
        descriptor = cgpiod_hold(path, LibgpiodChips.consumer, &wanted)
        guard descriptor >= 0 else {
            throw GpioError(chip: path, offset: Int(wanted.offset), errno: errno)
        }
        self.store = store
        name = store.freshName(
            KeptValves.stem(
                floor: floor, chip: KernelLines.name(path: path) ?? "chip",
                offset: Int(wanted.offset)))
        store.keep(descriptor, as: name)
    }

    /// Takes over a line that was in the store under `name`, and stays there.
    init(_ inherited: InheritedDescriptor, store: DescriptorStore) {
        descriptor = inherited.descriptor
        name = inherited.name
        self.store = store
    }

    /// Stores it under another name, the old one being removed first: a manager takes no descriptor
    /// that it has.
    func rename(_ stem: String) {
        if !name.isEmpty { store.remove(name) }
        name = store.freshName(stem)
        store.keep(descriptor, as: name)
    }

    /// Ends this process's hold. The store's lasts, and with it the line's level.
    deinit {
        store.forget(descriptor)
        close(descriptor)
    }

    /// The pull and polarity of the plan, which may have changed, together with a level.
    /// Returns 0 or the errno of `cgpiod_held_configure`.
    func configure(_ wanted: cgpiod_line) -> Int32 {
        var wanted = wanted
        return outcome(cgpiod_held_configure(descriptor, &wanted))
    }

    /// 0 or the errno of `cgpiod_held_set`.
    func set(active: Bool) -> Int32 {
        outcome(cgpiod_held_set(descriptor, active))
    }

    private func outcome(_ status: Int32) -> Int32 {
        guard status != 0 else { return 0 }
        let reason = errno
        if reason == ENODEV && !isGone {
            // It will be requested anew when its chip is back; this one drives nothing ever again.
            isGone = true
            store.remove(name)
        }
        return reason
    }
}

/// What the kernel says of lines.
struct KernelLines: LineProbe {
    static func name(path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(CGPIOD_CHIP_NAME_ROOM))
        guard cgpiod_chip_name(path, &bytes) == 0 else { return nil }
        return String(
            decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func identity(of descriptor: Int32) -> LineIdentity { LineIdentity(of: descriptor) }

    func chipName(path: String) -> String? { Self.name(path: path) }

    func isOutput(path: String, offset: Int) -> Bool? {
        Self.state(path: path, offset: offset).map { $0.used && $0.output }
    }

    func level(of descriptor: Int32) -> KeptLevel {
        switch cgpiod_held_get(descriptor) {
        case 0: .inactive
        case 1: .active
        default: errno == ENODEV ? .gone : .unreadable
        }
    }

    static func state(path: String, offset: Int) -> cgpiod_line_state? {
        guard let offset = UInt32(exactly: offset) else { return nil }
        var state = cgpiod_line_state()
        return cgpiod_line_state(path, offset, &state) == 0 ? state : nil
    }
}
