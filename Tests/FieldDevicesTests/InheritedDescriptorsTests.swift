// What a process takes of the descriptors that it was started with.

import Glibc
import Testing

@testable import FieldDevices

@Suite struct InheritedDescriptorsTests {
    /// Descriptors 700 to 702 of pipes, and what `read` makes of the variables.
    private func read(_ variables: [String: String]) -> [InheritedDescriptor] {
        var all = variables
        if all["LISTEN_PID"] == nil { all["LISTEN_PID"] = "\(getpid())" }
        return InheritedDescriptors.read(first: 700) { all[$0] }
    }

    @Test("Descriptors come with their names, and end with this process and no later")
    func named() {
        for descriptor in Int32(700)...702 { dup2(0, descriptor) }
        defer { for descriptor in Int32(700)...702 { close(descriptor) } }
        let found = read(["LISTEN_FDS": "3", "LISTEN_FDNAMES": "a.1::c"])
        #expect(
            found.map(\.descriptor) == [700, 701, 702] && found.map(\.name) == ["a.1", "", "c"])
        #expect(fcntl(701, F_GETFD) == FD_CLOEXEC)
        // Fewer names, no names, more names, and numbers behind which nothing is.
        #expect(read(["LISTEN_FDS": "2", "LISTEN_FDNAMES": "a"]).map(\.name) == ["a", ""])
        #expect(read(["LISTEN_FDS": "1"]).map(\.name) == [""])
        #expect(read(["LISTEN_FDS": "1", "LISTEN_FDNAMES": "a:b:c"]).map(\.name) == ["a"])
        close(701)
        #expect(read(["LISTEN_FDS": "3"]).map(\.descriptor) == [700, 702])
    }

    @Test(
        "QUIET: variables that make no sense, or are another process's, hand on nothing",
        arguments: [
            [:], ["LISTEN_FDS": ""], ["LISTEN_FDS": "0"], ["LISTEN_FDS": "-1"],
            ["LISTEN_FDS": "1025"], ["LISTEN_FDS": "99999999999999999999"], ["LISTEN_FDS": "2x"],
            ["LISTEN_FDS": "1", "LISTEN_PID": "1"], ["LISTEN_FDS": "1", "LISTEN_PID": ""],
        ])
    func nonsense(_ variables: [String: String]) {
        dup2(0, 700)
        #expect(read(variables) == [])
    }
}
