// Logging in at the panel, and out.

import FoundationEssentials
import HTTPFace
import HTTPTypes
import Hummingbird
import NIOCore
import Panel
import Users

extension PanelRoutes {
    private static let longestBody = 4 << 10

    private struct Credentials: Decodable {
        var user: String
        var password: String
    }

    /// The body of a POST from the panel's page.
    /// - Throws: `HTTPFault` 400, 403, 413 or 415.
    func body(_ request: Request) async throws -> [UInt8] {
        // A page of the web can send other types from anywhere, without being asked first.
        let type = request.headers[.contentType]?.split(separator: ";").first
        guard type?.lowercased() == "application/json" else {
            throw HTTPFault(.wrongType, "send it as Content-Type: application/json")
        }
        guard PanelLogin.isOwn(request) else {
            throw HTTPFault(.forbidden, "that comes from a foreign page")
        }
        return Array(buffer: try await desk.web.body(of: request, upTo: Self.longestBody))
    }

    func logIn(_ request: Request, _ context: WebContext) async throws -> Response {
        try await desk.web.enter(WebDesk.Visitor(channel: context.channel, user: ""))
        guard
            let credentials = try? JSONDecoder().decode(
                Credentials.self, from: Data(try await body(request)))
        else { throw HTTPFault(.badRequest, "send {\"user\":\"…\",\"password\":\"…\"}") }
        let viewer = try await desk.login.logIn(
            credentials.user, Array(credentials.password.utf8.prefix(1_024)), context)
        var response = try await session(viewer, request)
        response.headers[.setCookie] = await cookie(viewer.token ?? "", "")
        return response
    }

    func logOut(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let viewer = try await desk.login.whoever(request, context), viewer.token != nil
        else { throw HTTPFault(.unauthorized, "nobody is logged in") }
        try desk.login.mayChange(request, viewer)
        desk.login.logOut(viewer)
        // The cookie is worth nothing any more.
        var response = try await session(try await desk.login.whoever(request, context), request)
        response.headers[.setCookie] = await cookie("", "; Max-Age=0")
        return response
    }

    private func cookie(_ value: String, _ more: String) async -> String {
        let desk = desk.web.desk
        let isEncrypted =
            (try? await self.desk.web.loop.submit { desk.value.door.tls != nil }.get()) ?? true
        return "\(PanelLogin.cookie)=\(value); Path=/; HttpOnly; SameSite=Strict"
            + (isEncrypted ? "; Secure" : "") + more
    }

    /// Who the page is for.
    func session(_ viewer: Viewer?, _ request: Request) async throws -> Response {
        let desk = desk.web.desk
        let hasUsers = try await self.desk.web.loop.submit { desk.value.door.asksForUser }.get()
        let isSpanish =
            request.headers[.acceptLanguage]?.lowercased().hasPrefix("es") == true
        return .json(
            JsonBytes.object { json in
                json.field("user", viewer?.user)
                json.field("level", viewer?.level?.rawValue ?? 0)
                json.field("csrf", viewer?.csrf)
                json.field("login", hasUsers)
                json.field("language", isSpanish ? "es" : "en")
            })
    }
}
