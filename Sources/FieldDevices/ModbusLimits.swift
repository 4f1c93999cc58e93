// Every bound and time that the Modbus side keeps, in one place. Called by all of `Modbus…`.

import FireLogic

package enum ModbusLimits {
    // Slaves that do not answer.

    /// Delay of the second probe of a silent slave; doubles with every further one. The first
    /// follows at once.
    package static let probeDelay: Interval = .milliseconds(500)
    package static let longestProbeDelay: Interval = .seconds(8)
    /// 0, then `probeDelay`, doubling up to `longestProbeDelay`.
    package static func probeDelay(after misses: Int) -> Interval {
        if misses < 2 { return .zero }
        let factor = Int64(1) << Int64(min(misses - 2, 20))
        let delay = Interval(nanoseconds: probeDelay.nanoseconds * factor)
        return min(delay, longestProbeDelay)
    }
    /// So long the answers of silent slaves may take together before the others are read again.
    package static let longestTurn: Interval = .milliseconds(500)
    /// One lost probe in the shortest period of the bus, and in this if that is longer.
    package static let probeCycle: Interval = .seconds(1)
    /// Of the time of the bus, a lost probe may cost one part in so many.
    package static let probeShare: Int64 = 4
    /// No reply is expected later than this after its request. Only on serial lines, and only for
    /// a slave with two requests whose answers look alike: it is left alone for so long after a
    /// time-out, because nothing in a serial frame tells a late answer from the right one.
    package static let latestReply: Interval = .seconds(1)
    /// A slave that usually answers fast is given up earlier than the bus's own time-out: this
    /// much after four times its slowest recent answer.
    package static let patience: Interval = .milliseconds(50)

    // Frames.

    /// What a frame may take longer than its characters: buffers and latency timers of adapters.
    package static let frameSlack: Interval = .milliseconds(20)
    /// How long a bus that talks without being asked is waited for before it is asked anyway.
    package static let longestSettling: Interval = .milliseconds(100)
    /// Bytes without being asked that end a TCP connection: more than late answers to all that may
    /// be outstanding.
    package static let unaskedBytes = 16_384
    /// Requests without an answer that end a TCP connection, because their numbers are not used
    /// again on it. A slave that is dead for an hour or more costs a new connection.
    package static let owedAnswers = 4_096

    /// A serial line is listened to for so long before the first request after it was opened:
    /// answers to a program that ran before may still be on their way.
    package static let quietAfterOpening: Interval = .milliseconds(50)

    // Links.

    /// Delay of the second attempt to open a link; doubles with every further one. The first
    /// follows at once.
    package static let reopenDelay: Interval = .seconds(1)
    package static let longestReopenDelay: Interval = .seconds(16)
    package static let connectTimeout: Interval = .seconds(3)
    /// A bus on which every slave has been asked in vain is down after so long.
    package static let busSilence: Interval = .seconds(2)
    /// A link without any answer is closed and opened anew after so long.
    package static let linkSilence: Interval = .seconds(10)

    // The thread.

    /// Between two beats of a thread that has nothing to do.
    package static let idle: Interval = .milliseconds(500)
    /// Between two attempts to hand over what the full ring had no room for.
    package static let outboxRetry: Interval = .milliseconds(5)
    /// Bytes; small, because the controller locks its memory.
    package static let stack = 131_072
    /// Values in the ring to the control loop.
    package static let ring: ClosedRange<Int> = 64...32_768
    /// libmodbus waits with select(2), which writes beyond its set for higher descriptors.
    package static let highestDescriptor: Int32 = 1_023
}
