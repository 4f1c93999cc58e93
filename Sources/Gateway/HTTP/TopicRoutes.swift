// The routes of the log: POST and GET of a topic, as JSON or as a stream of events. Each is the request
// that a Kafka client would send, and its answer in other clothes. The page is HTTP.md.

import EventLog
import HTTPFace
import HTTPTypes
import Hummingbird
import KafkaServer
import KafkaWire
import NIOCore

struct TopicRoutes: Sendable {
    /// Bytes of a POST's body at most.
    private static let longestBody = 2 << 20

    let web: WebDesk

    func add(to router: Router<WebContext>) {
        router.post("topics/{name}") { request, context in
            try await produce(request, context)
        }
        router.get("topics/{name}") { request, context in
            let wantsEvents =
                request.headers[.accept]?.lowercased().contains("text/event-stream") == true
            return wantsEvents
                ? try await events(request, context) : try await page(request, context)
        }
    }

    /// Everything before the topic is looked at.
    func begin(
        _ request: Request, _ context: WebContext
    ) async throws -> (visitor: WebDesk.Visitor, topic: String) {
        let visitor = try await web.visitor(request, context.channel)
        try await web.enter(visitor)
        guard let name = context.parameters.get("name"), TopicInfo.isValid(name: name) else {
            throw HTTPFault(.notFound, "that is no name of a topic")
        }
        return (visitor, name)
    }

    func query(_ request: Request, lastEventID: String? = nil) throws -> ReadQuery {
        try ReadQuery(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) },
            lastEventID: lastEventID)
    }

    // Produce

    private func produce(_ request: Request, _ context: WebContext) async throws -> Response {
        let (visitor, topic) = try await begin(request, context)
        // A page of the web can send other types from anywhere, without being asked first.
        let type = request.headers[.contentType]?.split(separator: ";").first
        guard type?.lowercased() == "application/json" else {
            throw HTTPFault(.wrongType, "send it as Content-Type: application/json")
        }
        let query = try query(request)
        guard query.start == .earliest, query.limit == nil, query.wait == 0 else {
            throw HTTPFault(.badRequest, "a POST takes \"partition\" alone")
        }
        let body = try await web.body(of: request, upTo: Self.longestBody)
        let records = try RecordDraft.records(
            Array(buffer: body), now: wallMilliseconds())
        let batch = RecordBatch.encode(records)
        _ = await web.charge(produced: body.readableBytes, to: visitor)
        var result = try await produce(batch, topic, query.partition, visitor)
        if result.errorCode == .unknownTopicOrPartition, query.partition == 0,
            try await make(topic, visitor)
        {
            result = try await produce(batch, topic, query.partition, visitor)
        }
        guard result.errorCode == .none else {
            throw HTTPFault(result.errorCode, result.errorMessage, topic: topic)
        }
        var json: [UInt8] = []
        RecordText.add("{\"topic\":\"\(topic)\",\"partition\":\(query.partition)", to: &json)
        if result.baseOffset >= 0 {
            RecordText.add(",\"offset\":\(result.baseOffset)", to: &json)
        }
        RecordText.add(",\"count\":\(records.count)}\n", to: &json)
        return .json(json)
    }

    private func produce(
        _ batch: [UInt8], _ topic: String, _ partition: Int32, _ visitor: WebDesk.Visitor
    ) async throws -> ProduceResponse.Topic.Partition {
        let answer = try await web.ask(
            .produce(
                .init {
                    $0.acks = -1
                    $0.topicData = [
                        .init {
                            $0.name = topic
                            $0.partitionData = [
                                .init {
                                    $0.index = partition
                                    $0.records = WireBytes(batch)
                                }
                            ]
                        }
                    ]
                }), for: visitor)
        guard case .produce(let response) = answer,
            let result = response.responses.first?.partitionResponses.first
        else { throw HTTPFault(.broken, "the broker gave no answer") }
        return result
    }

    /// Makes the topic, where this broker makes topics that are asked for and the user may; as a Kafka
    /// producer's first request does. False: it is not there.
    private func make(_ topic: String, _ visitor: WebDesk.Visitor) async throws -> Bool {
        let answer = try await web.ask(
            .metadata(
                .init {
                    $0.topics = [.init { $0.name = topic }]
                    $0.allowAutoTopicCreation = true
                }), for: visitor)
        guard case .metadata(let response) = answer else { return false }
        return response.topics.first?.errorCode == KafkaError.none
    }
}

extension Response {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
