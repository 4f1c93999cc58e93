// The safety program on a board: real GPIO lines, real buses. Sources/Controller/Wiring.swift shows
// what is connected to what.

import Controller
import FieldDevices
import Glibc

// Before anything opens a descriptor.
let inherited = InheritedDescriptors.take()
exit(
    runController(
        Array(CommandLine.arguments.dropFirst()), chips: LibgpiodChips(inherited: inherited)))
