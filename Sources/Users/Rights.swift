// What a client may do: a value that goes with each of its requests (KafkaServer's `Peer`). Asked by
// the broker, made from the users file; without users everything is allowed that the broker itself
// does not refuse (nobody but the controller writes the controller's topics).

/// A name, or how names begin: `orders`, `orders.*`, `*`.
package struct NamePattern: Hashable, Sendable {
    package var text: String

    /// nil: more than one star, or one that is not at the end, or characters no name has.
    package init?(_ text: some StringProtocol) {
        let name = text.hasSuffix("*") ? String(text.dropLast()) : String(text)
        guard !text.isEmpty, text.utf8.count <= 249,
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "*") })
        else { return nil }
        self.text = String(text)
    }

    package func matches(_ name: String) -> Bool {
        text.utf8.last == UInt8(ascii: "*")
            ? name.utf8.starts(with: text.utf8.dropLast()) : name == text
    }
}

/// What one user may do.
package struct Rights: Hashable, Sendable {
    /// Topics to read.
    package var read: [NamePattern] {
        get { box.lists.read }
        set { change { $0.read = newValue } }
    }
    /// Topics to write, and to make by writing to them. `signals` needs `detectors` instead.
    package var write: [NamePattern] {
        get { box.lists.write }
        set { change { $0.write = newValue } }
    }
    /// Consumer groups to be a member of and to commit for.
    package var groups: [NamePattern] {
        get { box.lists.groups }
        set { change { $0.groups = newValue } }
    }
    /// Detectors to signal for.
    package var detectors: [ClosedRange<UInt32>] {
        get { box.lists.detectors }
        set { change { $0.detectors = newValue } }
    }
    /// To make, change and delete topics and groups, and to see all of them.
    package var isAdmin: Bool {
        get { box.lists.isAdmin }
        set { change { $0.isAdmin = newValue } }
    }

    private var box: Box

    /// Rights go with every request and hardly ever change: handing them on is to cost one reference,
    /// not one for each list.
    private final class Box: Sendable {
        let lists: Lists

        init(_ lists: Lists) { self.lists = lists }
    }

    private struct Lists: Hashable, Sendable {
        var read: [NamePattern] = []
        var write: [NamePattern] = []
        var groups: [NamePattern] = []
        var detectors: [ClosedRange<UInt32>] = []
        var isAdmin = false

        /// What access control lists add and take away.
        var added = Exceptions()
        var denied = Exceptions()
        /// Topics that nothing added is about.
        var closed: Set<String> = []
    }

    private mutating func change(_ body: (inout Lists) -> Void) {
        var lists = box.lists
        body(&lists)
        box = Box(lists)
    }

    package static func == (one: Rights, other: Rights) -> Bool {
        one.box === other.box || one.box.lists == other.box.lists
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(box.lists) }

    /// Topics and groups by the right that they are about.
    private struct Exceptions: Hashable, Sendable {
        var read: [NamePattern] = []
        var write: [NamePattern] = []
        var groups: [NamePattern] = []

        func contains(_ right: Right, _ name: String) -> Bool {
            let patterns =
                switch right {
                case .read: read
                case .write: write
                case .groups: groups
                }
            return patterns.contains { $0.matches(name) }
        }

        mutating func add(_ right: Right, _ names: NamePattern) {
            switch right {
            case .read: read.append(names)
            case .write: write.append(names)
            case .groups: groups.append(names)
            }
        }
    }

    /// What access control lists are about.
    package enum Right: Hashable, Sendable {
        case read
        case write
        case groups
    }

    package init() { box = Box(Lists()) }

    /// Where there are no users.
    package static let everything: Rights = {
        var rights = Rights()
        let all = NamePattern("*").map { [$0] } ?? []
        rights.read = all
        rights.write = all
        rights.groups = all
        rights.detectors = [UInt32.min...UInt32.max]
        rights.isAdmin = true
        return rights
    }()

    package func mayRead(_ topic: String) -> Bool { may(.read, read, topic) }

    package func mayWrite(_ topic: String) -> Bool { may(.write, write, topic) }

    package func mayUse(group: String) -> Bool { may(.groups, groups, group) }

    /// Whether there is anything at all that may be written.
    package var mayWriteSomething: Bool {
        !write.isEmpty || !box.lists.added.write.isEmpty || !detectors.isEmpty
    }

    package func maySignal(for detector: UInt32) -> Bool {
        detectors.contains { $0.contains(detector) }
    }

    private func may(_ right: Right, _ patterns: [NamePattern], _ name: String) -> Bool {
        if isDenied(right, name) { return false }
        return patterns.contains { $0.matches(name) }
            || !box.lists.closed.contains(name) && box.lists.added.contains(right, name)
    }

    /// Whether it was taken away, whatever else there is.
    package func isDenied(_ right: Right, _ name: String) -> Bool {
        box.lists.denied.contains(right, name)
    }

    /// Adds a right to topics or groups, but for the topics in `closed`.
    package mutating func allow(_ right: Right, _ names: NamePattern, closed: Set<String>) {
        change {
            $0.added.add(right, names)
            $0.closed.formUnion(closed)
        }
    }

    /// Takes a right away, whoever gave it.
    package mutating func deny(_ right: Right, _ names: NamePattern) {
        change { $0.denied.add(right, names) }
    }
}
