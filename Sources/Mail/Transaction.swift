// One connection to one server by libcurl: connect, TLS, log in, hand over one message (or NOOP), leave.
// Blocks, but never longer than the time it is given and a little: libcurl's own time-outs leave out a
// name server that is silent and a server that is silent after QUIT. See MAIL.md.

import CCurl
import Glibc

/// What a transaction needs beside the server.
struct TransactionPlan {
    /// Sender and recipient of the envelope and the message's bytes; nil to try the path only.
    var letter: (from: MailAddress, to: MailAddress, bytes: [UInt8])?
    /// For EHLO; empty for the machine's own.
    var hello: String
    var seconds: Int

    /// For the connection up to the log-in. A part of the whole, so that the next server has its turn
    /// soon.
    var connectSeconds: Int { min(seconds, max(5, min(20, seconds / 2))) }
}

/// libcurl, made ready once in the process.
enum Curl {
    /// Its answer to that. The first caller of any thread does it; the others wait for it.
    static let start: CURLcode = standpipe_curl_global_start()
}

/// One transaction, and what its callbacks see.
final class Transaction {
    /// How long a server may take to answer QUIT: by then it has the message.
    private static let farewell = Duration.seconds(2)

    private var conversation: Conversation
    private let body: [UInt8]
    private var given = 0
    private var deadline: ContinuousClock.Instant
    private let secrets: [[UInt8]]

    private init(body: [UInt8], secrets: [[UInt8]], deadline: ContinuousClock.Instant) {
        self.body = body
        self.secrets = secrets
        self.deadline = deadline
        conversation = Conversation(secrets: secrets)
    }

    enum Result {
        /// The server's last answer.
        case done(Reply)
        case failed(Ending)
    }

    /// Runs `plan` with `server`.
    static func run(_ plan: TransactionPlan, with server: MailServer) -> Result {
        // A little later than libcurl's own, which says more about where it stood.
        let limit = ContinuousClock.now + .seconds(plan.seconds) + .milliseconds(500)
        let transaction = Transaction(
            body: plan.letter?.bytes ?? [], secrets: secrets(of: server), deadline: limit)
        return transaction.run(plan, with: server)
    }

    private func run(_ plan: TransactionPlan, with server: MailServer) -> Result {
        var end = Ending(
            curl: Curl.start, step: .lookup, reply: nil, words: "", system: "",
            seconds: plan.seconds)
        guard Curl.start == CURLE_OK, let handle = curl_easy_init() else {
            if end.curl == CURLE_OK { end.curl = CURLE_OUT_OF_MEMORY }
            return .failed(end)
        }
        let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer {
            curl_easy_cleanup(handle)
            curl_slist_free_all(recipients)
            words.deallocate()
        }
        do throws(Refused) {
            let options = EasyHandle(handle: handle)
            try options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(words))
            try options.setPath(plan, server)
            try options.setBounds(plan)
            try options.setTLS(server)
            try options.setLogin(server)
            try options.setCallbacks(Unmanaged.passUnretained(self).toOpaque())
            if let letter = plan.letter {
                recipients = curl_slist_append(nil, letter.to.text)
                guard recipients != nil else { throw Refused(code: CURLE_OUT_OF_MEMORY) }
                try options.setLetter(from: letter.from, recipients, bytes: letter.bytes.count)
            } else {
                try options.set(CURLOPT_CUSTOMREQUEST, "NOOP")
            }
            end.curl = withExtendedLifetime(self) {
                SilencedPipe.during { curl_easy_perform(handle) }
            }
        } catch {
            end.curl = error.code
        }
        if let reply = conversation.reply {
            if plan.letter != nil && conversation.isAccepted && given == body.count {
                return .done(reply)
            }
            if plan.letter == nil && end.curl == CURLE_OK { return .done(reply) }
        }
        end.reply = conversation.reply
        end.step = step(handle, server)
        if end.step.isBeforeMessage { end.seconds = plan.connectSeconds }
        var said = Array(UnsafeRawBufferPointer(start: words, count: Int(CURL_ERROR_SIZE)))
        said = Array(said.prefix { $0 != 0 })
        if said.isEmpty { said = Array(String(cString: curl_easy_strerror(end.curl)).utf8) }
        end.words = Conversation.readable(said, without: secrets)
        var code = 0
        if standpipe_curl_get_long(handle, CURLINFO_OS_ERRNO, &code) == CURLE_OK, code > 0 {
            end.system = String(cString: strerror(Int32(truncatingIfNeeded: code)))
        }
        return .failed(end)
    }

    /// Before the server's first word libcurl's stop watches tell how far it came.
    private func step(_ handle: UnsafeMutableRawPointer, _ server: MailServer) -> Step {
        if conversation.wasHeard { return conversation.step }
        func hasPassed(_ time: CURLINFO) -> Bool {
            var value: curl_off_t = 0
            return standpipe_curl_get_size(handle, time, &value) == CURLE_OK && value > 0
        }
        if !hasPassed(CURLINFO_NAMELOOKUP_TIME_T) { return .lookup }
        if !hasPassed(CURLINFO_CONNECT_TIME_T) { return .connection }
        if server.security == .tls && !hasPassed(CURLINFO_APPCONNECT_TIME_T) { return .tls }
        return .greeting
    }

    /// The password in all forms in which it is sent.
    private static func secrets(of server: MailServer) -> [[UInt8]] {
        guard let password = server.password, !password.isEmpty else { return [] }
        let bytes = Array(password.utf8)
        let user = Array((server.user ?? "").utf8)
        let plain = HeaderText.base64([0] + user + [0] + bytes)
        return [bytes, Array(HeaderText.base64(bytes).utf8), Array(plain.utf8)]
    }

    // What libcurl calls, on the thread of `run`

    /// The next bytes of the message.
    fileprivate func give(_ target: UnsafeMutableRawPointer, _ room: Int) -> Int {
        let count = min(room, body.count - given)
        body.withUnsafeBytes { source in
            guard count > 0, let base = source.baseAddress else { return }
            target.copyMemory(from: base + given, byteCount: count)
        }
        given += count
        return count
    }

    fileprivate func heard(_ line: UnsafeRawBufferPointer) {
        conversation.received(line)
        if conversation.isAccepted {
            deadline = min(deadline, ContinuousClock.now + Self.farewell)
        }
    }

    fileprivate func said(_ line: UnsafeRawBufferPointer) {
        conversation.sent(line)
        // A refused message leaves with QUIT, too.
        if conversation.isOver { deadline = min(deadline, ContinuousClock.now + Self.farewell) }
    }

    fileprivate var isLate: Bool { ContinuousClock.now >= deadline }
}

