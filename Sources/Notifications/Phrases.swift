// What a language has to be able to say. One conformance a language: `EnglishPhrases`,
// `SpanishPhrases`.

/// The words of a message.
protocol Phrases: Sendable {
    var floorWord: String { get }
    var detectorWord: String { get }
    /// One line: what has happened and where.
    func headline(_ kind: EventKind, _ names: EventNames) -> String?
    /// What the system did.
    func done(_ kind: EventKind, _ names: EventNames) -> String?
    /// What to do now.
    func advice(_ kind: EventKind, _ names: EventNames) -> String
    /// `%` stands for a value.
    var labels: Labels { get }
}

/// Fixed words of a message.
struct Labels: Sendable {
    var site: String
    var when: String
    var since: String
    var lasted: String
    var did: String
    var todo: String
    var detectors: String
    var missing: String
    var event: String
    /// Of a digest: `%` events.
    var events: String
    /// `%` more.
    var more: String
    /// `%` times.
    var times: String
    var late: String
    var acknowledge: String
    var link: String
    var reply: String
    var test: String
    var testText: String
    var footer: String
}
