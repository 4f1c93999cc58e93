// Acknowledging over HTTP. Whoever has the link of a message needs no password: its token is one. GET
// shows a page with a button and changes nothing, as scanners of mail follow links; the button's POST
// acknowledges. And a POST by which somebody who may log in says that he has seen what could not be
// delivered.

import HTTPFace
import HTTPTypes
import Hummingbird
import NIOCore
import Notifications

struct AcknowledgeRoutes: Sendable {
    let web: WebDesk
    let notify: NotifyThread

    func add(to router: Router<WebContext>) {
        router.get("acknowledge/{token}") { request, context in
            try await web.enter(WebDesk.Visitor(channel: context.channel, user: ""))
            let receipt = await notify.look(context.parameters.get("token") ?? "")
            return Self.page(receipt, isDone: false)
        }
        router.post("acknowledge/{token}") { request, context in
            try await web.enter(WebDesk.Visitor(channel: context.channel, user: ""))
            _ = try await web.body(of: request, upTo: 1_024)
            let receipt = await notify.acknowledge(context.parameters.get("token") ?? "")
            return Self.page(receipt, isDone: true)
        }
        router.post("undelivered/seen") { request, context in
            let visitor = try await web.visitor(request, context.channel)
            try await web.enter(visitor)
            // A page of the web can send other types from anywhere, without being asked first.
            let type = request.headers[.contentType]?.split(separator: ";").first
            guard type?.lowercased() == "application/json" else {
                throw HTTPFault(.wrongType, "send it as Content-Type: application/json")
            }
            _ = try await web.body(of: request, upTo: 1_024)
            notify.markSeen(by: visitor.user)
            return Response.json(Array("{}\n".utf8))
        }
    }

    private static func page(_ receipt: NotifyThread.Engine.Receipt, isDone: Bool) -> Response {
        let (status, text): (HTTPResponse.Status, String) =
            switch receipt {
            case .unknown:
                (.notFound, "<p>This link is not valid.</p><p>Este enlace no vale.</p>")
            case .already(let who, _):
                (
                    .ok,
                    "<p>Already acknowledged by \(escaped(who)).</p>"
                        + "<p>Ya confirmado por \(escaped(who)).</p>"
                )
            case .done where isDone:
                (
                    .ok,
                    "<p>Acknowledged: nobody else is called.</p>"
                        + "<p>Confirmado: no se llama a nadie más.</p>"
                )
            case .done:
                (
                    .ok,
                    "<form method=\"post\"><p>Somebody takes care of this alarm; nobody else has to "
                        + "be called.</p><p>Alguien atiende esta alarma; no hay que llamar a nadie "
                        + "más.</p><button style=\"font-size:2em\">Acknowledge / Confirmar</button>"
                        + "</form>"
                )
            }
        let html =
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + "content=\"width=device-width\"><title>Standpipe</title></head>"
            + "<body style=\"font-family:sans-serif\">\(text)</body></html>\n"
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
                + "frame-ancestors 'none'",
        ]
        headers[.xContentTypeOptions] = "nosniff"
        if let policy = HTTPField.Name("Referrer-Policy") { headers[policy] = "no-referrer" }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
