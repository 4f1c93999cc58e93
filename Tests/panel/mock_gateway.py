#!/usr/bin/env python3
"""A gateway as the panel sees it: the page's files and the API, on a `World` that a test plays with.

    mock_gateway.py [--port N] [--big] [--scene normal|fire|fault|isolated|test|many]

It is there for states that a real building reaches slowly or never (10,000 detectors with 100 changes
a second, a link that hangs without closing, an answer that no healthy gateway gives). What the page
and a real gateway do together is tried by run-real.
"""
import argparse, http.server, json, os, random, re, sys, threading, time, urllib.parse

from mock_site import World, big, small

WEB = os.path.join(os.path.dirname(__file__), "../../Sources/Panel/web")
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
WORDS = {"n": "normal", "a": "alarm", "l": "latched", "s": "silent", "f": "fault", "d": "disabled",
         "t": "tested", "u": "unknown"}
LEVELS = dict.fromkeys(("acknowledge", "silence", "walk-test", "disable", "enable", "reset"), 2)


class Gateway(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, world, port=0, must_log_in=False):
        super().__init__(("127.0.0.1", port), Visit)
        self.world, self.must_log_in = world, must_log_in
        self.users = {"ana": ("correct horse", 3), "luis": ("battery staple", 1)}
        self.sessions, self.wrong, self.open = {}, 0, True
        self.hanging = False  # says nothing more, and closes nothing
        self.requests = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1],
                          (ConnectionError, BrokenPipeError)):
            super().handle_error(request, client_address)

    def cut(self):
        """The gateway dies: streams end, connections are refused from now on."""
        self.open = False
        self.shutdown()
        self.server_close()


