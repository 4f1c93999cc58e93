// How a log is, for the panel: its size, how long the flash lasts at this rate, when it was flushed last.

import EventLog
import FireLogic
import KafkaServer
import Panel

struct LogHealth {
    /// Flash that a board has at least, and how often a cell of it is written: as `standpipe log` takes
    /// them where nothing is said.
    private static let flashBytes = 8e9
    private static let cycles = 3_000.0
    /// Less says nothing: a start writes a checkpoint.
    private static let leastSeconds = 60.0

    /// Bytes of what is used, and of all that it may use; nil: there is no log.
    private static func sizes(_ log: ServedLog) -> (used: Int, all: Int)? {
        guard let reader = log.reader else { return nil }
        let used = reader.index.segments.count
        let spares = (try? reader.spareCount()) ?? 0
        return (used * reader.segmentBytes, (used + spares) * reader.segmentBytes)
    }

    /// What stands behind `"log":`.
    static func json(_ safety: ServedLog?, _ service: ServedLog, at clock: PanelClock) -> [UInt8] {
        JsonBytes.object { json in
            let sizes = safety.flatMap(sizes)
            json.field("bytes", sizes?.used)
            json.field("capacityBytes", sizes?.all)
            let reader = safety?.reader
            let counters = reader?.isLive == true ? reader?.counters : nil
            json.field(
                "flushMs",
                counters.map {
                    max(0, (clock.boot - Instant(nanoseconds: $0.bootNanoseconds)).milliseconds)
                })
            var years: Int64?
            if let counters, let start = reader?.writerStartedNanoseconds {
                let seconds =
                    Double((clock.boot - Instant(nanoseconds: start)).nanoseconds) / 1e9
                let rate = Double(counters.bytesWritten) / seconds
                if seconds >= leastSeconds, rate > 0 {
                    years = Int64(min(flashBytes * cycles / rate / (365.25 * 86_400), 1_000))
                }
            }
            json.field("flashYears", years)
            json.field("isHealthy", counters.map { $0.health.isEmpty } ?? false)
            json.name("gateway")
            json.open("{")
            let own = Self.sizes(service)
            json.field("bytes", own?.used)
            json.field("capacityBytes", own?.all)
            json.close("}")
        }
    }
}
