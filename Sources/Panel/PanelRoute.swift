// Every way in over HTTP that the panel has: its page, its files, and `/api/v1`. The gateway adds
// exactly these to its router, and the tests compare them with the OpenAPI description. None opens or
// closes a valve, and none can be added that does: the controller's input has no such message.

/// One route.
package enum PanelRoute: String, CaseIterable, Sendable {
    case page = "GET /"
    case file = "GET /panel/{file}"
    case session = "GET /api/v1/session"
    case logIn = "POST /api/v1/session"
    case logOut = "DELETE /api/v1/session"
    case acknowledge = "POST /api/v1/acknowledge"
    case silence = "POST /api/v1/silence"
    case reset = "POST /api/v1/reset"
    case disable = "POST /api/v1/disable"
    case enable = "POST /api/v1/enable"
    case walkTest = "POST /api/v1/walk-test"
    case site = "GET /api/v1/site"
    case state = "GET /api/v1/state"
    case live = "GET /api/v1/live"
    case events = "GET /api/v1/events"
    case floors = "GET /api/v1/floors"
    case floor = "GET /api/v1/floors/{floor}"
    case detectors = "GET /api/v1/detectors"
    case detector = "GET /api/v1/detectors/{detector}"

    case history = "GET /api/v1/detectors/{detector}/history"
    case auditCSV = "GET /api/v1/audit.csv"
    case auditJSON = "GET /api/v1/audit.json"
    case report = "GET /api/v1/report"
    case openAPI = "GET /api/v1/openapi.json"
    case health = "GET /healthz"
    case metrics = "GET /metrics"

    /// The method's name.
    package var method: String { String(rawValue.prefix { $0 != " " }) }
    /// The path, with names in braces for what varies.
    package var path: String { String(rawValue.drop { $0 != " " }.dropFirst()) }
}
