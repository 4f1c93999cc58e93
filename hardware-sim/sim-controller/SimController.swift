// `standpipe-controller-sim`: the controller on the simulated building's lines in place of
// libgpiod's; everything else, the Modbus masters included, is the real thing. `standpipe demo`
// starts it. It never touches a GPIO chip of the machine, and it ends when the building does.

import Controller
import Glibc
import SimulatedBuilding

@main
enum SimController {
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.first == "--gpio", arguments.count >= 2 else {
            complain("usage: standpipe-controller-sim --gpio SOCKET, then the controller's options")
            exit(2)
        }
        let socket = arguments[1]
        arguments.removeFirst(2)
        guard endWithTheBuilding() else {
            complain("no thread could be started")
            exit(1)
        }
        do {
            let chips = try SimGpioChips(socketPath: socket)
            exit(runController(arguments, chips: chips))
        } catch {
            complain("no simulated building: \(error)")
            exit(1)
        }
    }

    /// The building holds the other end of standard input and writes nothing: its end is ours.
    private static func endWithTheBuilding() -> Bool {
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { _ in
                var byte: UInt8 = 0
                while true {
                    let count = read(STDIN_FILENO, &byte, 1)
                    if count == 0 || (count < 0 && errno != EINTR) { _exit(0) }
                }
            }, nil)
        return status == 0
    }

    private static func complain(_ text: String) {
        let bytes = Array("standpipe-controller-sim: \(text)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
