// Reading a topic over HTTP: a page of records, or a stream of events that goes on as records come.

import HTTPFace
import HTTPTypes
import Hummingbird
import KafkaServer
import KafkaWire
import NIOCore

extension TopicRoutes {
    /// Bytes of batches that are read at a time.
    private static let readBytes: Int32 = 512 << 10
    /// Records of an answer where nothing was said.
    private static let usualLimit = 1_000
    /// Milliseconds without a record after which a stream of events says that it is alive.
    private static let heartbeat: Int32 = 15_000

    /// What one fetch has brought.
    private struct Fetched {
        var batches: [UInt8]
        /// Transactions in it that were not committed.
        var aborted: [(producer: Int64, first: Int64)]
        var start: Int64
        var end: Int64
    }

    /// - Throws: `HTTPFault`; 416 with the offsets that there are.
    private func fetch(
        _ topic: String, _ partition: Int32, from offset: Int64, wait: Int32,
        _ visitor: WebDesk.Visitor
    ) async throws -> Fetched {
        let answer = try await web.ask(
            .fetch(
                .init {
                    $0.maxWaitMs = wait
                    $0.minBytes = 1
                    $0.maxBytes = Self.readBytes
                    $0.isolationLevel = 1
                    $0.topics = [
                        .init {
                            $0.topic = topic
                            $0.partitions = [
                                .init {
                                    $0.partition = partition
                                    $0.fetchOffset = offset
                                    $0.partitionMaxBytes = Self.readBytes
                                }
                            ]
                        }
                    ]
                }), for: visitor)
        guard case .fetch(let response) = answer,
            let result = response.responses.first?.partitions.first
        else { throw HTTPFault(.broken, "the broker gave no answer") }
        guard result.errorCode == .none else {
            var fault = HTTPFault(result.errorCode, nil, topic: topic)
            if result.errorCode == .offsetOutOfRange, result.highWatermark >= 0 {
                fault.message =
                    "\(topic) has offsets from \(result.logStartOffset) to \(result.highWatermark)"
                fault.offsets =
                    result.logStartOffset..<max(result.logStartOffset, result.highWatermark)
            }
            throw fault
        }
        let batches = Array(result.records?.bytes ?? [])
        return Fetched(
            batches: batches,
            aborted: (result.abortedTransactions ?? []).map { ($0.producerId, $0.firstOffset) },
            start: result.logStartOffset, end: result.highWatermark)
    }

    /// The offset at which a query begins.
    private func start(
        _ query: ReadQuery, _ topic: String, _ visitor: WebDesk.Visitor
    ) async throws -> Int64 {
        switch query.start {
        case .offset(let offset): return offset
        case .earliest: return try await offset(at: -2, topic, query.partition, visitor)
        case .latest: return try await offset(at: -1, topic, query.partition, visitor)
        case .time(let time):
            let found = try await offset(at: time, topic, query.partition, visitor)
            // All records are older.
            return found >= 0
                ? found : try await offset(at: -1, topic, query.partition, visitor)
        }
    }

    /// ListOffsets: -2 is the first, -1 the end, others are milliseconds since 1970.
    private func offset(
        at time: Int64, _ topic: String, _ partition: Int32, _ visitor: WebDesk.Visitor
    ) async throws -> Int64 {
        let answer = try await web.ask(
            .listOffsets(
                .init {
                    $0.topics = [
                        .init {
                            $0.name = topic
                            $0.partitions = [
                                .init {
                                    $0.partitionIndex = partition
                                    $0.timestamp = time
                                }
                            ]
                        }
                    ]
                }), for: visitor)
        guard case .listOffsets(let response) = answer,
            let result = response.topics.first?.partitions.first
        else { throw HTTPFault(.broken, "the broker gave no answer") }
        guard result.errorCode == .none else {
            throw HTTPFault(result.errorCode, nil, topic: topic)
        }
        return result.offset
    }

    func page(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visitor, topic) = try await begin(request, context)
        let query = try query(request)
        let offset = try await start(query, topic, visitor)
        let fetched = try await fetch(
            topic, query.partition, from: offset, wait: Int32(query.wait * 1_000), visitor)
        _ = await web.charge(fetched: fetched.batches.count, to: visitor)
        let page = RecordPage(
            fetched.batches, of: topic, from: offset, limit: query.limit ?? Self.usualLimit,
            without: fetched.aborted)
        var json: [UInt8] = []
        RecordText.add(
            "{\"topic\":\"\(topic)\",\"partition\":\(query.partition),\"start\":\(fetched.start),"
                + "\"end\":\(fetched.end),\"next\":\(page.next),\"records\":[", to: &json)
        for (place, entry) in page.entries.enumerated() {
            RecordText.add(place == 0 ? "\n" : ",\n", to: &json)
            json += entry.json
        }
        RecordText.add("]}\n", to: &json)
        return .json(json)
    }

    // Events

    func events(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visitor, topic) = try await begin(request, context)
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        let query = try query(request, lastEventID: last)
        let offset = try await start(query, topic, visitor)
        // What can be refused is refused before the answer begins.
        let first = try await fetchOrSkip(topic, query.partition, offset, wait: 0, visitor)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                var fetched = first
                var next = offset
                var left = query.limit ?? Int.max
                while left > 0 {
                    var text: [UInt8] = []
                    switch fetched {
                    case .skipped(let start):
                        RecordText.add(
                            "event: gap\ndata: {\"from\":\(next),\"to\":\(start - 1)}\n\n",
                            to: &text)
                        next = start
                    case .records(let fetched):
                        let page = RecordPage(
                            fetched.batches, of: topic, from: next, limit: left,
                            without: fetched.aborted)
                        for entry in page.entries {
                            RecordText.add("id: \(entry.offset)\ndata: ", to: &text)
                            text += entry.json
                            RecordText.add("\n\n", to: &text)
                        }
                        left -= page.entries.count
                        next = page.next
                        if fetched.batches.isEmpty { RecordText.add(":\n\n", to: &text) }
                    }
                    try await writer.write(ByteBuffer(bytes: text))
                    if left == 0 { break }
                    if case .records(let last) = fetched, !last.batches.isEmpty {
                        let pause = await web.charge(fetched: last.batches.count, to: visitor)
                        if pause > 0 { try await Task.sleep(for: .milliseconds(pause)) }
                    }
                    do {
                        fetched = try await fetchOrSkip(
                            topic, query.partition, next, wait: Self.heartbeat, visitor)
                    } catch let fault as HTTPFault {
                        try await writer.write(
                            ByteBuffer(
                                bytes: Array("event: error\ndata: ".utf8) + fault.json + [10]))
                        break
                    }
                }
                try await writer.finish(nil)
            })
    }

    private enum Piece {
        case records(Fetched)
        /// What stood before this offset is gone.
        case skipped(to: Int64)
    }

    private func fetchOrSkip(
        _ topic: String, _ partition: Int32, _ offset: Int64, wait: Int32,
        _ visitor: WebDesk.Visitor
    ) async throws -> Piece {
        do {
            return .records(
                try await fetch(topic, partition, from: offset, wait: wait, visitor))
        } catch let fault as HTTPFault {
            guard let offsets = fault.offsets, offset < offsets.lowerBound else { throw fault }
            return .skipped(to: offsets.lowerBound)
        }
    }
}
