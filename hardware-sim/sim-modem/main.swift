// A simulated GSM modem as a program, for people, for gammu and for tests of other processes.

import Glibc

exit(SimModemCommand.run(Array(CommandLine.arguments.dropFirst())))
