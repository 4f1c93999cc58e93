// The options of one libcurl handle: where to, how long, how private, who logs in, which letter. Every
// option that is not libcurl's own default stands here, with the reason.

import CCurl

/// An option that libcurl did not take.
struct Refused: Error {
    var code: CURLcode
}

/// The options of a handle. Each throws `Refused` with libcurl's code.
struct EasyHandle {
    let handle: UnsafeMutableRawPointer

    func set(_ option: CURLoption, _ value: String) throws(Refused) {
        try check(standpipe_curl_set_string(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: Int) throws(Refused) {
        try check(standpipe_curl_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) throws(Refused) {
        try check(standpipe_curl_set_pointer(handle, option, value))
    }

    func check(_ code: CURLcode) throws(Refused) {
        guard code == CURLE_OK else { throw Refused(code: code) }
    }

    func setPath(_ plan: TransactionPlan, _ server: MailServer) throws(Refused) {
        guard let host = HostName.inURL(server.host) else {
            throw Refused(code: CURLE_URL_MALFORMAT)
        }
        let scheme = server.security == .tls ? "smtps" : "smtp"
        let path = plan.hello.isEmpty ? "" : "/\(plan.hello)"
        try set(CURLOPT_URL, "\(scheme)://\(host):\(server.port)\(path)")
        try set(CURLOPT_PROTOCOLS_STR, scheme)
        // Nothing of the environment may lead a message elsewhere.
        try set(CURLOPT_PROXY, "")
    }

    func setBounds(_ plan: TransactionPlan) throws(Refused) {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_TIMEOUT_MS, plan.seconds * 1000)
        try set(CURLOPT_CONNECTTIMEOUT_MS, plan.connectSeconds * 1000)
        // Else 120 s for each answer, QUIT's as well.
        try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, plan.seconds)
        // The thread that waits for a silent name server is left behind; it ends by itself.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_FORBID_REUSE, 1)
        try set(CURLOPT_FRESH_CONNECT, 1)
    }

    func setTLS(_ server: MailServer) throws(Refused) {
        let isPlain = server.security == .none
        try set(
            CURLOPT_USE_SSL, isPlain ? standpipe_curl_use_ssl_none : standpipe_curl_use_ssl_all)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // In the place of the bundle; the folder of the machine's own roots stays.
        if let file = server.certificates { try set(CURLOPT_CAINFO, file) }
    }

    /// Within TLS the password may be sent as it is, and libcurl's first choices would be mechanisms
    /// that need a Windows domain; without TLS a challenge is better than the password.
    func setLogin(_ server: MailServer) throws(Refused) {
        guard let user = server.user else { return }
        try set(CURLOPT_USERNAME, user)
        try set(CURLOPT_PASSWORD, server.password ?? "")
        try set(
            CURLOPT_LOGIN_OPTIONS,
            server.security == .none
                ? "AUTH=CRAM-MD5;AUTH=PLAIN;AUTH=LOGIN" : "AUTH=PLAIN;AUTH=LOGIN")
    }

    func setLetter(
        from: MailAddress, _ recipients: UnsafeMutablePointer<curl_slist>?, bytes: Int
    ) throws(Refused) {
        try set(CURLOPT_MAIL_FROM, from.text)
        try check(standpipe_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients))
        try set(CURLOPT_UPLOAD, 1)
        try check(standpipe_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(bytes)))
    }
}
