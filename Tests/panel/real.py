"""A simulated building with the real controller and the real gateway, for the checks of the panel.

`standpipe demo` without a terminal plays the building and takes commands as lines in a scenario's words
(hardware-sim/scenarios/README.md); the gateway stands beside it as on a board.
"""
import glob, os, re, shutil, signal, subprocess, tempfile, time

PATIENCE = 60


class Building:
    """`programs`: the folder with standpipe, standpipe-controller-sim and standpipe-gateway."""

    def __init__(self, programs, site, *gateway_options):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="panel-real-")
        self.options = gateway_options
        self.gateway = None
        self.demo = subprocess.Popen(
            [f"{programs}/standpipe", "demo", "--site", site], stdin=subprocess.PIPE,
            stdout=open(f"{self.folder}/demo.log", "w"), stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "TMPDIR": self.folder})
        self.board = self.until("the demo's folder", lambda: next(
            iter(glob.glob(f"{self.folder}/standpipe-demo-*/run/status")), None)).rsplit("/", 2)[0]
        self.until("the controller armed", lambda: "ARMED" in self.told())

    def told(self):
        with open(f"{self.folder}/demo.log") as file:
            return file.read()

    def until(self, what, condition):
        end = time.monotonic() + PATIENCE
        while True:
            found = condition()
            if found:
                return found
            if self.demo.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"not seen: {what}; the demo says:\n{self.told()[-2000:]}")
            time.sleep(0.05)

    def do(self, line):
        """One action of a scenario, as `fire: {detector: 102}`."""
        self.demo.stdin.write(line + "\n")
        self.demo.stdin.flush()

    def add_user(self, name, password, level):
        subprocess.run([f"{self.programs}/standpipe", "user", "add", name, "--level", str(level),
                        "--file", f"{self.folder}/users"], input=password + "\n", text=True, check=True,
                       stdout=subprocess.DEVNULL)

    def start_gateway(self, port=0):
        """Gives the panel's address."""
        users = f"{self.folder}/users"
        more = ["--users", users, "--local-look"] if os.path.exists(users) else []
        for name in ("gateway-state", "gateway-run"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        self.gateway = subprocess.Popen(
            [f"{self.programs}/standpipe-gateway", "--state", f"{self.folder}/gateway-state",
             "--run", f"{self.folder}/gateway-run", "--controller-state", f"{self.board}/state",
             "--controller-run", f"{self.board}/run", "--listen", "127.0.0.1:0",
             "--http", f"127.0.0.1:{port}", "--log-size", "64", *more, *self.options],
            stdout=subprocess.PIPE, stderr=open(f"{self.folder}/gateway.log", "a"), text=True)
        self.gateway.stdout.readline()
        line = self.gateway.stdout.readline()
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            raise AssertionError(f"the gateway says {line!r}")
        self.port = int(found[1])
        return f"http://127.0.0.1:{self.port}"

    def kill_gateway(self, how=signal.SIGKILL):
        self.gateway.send_signal(how)
        if how in (signal.SIGKILL, signal.SIGTERM):
            self.gateway.wait(timeout=PATIENCE)

    def close(self):
        for process in (self.gateway, self.demo):
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(timeout=PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
