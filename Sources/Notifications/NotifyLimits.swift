// All limits of the notifications in one place, with what each is for. Times are milliseconds of the
// boot clock.

/// How much there may be, and how long things wait.
package struct NotifyLimits: Hashable, Sendable {
    package static let recipients = 32
    package static let patternsEach = 32
    /// Records of the safety log that are looked at in one step.
    static let pieceBytes = 128 << 10
    /// Bytes of messages in one append; a frame of the log holds more than that.
    static let appendBytes = 400 << 10
    /// The same where an append was too large for the log.
    static let tightBytes = 64 << 10
    static let tightLines = 8
    /// Bytes of text that are kept of an event that nobody can read.
    static let rawBytes = 1_024
    /// Scalars of one text of an event.
    static let fieldScalars = 256
    /// Bytes of an event in a message; its texts are cut beyond.
    static let itemBytes = 3 << 10
    /// Detectors that a message lists.
    static let listed = 60
    /// Events that a digest lists; what is beyond is counted.
    static let digestLines = 50
    static let digestLinesSMS = 4
    /// Bytes of the lines of a digest.
    static let digestBytes = 12 << 10
    /// Begins and ends of one thing in a digest that are told one by one; it chatters beyond.
    static let chatter = 3
    /// Things with events that wait for the next digest; what is beyond is counted.
    static let subjects = 4_096
    /// Messages that are put straight in one append.
    static let straightened = 48
    /// Messages that were sent and stay in the topic to look at.
    static let kept: Int64 = 200
    /// Acknowledgements that are remembered.
    static let acknowledgements = 512
    /// Episodes whose codes are known.
    static let episodes = 256
    /// Bytes of the topics of what failed, and of acknowledgements.
    static let failedTopicBytes: Int64 = 8 << 20

    /// Messages that wait in one recipient's fire lane. What is beyond goes to `.failed`.
    package var fireBacklog = 1_000
    /// Messages that wait in one recipient's other lane. Beyond, they are merged into one.
    package var restBacklog = 64
    /// Bytes of a commit's metadata beyond which the queue is put straight.
    package var doneBytes = 400
    /// The first try again of a message comes after this, each later one after twice as long,
    package var firstRetry: Int64 = 5_000
    /// up to this.
    package var longestRetry: Int64 = 15 * 60_000
    /// What could not be delivered in this time goes to `.failed`.
    package var giveUp: Int64 = 72 * 3_600_000
    /// The first try of a path that failed, each later one after twice as long,
    package var firstProbe: Int64 = 1_000
    /// up to this,
    package var longestProbe: Int64 = 60_000
    /// or this where a human has to change something first.
    package var longestConfigurationProbe: Int64 = 300_000
    /// A path is tried when nothing has gone over it for so long.
    package var supervision: Int64 = 60_000
    /// The first event after a quiet time waits so long for others.
    package var gather: Int64 = 2_000
    /// Between two digests.
    package var digestPause: Int64 = 60_000
    /// Before an append that was refused is tried again.
    package var appendRetry: Int64 = 1_000
    /// Messages under way at a time over each way.
    package var mailsUnderway = 3
    package var textsUnderway = 1

    package init() {}

    func underway(_ channel: Channel) -> Int {
        switch channel {
        case .email: mailsUnderway
        case .sms: textsUnderway
        }
    }
}
