// One log as the broker shows it: a reader that comes when the log does. The safety logs are another
// process's and may not be there yet, or be made anew; the service log is the gateway's own and is
// read in the same way, so that there is one path for reading.

package import EventLog

/// A log that is read, and where it stands.
package final class ServedLog {
    package let path: String
    package private(set) var reader: LogReader?
    /// Why there is no reader, or why the last refresh failed.
    package private(set) var failure: ReadError?

    package init(path: String) {
        self.path = path
        refresh()
    }

    /// Takes in what has become durable since the last call. A log that was not there is looked for
    /// again.
    package func refresh() {
        do throws(ReadError) {
            if let reader {
                try reader.refresh()
            } else {
                reader = try LogReader(directory: path)
            }
            failure = nil
        } catch {
            failure = error
        }
    }
}
