// Lives of consumer groups from seeds, as fast as they go.

import Glibc

exit(GroupDrillCommand.run(Array(CommandLine.arguments.dropFirst())))