extension EasyHandle {
    /// What libcurl calls, with the transaction that it is for.
    fileprivate func setCallbacks(_ transaction: UnsafeMutableRawPointer) throws(Refused) {
        try set(CURLOPT_READDATA, transaction)
        try check(standpipe_curl_set_read(handle, CURLOPT_READFUNCTION, giveBytes))
        try set(CURLOPT_HEADERDATA, transaction)
        try check(standpipe_curl_set_write(handle, CURLOPT_HEADERFUNCTION, hearLine))
        try check(standpipe_curl_set_write(handle, CURLOPT_WRITEFUNCTION, ignoreBody))
        try set(CURLOPT_DEBUGDATA, transaction)
        try check(standpipe_curl_set_debug(handle, CURLOPT_DEBUGFUNCTION, seeCommand))
        try set(CURLOPT_VERBOSE, 1)
        try set(CURLOPT_XFERINFODATA, transaction)
        try check(standpipe_curl_set_progress(handle, CURLOPT_XFERINFOFUNCTION, askTime))
        try set(CURLOPT_NOPROGRESS, 0)
    }
}

// C functions for libcurl. A transaction outlives its handle.

private func transaction(_ pointer: UnsafeMutableRawPointer?) -> Transaction? {
    pointer.map { Unmanaged<Transaction>.fromOpaque($0).takeUnretainedValue() }
}

private func giveBytes(
    _ target: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let target, let transaction = transaction(pointer) else { return 0 }
    return transaction.give(UnsafeMutableRawPointer(target), size * count)
}

private func hearLine(
    _ line: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    transaction(pointer)?.heard(UnsafeRawBufferPointer(start: line, count: size * count))
    return size * count
}

private func ignoreBody(
    _: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _: UnsafeMutableRawPointer?
) -> Int {
    size * count
}

/// Told of everything that is sent, credentials as well: only commands are looked at, and of them the
/// verb.
private func seeCommand(
    _: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ line: UnsafeMutablePointer<CChar>?,
    _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int32 {
    if kind == CURLINFO_HEADER_OUT {
        transaction(pointer)?.said(UnsafeRawBufferPointer(start: line, count: count))
    }
    return 0
}

private func askTime(
    _ pointer: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    transaction(pointer)?.isLate == true ? 1 : 0
}
