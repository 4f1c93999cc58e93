// The certificate and the key of the listener, in PEM files as every tool makes them.

import Glibc
import NIOSSL

/// Where they are.
package struct TLSFiles: Hashable, Sendable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// - Throws: `Gateway.Failure.tls`, with the file and what is wrong with it.
    func context() throws(Gateway.Failure) -> NIOSSLContext {
        try look(certificate, isSecret: false)
        try look(key, isSecret: true)
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificate)
        } catch {
            throw .tls("\(certificate) holds no certificate in PEM form")
        }
        guard !chain.isEmpty else {
            throw .tls("\(certificate) holds no certificate in PEM form")
        }
        let secret: NIOSSLPrivateKey
        do {
            secret = try NIOSSLPrivateKey(file: key, format: .pem)
        } catch {
            throw .tls("\(key) holds no private key in PEM form, or one with a password")
        }
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        settings.minimumTLSVersion = .tlsv12
        do {
            return try NIOSSLContext(configuration: settings)
        } catch {
            throw .tls("the key in \(key) is not that of the certificate in \(certificate)")
        }
    }

    private func look(_ path: String, isSecret: Bool) throws(Gateway.Failure) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw .tls("\(path) cannot be read: \(unsafe String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var facts = stat()
        guard unsafe fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            throw .tls("\(path) is not a file")
        }
        guard !isSecret || facts.st_mode & 0o007 == 0 else {
            throw .tls("\(path) can be read by everybody; do 'chmod 600 \(path)'")
        }
    }
}
