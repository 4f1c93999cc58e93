// What a request over HTTP is told when it cannot be done: a status, and a line for people in JSON.

package import KafkaWire

/// Why a request was refused.
package struct HTTPFault: Error, Hashable, Sendable {
    /// RFC 9110, section 15, as far as it is used here.
    package enum Status: Int, Sendable {
        case badRequest = 400
        case unauthorized = 401
        case forbidden = 403
        case notFound = 404
        case conflict = 409
        case tooLarge = 413
        case wrongType = 415
        case outOfRange = 416
        case misdirected = 421
        case tooMany = 429
        case broken = 500
        case unavailable = 503
    }

    package var status: Status
    package var message: String
    /// Seconds after which it may be tried again.
    package var retryAfter: Int?
    /// The offsets that there are, where it was asked for others.
    package var offsets: Range<Int64>?

    package init(_ status: Status, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The broker's error; `message` is the broker's own, where it has one.
    package init(_ error: KafkaError, _ message: String?, topic: String) {
        switch error {
        case .unknownTopicOrPartition:
            self.init(.notFound, message ?? "there is no topic \(topic), or not this partition")
        case .topicAuthorizationFailed, .clusterAuthorizationFailed, .groupAuthorizationFailed:
            self.init(.forbidden, message ?? "you may not do this with \(topic)")
        case .messageTooLarge, .recordListTooLarge:
            self.init(.tooLarge, message ?? "the records are larger than the log takes")
        case .throttlingQuotaExceeded:
            self.init(.tooMany, message ?? "too much at a time", retryAfter: 1)
        case .offsetOutOfRange:
            self.init(.outOfRange, message ?? "\(topic) has no such offset")
        case .invalidRecord, .corruptMessage, .invalidTopicException, .invalidRequest:
            self.init(.badRequest, message ?? "\(topic) does not take this")
        case .notEnoughReplicas, .kafkaStorageError, .brokerNotAvailable:
            self.init(
                .unavailable, message ?? "the log cannot take it now", retryAfter: 1)
        case .policyViolation:
            self.init(.conflict, message ?? "the log has reached a limit")
        default: self.init(.broken, message ?? "error \(error.rawValue)")
        }
    }

    /// `{"error":"…"}`
    package var json: [UInt8] {
        var json: [UInt8] = []
        RecordText.add("{\"error\":", to: &json)
        RecordText.quote(message, to: &json)
        if let offsets {
            RecordText.add(
                ",\"start\":\(offsets.lowerBound),\"end\":\(offsets.upperBound)", to: &json)
        }
        if let retryAfter { RecordText.add(",\"retryAfter\":\(retryAfter)", to: &json) }
        RecordText.add("}\n", to: &json)
        return json
    }
}
