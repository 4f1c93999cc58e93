"""A bank that may say yes, say no, be off line, or take the money and die before it answers. One line
of JSON a connection: {"key", "car", "euros"}; the answer is "yes" or "no".

With `keys` it takes the key of a request as an idempotency key, as banks do: what it was asked before
with the same key it answers as before and does not charge again."""

import collections
import json
import socketserver
import threading


class Bank(socketserver.ThreadingTCPServer):
    """In a thread of its own. `charged` counts the charges of each car; `behaviour` says for a car
    what happens to its next requests ("off line", "dies"); when that is used up, or for others, the
    answer is "no" to those in `poor` and "yes" to the rest."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, keys):
        super().__init__(("127.0.0.1", 0), Desk)
        self.keys = keys
        self.charged = collections.Counter()
        self.asked = collections.Counter()
        self.behaviour = collections.defaultdict(list)
        self.poor = set()
        self.answers = {}
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def decide(self, request):
        """The answer; None: the connection ends without one."""
        car = request["car"]
        with self.lock:
            self.asked[car] += 1
            now = self.behaviour[car].pop(0) if self.behaviour[car] else ""
            if now == "off line":
                return None
            known = self.answers.get(request["key"]) if self.keys else None
            answer = known or ("no" if car in self.poor else "yes")
            self.answers[request["key"]] = answer
            if not known and answer == "yes":
                self.charged[car] += 1
            return None if now == "dies" else answer


class Desk(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        if line:
            answer = self.server.decide(json.loads(line))
            if answer:
                self.wfile.write(answer.encode() + b"\n")
