// Producer ids: given out in blocks that are reserved on the disk first, so that none is given twice,
// not even across a power cut.

import EventLog
import KafkaWire

extension Broker {
    private static let idsABlock: Int64 = 1_000

    func initProducerID(
        _ request: InitProducerIdRequest, _ version: Int16, _ peer: Peer, _ reply: @escaping Reply
    ) {
        if let id = request.transactionalId {
            return initTransactions(id, request, version, peer) { transaction, error in
                reply(
                    .initProducerId(
                        .init {
                            $0.errorCode = error ?? .none
                            $0.producerId = transaction?.producerID ?? -1
                            $0.producerEpoch = transaction?.epoch ?? -1
                        }))
            }
        }
        // An idempotent producer that asks again with its id (KIP-360) gets a fresh one as well: its
        // sequences begin anew with it.
        withProducerID { id, error in
            reply(
                .initProducerId(
                    .init {
                        $0.errorCode = error ?? .none
                        $0.producerId = id
                        $0.producerEpoch = id < 0 ? -1 : 0
                    }))
        }
    }

    /// A fresh id, or -1 and why there is none.
    func withProducerID(_ then: @escaping (Int64, KafkaError?) -> Void) {
        if let id = producerIDs.first {
            producerIDs = producerIDs.dropFirst()
            return then(id, nil)
        }
        waitingForIDs.append { error in
            if let error { return then(-1, error) }
            self.withProducerID(then)
        }
        guard waitingForIDs.count == 1 else { return }
        let first = topics.service.reader?.index.producerIDs ?? 0
        let end = first + Self.idsABlock
        append([.reserveProducerIDs(upTo: end)]) { outcome in
            var failure: KafkaError?
            switch outcome {
            case .success: self.producerIDs = first..<end
            case .failure(let error): failure = error.kafka
            }
            let waiting = self.waitingForIDs
            self.waitingForIDs = []
            for next in waiting { next(failure) }
        }
    }
}