class Visit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        super().handle_one_request()
        if not self.server.open:
            self.close_connection = True

    # Answers

    def answer(self, status, body, kind="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)),
                            "Cache-Control": "no-cache", "Content-Security-Policy": POLICY,
                            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
                            **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, sentence, **more):
        self.answer(status, {"error": sentence, **more})

    # Who

    @property
    def user(self):
        found = re.search(r"standpipe=(\w+)", self.headers.get("Cookie") or "")
        return self.server.sessions.get(found[1]) if found else None

    def session(self, user):
        return {"user": user, "level": self.server.users[user][1] if user else 1,
                "csrf": f"token-{user}" if user else None, "login": bool(self.server.users), "language": "en"}

    # Requests

    def do_GET(self):
        if not self.server.open:
            self.close_connection = True
            return
        url = urllib.parse.urlsplit(self.path)
        query = {k: v[0] for k, v in urllib.parse.parse_qs(url.query).items()}
        if url.path in ("/", "/report.html") or url.path.startswith("/panel/"):
            return self.file("index.html" if url.path == "/" else url.path.split("/")[-1])
        if url.path == "/api/v1/session":
            return self.answer(200, self.session(self.user))
        if self.server.must_log_in and not self.user:
            return self.refuse(401, "log in first")
        world = self.server.world
        if url.path == "/api/v1/site":
            return self.answer(200, world.site.json(world.remote))
        if url.path == "/api/v1/state":
            return self.answer(200, world.state())
        if url.path == "/api/v1/live":
            return self.live()
        if url.path == "/api/v1/events":
            return self.events(query)
        if found := re.fullmatch(r"/api/v1/detectors/(\d+)(/history)?", url.path):
            return self.detector(int(found[1]), bool(found[2]), query)
        if url.path == "/api/v1/report":
            return self.answer(200, report(world, query))
        self.refuse(404, f"there is nothing at {url.path}")

    def file(self, name):
        path = os.path.join(WEB, os.path.basename(name))
        if not os.path.isfile(path):
            return self.refuse(404, f"there is no file {name}")
        with open(path, "rb") as file:
            self.answer(200, file.read(), KINDS[os.path.splitext(name)[1]])

    def live(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.close_connection = True
        server, world = self.server, self.server.world
        version, ticked = world.version, 0.0

        def say(name, what):
            self.wfile.write(f"event: {name}\ndata: {json.dumps(what)}\n\n".encode())

        say("state", world.state())
        while server.open:
            if server.hanging:
                time.sleep(0.05)
                continue
            version, change = world.since(version)
            if change:
                say("change", change)
            if time.monotonic() - ticked >= 1:
                ticked = time.monotonic()
                say("tick", world.clock())
            time.sleep(0.05)

    def events(self, query):
        def fits(event):
            kinds = query.get("kind", "").split(",") if query.get("kind") else None
            return (int(query.get("after", -1)) < event["n"] < int(query.get("before", 1 << 60))
                    and (not kinds or kind(event) in kinds)
                    and ("floor" not in query or event.get("floor") == int(query["floor"]))
                    and ("detector" not in query
                         or event.get("detector") == int(query["detector"]))
                    and int(query.get("from", 0)) <= event["wall"] <= int(query.get("to", 1 << 60)))

        found = [e for e in reversed(self.server.world.events) if fits(e)]
        if "after" in query and "before" not in query:
            found = found[-int(query.get("limit", 100)):]
        limit = int(query.get("limit", 100))
        self.answer(200, {"events": found[:limit],
                          "next": found[limit - 1]["n"] if len(found) > limit else None})

    def detector(self, number, history, query):
        world = self.server.world
        columns = world.site.columns
        if number not in columns["id"]:
            return self.refuse(404, f"there is no detector {number}")
        at = columns["id"].index(number)
        if history:
            return self.answer(200, changes(world, at, query.get("span", "day")))
        code, floor = world.detectors[at], columns["floor"][at]
        age = 380 if code not in "sufd" else world.now() - world.heard[at]
        bus = columns["bus"][at]
        self.answer(200, {
            "id": number, "name": columns["name"][at], "floor": world.site.floors[floor][0],
            "zone": columns["zone"][at], "state": WORDS[code], "heardMs": None if code == "u" else age,
            "limitMs": 5_000, "marginMs": 5_000 - age, "signal": 1 if code == "a" else 0,
            "disabledUntilMs": 1_800_000 if code == "d" else None,
            "bus": None if bus < 0 else {"name": world.site.buses[bus],
                                         "up": world.top["buses"][bus] == "1"}})

    def do_DELETE(self):
        self.server.sessions.clear()
        self.answer(200, self.session(None), Set_Cookie="standpipe=; Max-Age=0")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        operation = self.path.split("/")[-1]
        if operation == "session":
            return self.log_in(body)
        self.server.requests.append((operation, body))
        user = self.user
        if not user:
            return self.refuse(401, "log in first")
        if self.headers.get("X-CSRF-Token") != f"token-{user}":
            return self.refuse(403, "the request does not carry the session's token")
        if self.server.users[user][1] < LEVELS.get(operation, 9):
            return self.refuse(403, f"{operation} needs level {LEVELS.get(operation)}")
        self.answer(200, act(self.server.world, operation, body, user))

    def log_in(self, body):
        server = self.server
        known = server.users.get(body.get("user"))
        if not known or known[0] != body.get("password"):
            server.wrong += 1
            return self.refuse(401, "The name or the password is wrong.",
                               retryAfter=2 if server.wrong >= 3 else 0)
        server.wrong = 0
        server.sessions[f"s{len(server.sessions)}"] = body["user"]
        cookie = f"standpipe=s{len(server.sessions) - 1}; HttpOnly; SameSite=Strict; Path=/"
        self.answer(200, self.session(body["user"]), Set_Cookie=cookie)


def kind(event):
    """The kinds that events are filtered by, as Sources/Panel/PanelEvent.swift has them."""
    words = event["key"].split(".")
    if words[-1] in ("fire", "pending", "withdrawn", "withheld", "open", "closed", "confirmed",
                     "pressed", "released"):
        return "fire"
    if words[-1] in ("isolated", "in-service"):
        return "isolation"
    if words[-1] in ("tested", "walk-test-started", "walk-test-ended"):
        return "test"
    if words[-1] == "reset" or words[0] == "operator":
        return "operator"
    return "system" if words[0] == "system" and words[-1] not in ("fault", "back") else "fault"


def act(world, operation, body, user):
    if operation == "acknowledge":
        left = [n for n in world.top["unacknowledged"] if n != body["n"]]
        world.set(unacknowledged=left)
    elif operation == "silence":
        world.set(sounder="silenced")
        world.event("operator.silenced", f"sounder silenced by {user}", who=user)
    elif operation == "reset":
        if "a" in world.detectors:
            return {"outcome": "detectorInAlarm",
                    "text": "a detector of the floor still reports fire"}
        for at, code in enumerate(world.detectors):
            if code == "l":
                world.detector(at, "n")
        world.event("operator.reset", f"alarms reset by {user}", who=user)
    elif operation in ("disable", "enable") and "detector" in body:
        at = world.site.columns["id"].index(body["detector"])
        world.detector(at, "d" if operation == "disable" else "n")
        world.event(f"operator.{operation}d", f"detector {body['detector']} {operation}d by {user}",
                    who=user, detector=body["detector"], forSeconds=60 * body.get("minutes", 0))
    elif operation == "walk-test":
        at = [n for n, _ in world.site.floors].index(body["floor"])
        world.floor(at, walkTestMs=60_000 * body["minutes"] or None)
        begun = "started" if body["minutes"] else "ended"
        world.event(f"operator.walk-test-{begun}", f"walk test on floor {body['floor']} {begun} by "
                    f"{user}", who=user, floor=body["floor"], episode="walk-test.1")
    return {"outcome": "done", "text": "done"}


def changes(world, at, span):
    length = {"day": 86_400_000, "year": 366 * 86_400_000}[span]
    to, dice = world.now(), random.Random(f"{at} {span}")
    times = sorted(to - int(dice.random() * length) for _ in range(6 if span == "day" else 120))
    codes = [[time, "n" if i % 2 else dice.choice("sstfdl")] for i, time in enumerate(times)]
    return {"from": to - length, "to": to,
            "changes": [[to - length, "n"], *codes, [to - 1, world.detectors[at]]]}


def report(world, query):
    to, columns = world.now(), world.site.columns
    if query.get("kind") == "walk-test":
        return {"kind": "walk-test", "site": world.site.name, "floor": 1, "floorName": "Offices",
                "who": "ana", "from": to - 1_500_000, "to": to - 300_000,
                "detectors": [{"id": columns["id"][i], "name": columns["name"][i], "zone":
                               columns["zone"][i], "answered": to - 1_400_000 + 61_000 * i
                               if i != 8 else None} for i in range(6, min(10, len(columns["id"])))]}
    return {"kind": "month", "site": world.site.name, "month": query.get("month"),
            "from": to - 86_400_000 * 22, "to": to,
            "tests": [{"episode": "walk-test.1", "floor": 1, "floorName": "Offices", "who": "ana",
                       "from": to - 1_500_000, "to": to - 300_000, "answered": 3, "missing": 1}],
            "fires": [{"wall": to - 9e7, "text": "FIRE: detector 302 (Archive smoke) on floor 2 "
                       "(Archive)", "floor": 2, "detector": 302, "seconds": 1260, "responseMs": 3}],
            "faults": [{"wall": to - 8e7, "text": "FAULT: bus plant is down", "seconds": 340}],
            "disablements": [{"wall": to - 7e7, "text": "detector 102 (Kitchen) disabled",
                              "who": "luis", "seconds": 1800}],
            "keys": [], "operators": [{"wall": to - 6e7, "who": "ana", "text": "alarms reset"}],
            "response": {"count": 1, "medianMs": 3, "worstMs": 3}}


def play(world, scene):
    """Puts the world into a state worth looking at."""
    hour = 3_600_000
    world.event("system.started", "started with plan 5eed0001", ago=30 * hour)
    world.event("system.armed", "ARMED: every key has been read, detectors release", ago=30 * hour)
    world.event("operator.walk-test-started", "walk test on floor 1 (Offices) started by ana for 30 min",
                ago=5 * hour, floor=1, floorName="Offices", who="ana", episode="walk-test.1")
    world.event("operator.walk-test-ended", "walk test on floor 1 (Offices) ended by ana after 12 min: "
                "all of 4 detectors answered", ago=5 * hour - 720_000, floor=1, floorName="Offices",
                who="ana", episode="walk-test.1")
    last = len(world.detectors) - 1
    if scene in ("fire", "many"):
        world.fire(last - 2)
        world.detector(last - 1, "l")
    if scene in ("fault", "many"):
        world.quiet(3)
        world.set(faults=["sms"], buses="0" + world.top["buses"][1:], notifications={
            "waiting": {"mail": 0, "sms": 7}, "failed": 1,
            "troubles": ["SMS: the modem does not answer"]})
        world.detector(4, "f")
        world.floor(2, valve="notConfirmed", command="closed", feedback="open")
    if scene in ("isolated", "many"):
        world.key(1, False)
    if scene in ("test", "many"):
        world.floor(2 if len(world.floors) < 9 else 60, walkTestMs=1_325_000)
        world.detector(6, "t")
        world.detector(0, "d")
    if scene == "starting":
        for at in range(len(world.detectors)):
            world.detector(at, "u")
        world.set(state="starting", armed=False)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--big", action="store_true")
    options.add_argument("--login", action="store_true")
    options.add_argument("--scene", default="normal")
    options = options.parse_args()
    world = World(big() if options.big else small())
    play(world, options.scene)
    print(Gateway(world, options.port, options.login).address, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
