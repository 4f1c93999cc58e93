// What the panel shows of the messages to people: how many wait, how many reached nobody, and what is
// wrong. Made of the file that the notifications write for `standpipe status`; of a file that is not
// understood nothing is shown.

import FoundationEssentials

/// The figures of `notify.json`.
package struct NotifyFigures: Sendable {
    private struct File: Decodable {
        struct Path: Decodable {
            struct Queue: Decodable {
                var waiting: Int
            }

            var channel: String
            var trouble: String?
            /// What reached nobody and was seen by nobody.
            var unseen: Int
            var queues: [Queue]
        }

        var paths: [Path]
        var log: String?
    }

    private let file: File

    /// nil: not such a file.
    package init?(_ bytes: [UInt8]) {
        guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)) else { return nil }
        self.file = file
    }

    /// What stands behind `"notifications":`.
    package var json: [UInt8] {
        JsonBytes.object { json in
            json.name("waiting")
            json.open("{")
            for (channel, name) in [("email", "mail"), ("sms", "sms")] {
                let paths = file.paths.filter { $0.channel == channel }
                guard !paths.isEmpty else { continue }
                // Numbers from a file: their sum may not trap.
                let waiting = paths.flatMap(\.queues).reduce(0) {
                    $0.addingReportingOverflow($1.waiting).partialValue
                }
                json.field(name, waiting)
            }
            json.close("}")
            json.field(
                "failed",
                file.paths.reduce(0) { $0.addingReportingOverflow($1.unseen).partialValue })
            json.list("troubles", file.paths.compactMap(\.trouble) + (file.log.map { [$0] } ?? []))
        }
    }
}
