// A simulated building with its controller, for measurements from outside: does what the lines on its
// standard input say and answers each with one line. Never part of an installation.

import Glibc

exit(SimBuildingCommand.run(Array(CommandLine.arguments.dropFirst())))
