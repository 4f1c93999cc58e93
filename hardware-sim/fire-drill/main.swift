// Runs the drill from the command line.
//
//   fire-drill [--seeds 10000] [--from 1] [--steps 60]   many lives; a failing one prints its replay
//   fire-drill --seed N [--steps M] [-v]                 one life, -v step by step
//   fire-drill explore [NAME]                            every reachable state of the small sites

import FireDrill
import Glibc

exit(FireDrillCommand.run(Array(CommandLine.arguments.dropFirst())))
