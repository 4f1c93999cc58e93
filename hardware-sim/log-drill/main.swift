// Runs the drill of the log from the command line.
//
//   log-drill [--crashes 50000] [--seed S] [--per-life 40]   crash points in many lives, from a seed
//   log-drill --media 10000 [--seed S] [-v]                  damage at rest
//   log-drill --write DIR                                    a writer on real files, to be killed
//   log-drill --life S [--grown] [-v]                        one life, -v call by call; --grown: it
//                                                            begins with a log at its cap

import Glibc
import LogDrill

exit(LogDrillCommand.run(Array(CommandLine.arguments.dropFirst())))
