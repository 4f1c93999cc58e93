// One message of topic `notifications` before it is text: what happened, and of which episode it is
// the beginning, a part or the end. Made by `Episodes`, written out by `Notice+Json.swift`.

import FireLogic

package struct Notice: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable {
        case begin, during, end
        /// Of no episode.
        case single
    }

    /// Why an episode is over.
    package enum Reason: Hashable, Sendable {
        case seen
        /// The plan has its subject no more.
        case gone
        /// A valve's fault, when the valve gets another command.
        case overtaken
    }

    /// What happened. Where an episode ends without a record of its own, the record that would say so.
    package var record: Record
    package var phase: Phase = .single
    package var episode: Episode?
    /// How long something lasted that is over, where that is known.
    package var seconds: Int64?
    /// A reset, of one floor.
    package var floor: FloorID?
    package var reason: Reason = .seen
    /// Of a walk test that has ended.
    package var answered: [DetectorID] = []
    package var missing: [DetectorID] = []
    package var stamp: Stamp

    package init(_ record: Record, _ stamp: Stamp) {
        self.record = record
        self.stamp = stamp
    }
}
