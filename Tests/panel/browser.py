"""Debian's Chromium without a window, driven by selenium; and what the checks of the panel ask of it.

Everything is waited for as a state, never for a time: `until` has a ceiling that only a broken page meets.
"""
import base64, os, shutil, tempfile, time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

PATIENCE = 60
SIZES = {"wall": (1920, 1080), "desk": (1280, 800), "tablet": (1024, 768), "phone": (390, 844)}


class NotSeen(AssertionError):
    """What was waited for did not come."""


class Page:
    """One browser with one page. `size`: a name of SIZES."""

    def __init__(self, size="desk", dark=False, language="en"):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        # Debian's sandbox needs rights that a container does not give.
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--no-first-run", "--disable-background-networking"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver") or "chromedriver"))
        self.size = size
        wide, high = SIZES[size]
        self.command("Emulation.setDeviceMetricsOverride", width=wide, height=high,
                     deviceScaleFactor=2 if size == "phone" else 1, mobile=size == "phone")
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        # navigator.languages is what the page goes by.
        self.command("Emulation.setUserAgentOverride", acceptLanguage=language,
                     userAgent=self.js("return navigator.userAgent"))

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def open(self, address, live=True):
        self.driver.get(address)
        if live:
            self.until("the page is live", "return document.body.dataset.live === 'yes'")
        return self

    def close(self):
        self.driver.quit()

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, what, script, *arguments):
        """Waits until `script` gives something true, and gives it."""
        end = time.monotonic() + PATIENCE
        while True:
            found = self.js(script, *arguments)
            if found:
                return found
            if time.monotonic() > end:
                self.keep("not-seen")
                raise NotSeen(f"not seen: {what}; the page says: "
                              + self.js("return document.body.innerText").replace("\n", " | ")[:900])
            time.sleep(0.05)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0])?.innerText ?? null", selector)

    def until_text(self, selector, part):
        """Case is the business of style sheets."""
        return self.until(
            f"{selector} says {part!r}", "return document.querySelector(arguments[0])?.innerText"
            ".toLowerCase().includes(arguments[1].toLowerCase())", selector, part)

    def until_state(self, word):
        return self.until(f"the banner says {word!r}",
                          "return document.getElementById('word').textContent === arguments[0]", word)

    def click(self, selector, text=None):
        """Clicks the first that is shown; with `text`, the first that says it."""
        self.until(f"{selector} {text or ''} to click", """
            const found = [...document.querySelectorAll(arguments[0])].find((node) =>
                node.offsetParent !== null && (!arguments[1] || node.innerText.includes(arguments[1])));
            found?.click();
            return Boolean(found);""", selector, text)

    def type(self, selector, text):
        field = self.driver.find_element(By.CSS_SELECTOR, selector)
        field.clear()
        field.send_keys(text)

    def press(self, *keys):
        chain = webdriver.ActionChains(self.driver)
        for key in keys:
            chain.send_keys(getattr(Keys, key, key))
        chain.perform()

    def focused(self):
        return self.js("const a = document.activeElement;"
                       "return a.id || a.innerText.trim() || a.className || a.tagName")

    def log_in(self, user, password):
        self.until("the log-in dialog", "return document.querySelector('dialog.log-in')?.open")
        self.type("dialog.log-in [name=user]", user)
        self.type("dialog.log-in [name=password]", password)
        self.click("dialog.log-in button.strong")

    def confirm(self):
        """Agrees to what is asked, and gives the answer that is shown."""
        self.click("dialog.ask button.strong")
        self.until("an answer", "const a = document.querySelector('dialog.ask .answer');"
                   "return a?.dataset.outcome && a.dataset.outcome !== 'asking'")
        answer = self.text("dialog.ask .answer")
        self.click("dialog.ask .buttons button")
        self.until("the dialog closes", "return !document.querySelector('dialog.ask')")
        return answer

    def complaints(self):
        """What the browser wrote to its console that is not a refused connection."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if "ERR_CONNECTION" not in entry["message"] and "ERR_INCOMPLETE" not in entry["message"]
                and "ERR_EMPTY" not in entry["message"] and "401" not in entry["message"]]

    def keep(self, name):
        """Keeps a screenshot among the files of the run."""
        with open(os.path.join(folder(), f"{name}-{self.size}.png"), "wb") as file:
            file.write(base64.b64decode(self.command("Page.captureScreenshot")["data"]))

    def faults(self):
        """What axe-core finds that is serious: its rules for WCAG 2.2 A and AA."""
        import axe_core_python
        path = os.path.join(os.path.dirname(axe_core_python.__file__), "axe.min.js")
        with open(path, encoding="utf-8") as file:
            self.js(file.read() + "; window.axe = axe")
        found = self.driver.execute_async_script("""
            const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations),
                (error) => done([{id: String(error), impact: 'critical', nodes: []}]));""")
        return [f"{v['id']} ({v['impact']}): {v['help'] if 'help' in v else ''} "
                + "; ".join(n["target"][0] if isinstance(n["target"][0], str) else str(n["target"])
                            for n in v["nodes"][:4])
                for v in found if v["impact"] in ("serious", "critical")]


_folder = None


def folder():
    """Where screenshots of this run are kept: $PANEL_SHOTS, or a new folder for temporary files."""
    global _folder
    if _folder is None:
        _folder = os.environ.get("PANEL_SHOTS") or tempfile.mkdtemp(prefix="panel-shots-")
        os.makedirs(_folder, exist_ok=True)
    return _folder
