"""The demo's page as a newcomer sees it: five steps in a real browser, with the real controller, the real
gateway and its panel inside of it; and that nobody else can play with the building, and nothing is left.

usage: check_demo.py PROGRAMS
"""
import glob, http.client, os, re, shutil, signal, subprocess, sys, tempfile, time, unittest

from browser import Page

SITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/examples/small.yaml")
PROGRAMS = None


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="panel-demo-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.demo = subprocess.Popen(
            [f"{PROGRAMS}/standpipe", "demo", "--page", "--site", SITE], stdout=subprocess.PIPE,
            text=True, env={**os.environ, "TMPDIR": self.folder})
        self.addCleanup(self.end)
        for line in self.demo.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            if found:
                self.address, self.port = found[0], int(found[1])
                return
        self.fail("the demo says no address")

    def end(self):
        if self.demo.poll() is None:
            self.demo.terminate()
        self.demo.wait(timeout=60)
        self.demo.stdout.close()

    def step(self, page, number):
        page.until(f"step {number} is done", "return document.querySelectorAll('#steps li')"
                   "[arguments[0] - 1]?.dataset.state === 'done'", number)

    def in_panel(self, page, look):
        page.driver.switch_to.frame(page.driver.find_element("css selector", "iframe"))
        try:
            return look()
        finally:
            page.driver.switch_to.default_content()

    def test_the_first_minute(self):
        page = Page("wall")
        self.addCleanup(page.close)
        page.open(self.address, live=False)
        page.until("the rooms", "return document.querySelectorAll('.room').length === 6")
        self.in_panel(page, lambda: page.until_state("Normal"))
        page.keep("demo-begin")
        page.click(".ignite", "Entrance")
        self.step(page, 1)
        self.step(page, 2)
        self.in_panel(page, lambda: page.until_state("Fire"))
        page.until_text("#texts", "FIRE")
        page.until_text("#mails", "FIRE")
        page.keep("demo-fire")
        page.click(".kill")
        self.step(page, 3)
        page.click(".key")
        self.step(page, 4)
        self.in_panel(page, lambda: page.until_text("#lamps .isolated", "3"))
        page.until("the valves are shut", "return [...document.querySelectorAll('.floor')]"
                   ".every((floor) => floor.dataset.valve === 'shut')")
        page.click(".dot", "201")
        self.step(page, 5)
        self.in_panel(page, lambda: page.until_text("#attention", "201 Office 201"))
        page.keep("demo-end")
        self.assertEqual(page.complaints(), [])

    def ask(self, method, path, headers, body=None):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        link.request(method, path, body, headers)
        status = link.getresponse().status
        link.close()
        return status

    def test_pages_of_the_web_cannot_play_with_the_building(self):
        fire = "fire: {detector: 101}"
        self.assertEqual(self.ask("POST", "/demo/do", {}, fire), 403)
        self.assertEqual(self.ask("POST", "/demo/do", {"Host": "example.org", "X-Standpipe-Demo": "1"},
                                  fire), 403)
        self.assertEqual(self.ask("GET", "/demo/state", {"Host": "example.org"}), 403)
        self.assertEqual(self.ask("POST", "/demo/do", {"X-Standpipe-Demo": "1"}, "nonsense"), 400)
        self.assertEqual(self.ask("POST", "/demo/do", {"X-Standpipe-Demo": "1"}, "x" * 5_000), 413)
        self.assertEqual(self.ask("GET", "/../../etc/passwd", {}), 404)
        self.assertEqual(self.ask("POST", "/demo/do", {"X-Standpipe-Demo": "1"}, fire), 200)

    def children(self):
        """Programs that were started in this run's folder."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path) as file:
                    if self.folder in file.read():
                        found.append(path)
            except OSError:
                pass
        return found

    def test_nothing_is_left_when_it_ends_and_when_it_is_killed(self):
        self.assertEqual(len(self.children()), 2)
        self.demo.terminate()
        self.assertEqual(self.demo.wait(timeout=60), 0)
        self.assertEqual(self.children(), [])
        self.assertEqual(os.listdir(self.folder), [])
        self.setUp()
        self.demo.send_signal(signal.SIGKILL)
        self.demo.wait(timeout=60)
        end = time.monotonic() + 60
        while self.children():
            self.assertLess(time.monotonic(), end, "the gateway or the controller lives on")
            time.sleep(0.05)


if __name__ == "__main__":
    PROGRAMS = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2, warnings="ignore")
