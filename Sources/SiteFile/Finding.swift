// What `standpipe check` says about a site file. Every reader of this module adds findings and
// goes on, so that the installer sees all of them at once.

/// Where something stands: line and column, both counted from 1; columns count characters
/// (Unicode scalars).
package struct Place: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static let start = Place(line: 1, column: 1)

    package static func < (a: Place, b: Place) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}

/// One thing that is wrong, or worth a second look.
package struct Finding: Hashable, Sendable {
    package enum Severity: Hashable, Sendable {
        /// No plan is made.
        case error
        /// A plan is made all the same.
        case warning
    }

    package var place: Place
    package var severity: Severity
    /// What is wrong; what to do.
    package var message: String

    package init(_ severity: Severity = .error, at place: Place, _ message: String) {
        self.place = place
        self.severity = severity
        self.message = message
    }

    /// `PATH:LINE:COLUMN: message`, as compilers write it, so that editors can jump there.
    package func text(path: String) -> String {
        let mark = severity == .warning ? "warning: " : ""
        return "\(path):\(place.line):\(place.column): \(mark)\(message)"
    }
}

extension String {
    /// In quotes, fit for a message.
    var quoted: String { "\"\(shown)\"" }

    /// On one line and short: what a user wrote, fit for a message on a terminal.
    var shown: String {
        var short = ""
        for scalar in unicodeScalars.prefix(60) {
            let isControl = scalar.properties.generalCategory == .control
            short.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return unicodeScalars.count > 60 ? short + "…" : short
    }
}
