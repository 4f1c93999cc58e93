// The voltages of all simulated lines, one byte each, in a file that building and controller both
// map: reading a level costs the controller no round trip, as on a board. Only the building writes.

import Glibc

package final class SharedLevels {
    private let bytes: UnsafeMutableRawPointer

    /// `create`: the building's end, which makes the file and may write.
    package init(path: String, create: Bool) throws(SimulationError) {
        let flags = create ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC
        let file = open(path, flags, 0o600)
        guard file >= 0 else { throw SimulationError("open \(path)") }
        defer { close(file) }
        if create, ftruncate(file, GpioWire.levelsBytes) != 0 {
            throw SimulationError("ftruncate \(path)")
        }
        let protection = create ? PROT_READ | PROT_WRITE : PROT_READ
        let map = mmap(nil, GpioWire.levelsBytes, protection, MAP_SHARED, file, 0)
        guard let map, map != MAP_FAILED else { throw SimulationError("mmap \(path)") }
        bytes = map
    }

    deinit { munmap(bytes, GpioWire.levelsBytes) }

    package subscript(position: Int) -> Bool {
        get { bytes.load(fromByteOffset: position, as: UInt8.self) != 0 }
        set { bytes.storeBytes(of: newValue ? 1 : 0, toByteOffset: position, as: UInt8.self) }
    }
}
