"""The page with the real gateway and the real controller on a simulated building: what happens in the
building is seen in the browser, and what is asked for in the browser happens in the building.

usage: check_real.py PROGRAMS
"""
import os, signal, sys, unittest

from browser import Page
from real import Building

SITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/examples/small.yaml")
PROGRAMS = None


class Real(unittest.TestCase):
    """Each check has its own building; the browser is one for all."""

    @classmethod
    def setUpClass(cls):
        cls.page = Page("desk")

    @classmethod
    def tearDownClass(cls):
        cls.page.close()

    def begin(self):
        self.building = Building(PROGRAMS, SITE)
        self.addCleanup(self.building.close)
        self.building.add_user("ana", "correct horse battery", 3)
        self.address = self.building.start_gateway()
        return self.page.open(self.address)

    def log_in(self, page):
        page.click("#log-in")
        page.log_in("ana", "correct horse battery")
        page.until_text("#actions", "ana, level 3")

    def floor(self, page, number, part):
        """Waits until the row of the floor with this number says `part`."""
        page.until(f"floor {number} says {part!r}", """
            const row = [...document.querySelectorAll('.row')].find((r) =>
                r.querySelector('.floor b').innerText === arguments[0]);
            return row?.innerText.includes(arguments[1]);""", str(number), part)

    def test_a_fire_is_seen_silenced_and_reset_after_it_is_out(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.do("fire: {detector: 102}")
        page.until_state("Fire")
        page.until_text("#where", "floor 0 (Ground floor)")
        self.floor(page, 0, "seen open")
        page.until_text(".events", "FIRE: detector 102 (Kitchen)")
        page.until_text("#newest", "Acknowledge")
        page.keep("real-fire")
        self.log_in(page)
        page.click("#silence")
        self.assertEqual(page.confirm(), "Done.")
        page.until_text("#more", "Sounder silenced")
        self.building.do("extinguish: {floor: 0}")
        page.until("the smoke is gone", "return document.querySelector('.attention').innerText"
                   ".includes('latched') && !/: fire(\\n|$)/.test("
                   "document.querySelector('.attention').innerText)")
        page.click("#reset")
        self.assertEqual(page.confirm(), "Done.")
        # LATCH: the reset closed nothing.
        page.until_text("#where", "Water on floor 0 (Ground floor), alarm reset")
        self.floor(page, 0, "OPEN")
        page.until_text(".events", "reset by ana")
        page.keep("real-reset")

    def test_the_key_isolates_and_is_turned_back(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.do("key: {floor: 1, turn: off}")
        page.until_state("Isolated")
        self.floor(page, 1, "OFF")
        self.floor(page, 1, "No water")
        page.keep("real-isolated")
        self.building.do("key: {floor: 1, turn: on}")
        page.until_state("Normal")

    def test_a_detector_that_falls_silent_is_told_with_its_age_and_comes_back(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.do("silence: {detector: 201}")
        page.until_state("Fault")
        page.until_text(".attention", "201 Office 201")
        page.click(".attention button", "201")
        page.until_text("dialog.card-box", "past")
        page.until("the plot", "return document.querySelector('dialog .plot rect')")
        page.keep("real-silent")
        self.building.do("mend: {detector: 201}")
        page.until("it speaks again", "return document.querySelector('dialog.card-box .state')"
                   ".innerText.toLowerCase().includes('normal')")
        page.press("ESCAPE")
        page.until_state("Normal")

    def test_a_bus_that_is_cut_takes_its_detectors_and_is_named(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.do("bus: {name: plant, is: cut}")
        page.until_text(".attention", "Bus plant is down")
        page.until_text("#health", "plant: DOWN")
        page.keep("real-bus")

    def test_disabling_and_a_walk_test_are_asked_for_and_shown(self):
        page = self.begin()
        page.until_state("Normal")
        self.log_in(page)
        page.js("[...document.querySelectorAll('.floor')].find((b) => b.innerText.includes('Offices')).click()")
        page.click("dialog.floor-box .plain", "Office 202")
        page.click("dialog.card-box .buttons button", "Disable")
        self.assertEqual(page.confirm(), "Done.")
        page.until_text("dialog.card-box .state", "disabled")
        page.press("ESCAPE")
        page.click("dialog.floor-box .buttons button", "Walk test")
        self.assertEqual(page.confirm(), "Done.")
        page.press("ESCAPE")
        self.floor(page, 1, "min left")
        self.building.do("smoke: {detector: 203, is: there}")
        page.until_text(".events", "detector 203 (Office 203) on floor 1 (Offices) answered")
        self.building.do("smoke: {detector: 203, is: gone}")
        page.until_text(".attention", "203 Office 203, floor 1 (Offices): tested")
        self.floor(page, 1, "Closed")
        page.keep("real-walk-test")

    def test_a_gateway_that_dies_is_not_live_at_once_and_the_valve_stays_as_it_was(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.do("fire: {detector: 101}")
        self.floor(page, 0, "seen open")
        self.building.kill_gateway()
        page.until_state("Not live")
        page.keep("real-not-live")
        self.building.start_gateway(self.building.port)
        page.until_state("Fire")
        self.floor(page, 0, "seen open")

    def test_a_gateway_that_hangs_is_not_live(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.kill_gateway(signal.SIGSTOP)
        page.until_state("Not live")
        self.building.gateway.send_signal(signal.SIGCONT)
        page.until_state("Normal")

    def test_a_controller_that_is_killed_comes_back_with_its_valve_open(self):
        page = self.begin()
        page.until_state("Normal")
        self.building.do("fire: {detector: 101}")
        self.floor(page, 0, "seen open")
        self.building.do("controller: {is: killed}")
        self.building.until("it was started again", lambda: self.building.told().count("ARMED") == 2)
        page.until_state("Fire")
        self.floor(page, 0, "OPEN")

    def test_wrong_passwords_are_refused_and_then_wait(self):
        page = self.begin()
        page.click("#log-in")
        for _ in range(12):
            page.log_in("ana", "not this")
            page.until("the refusal", "return document.querySelector('.wrong').textContent && "
                       "!document.querySelector('dialog.log-in [name=password]').value")
            if "Wait" in page.text(".wrong"):
                break
            page.until("another try", "return !document.querySelector('dialog.log-in .strong').disabled")
        self.assertIn("Wait", page.text(".wrong"))
        page.keep("real-locked-out")

    def test_the_console_stays_empty_and_axe_finds_nothing_serious(self):
        page = self.begin()
        page.complaints()
        page.open(self.address)
        page.until_text(".events", "ARMED")
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.faults(), [])
        files = page.js("""return performance.getEntriesByType('resource')
            .concat(performance.getEntriesByType('navigation'))
            .filter((e) => !e.name.includes('/api/')).map((e) => e.decodedBodySize)""")
        self.assertGreater(len(files), 20)
        self.assertLessEqual(sum(files), 200_000)


if __name__ == "__main__":
    PROGRAMS = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2, warnings="ignore")
