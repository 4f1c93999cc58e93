"""The page against a gateway that is played: states that a real building reaches slowly or never."""
import unittest

from browser import Page
from mock_gateway import Gateway, play
from mock_site import World, big, small


class PageCheck(unittest.TestCase):
    """One browser for all checks of a class; a new building and gateway for each."""
    size, dark, language = "desk", False, "en"

    @classmethod
    def setUpClass(cls):
        cls.page = Page(cls.size, cls.dark, cls.language)

    @classmethod
    def tearDownClass(cls):
        cls.page.close()

    def begin(self, site=small, scene="normal", must_log_in=False, live=True, prepare=None,
              nobody=False):
        self.world = World(site())
        play(self.world, scene)
        if prepare:
            prepare(self.world)
        self.gateway = Gateway(self.world, must_log_in=must_log_in)
        if nobody:
            self.gateway.users = {}
        self.addCleanup(lambda: self.gateway.open and self.gateway.cut())
        self.page.driver.delete_all_cookies() if self.page.js("return location.host") else None
        return self.page.open(self.gateway.address, live)

    def log_in(self, user="ana", password="correct horse"):
        self.page.click("#log-in")
        self.page.log_in(user, password)
        self.page.until_text("#actions", user)


class States(PageCheck):
    def test_a_fire_is_the_word_the_colour_the_title_and_the_newest_event(self):
        page = self.begin()
        page.until_state("Normal")
        page.keep("normal")
        self.world.fire(11)
        page.until_state("Fire")
        page.until_text("#newest", "FIRE: detector 302")
        page.until_text("#where", "Fire on floor 2 (Archive)")
        page.until_text("#more", "Water on floor 2")
        page.until_text("#floor-3 .valve", "seen open")
        self.assertIn("OPEN", page.text("#floor-3 .valve"))
        self.assertIn("Fire", page.js("return document.title"))
        self.assertEqual(page.js("return document.getElementById('floor-3').dataset.tone"), "fire")
        self.assertIn("Fire", page.js("return document.getElementById('say-now').textContent"))
        page.until_text("#attention", "302 Archive smoke")
        # Other floors have not moved.
        self.assertIn("Closed", page.text("#floor-2 .valve"))
        page.keep("fire")

    def test_the_shape_of_a_detector_changes_and_no_other_cell_is_painted_again(self):
        page = self.begin(site=big)
        page.until("cells", "return document.querySelector('#floor-99 canvas').width > 100")
        page.js("""
            window.drawn = 0;
            const draw = CanvasRenderingContext2D.prototype.drawImage;
            CanvasRenderingContext2D.prototype.drawImage = function (...all) {
              window.drawn += 1; return draw.apply(this, all); };""")
        before = page.js("return document.querySelector('#floor-99 canvas').toDataURL()")
        self.world.detector(9_950, "f")
        page.until("the cell is painted", "return document.querySelector('#floor-99 canvas').toDataURL() "
                   "!== arguments[0]", before)
        self.assertEqual(page.js("return window.drawn"), 1)
        # A floor out of view is painted when it comes into view.
        self.world.detector(50, "s")
        page.until_text("#attention", "1050 Room 0.50")
        self.assertEqual(page.js("return window.drawn"), 1)
        page.js("document.getElementById('floor-0').scrollIntoView()")
        page.until("the floor below is painted", "return window.drawn > 1")

    def test_a_floor_that_begins_to_burn_comes_into_view(self):
        page = self.begin(site=big)
        page.until("the top", "return document.querySelector('#floor-99 canvas').width > 100")
        self.world.fire(2_050)
        page.until("floor 20", "const r = document.getElementById('floor-20').getBoundingClientRect(),"
                   "s = document.querySelector('.scroller').getBoundingClientRect();"
                   "return r.top >= s.top && r.bottom <= s.bottom;")

    def test_shapes_differ_without_colour(self):
        page = self.begin(scene="many")
        shapes = page.js("return import('/panel/shapes.js').then(({SHAPES}) => Object.values(SHAPES)"
                         ".map((s) => [s.path, s.mark ?? '', s.fill ? 'filled' : 'hollow'].join()))")
        self.assertEqual(len(set(shapes)), 8, "two states look the same without colour")

    def test_a_key_that_is_off_isolates_its_floor_and_says_no_water(self):
        page = self.begin()
        self.world.key(1, False)
        page.until_state("Isolated")
        page.until_text("#floor-1", "No water")
        page.until_text("#floor-1 .key", "OFF")
        self.world.fire(2)
        page.until_state("Fire")
        page.until_text("#more", "NO WATER on floor 0 (Ground floor): key off")
        page.keep("isolated")

    def test_a_detector_that_is_quiet_is_a_fault_and_its_card_says_how_old_its_signal_is(self):
        page = self.begin()
        self.world.quiet(3)
        page.until_state("Fault")
        page.until_text("#attention", "102 Kitchen")
        page.click("#attention button", "102 Kitchen")
        page.until_text("dialog.card-box", "past 5 s")
        page.until("the plot", "return document.querySelector('dialog .plot rect')")
        page.click("dialog .pick", "Year")
        page.until("the year", "return document.querySelectorAll('dialog .plot rect').length > 20")
        page.keep("card")

    def test_a_valve_that_is_not_seen_as_commanded_is_told_apart(self):
        page = self.begin(scene="fault")
        page.until_text("#floor-2 .valve", "does not obey")
        self.assertEqual(page.js("return document.getElementById('floor-2').dataset.odd"), "yes")
        page.until_text("#health", "DOWN")
        page.keep("fault")

    def test_a_release_that_waits_is_counted_down(self):
        page = self.begin()
        self.world.floor(3, pendingMs=9_000, latched=1)
        page.until_text("#floor-3 .sign", "opens in")
        first = page.text("#floor-3 .sign")
        page.until("the count goes on", "return document.querySelector('#floor-3 .sign').innerText "
                   "!== arguments[0]", first)

    def test_a_walk_test_and_disabled_detectors_are_shown(self):
        page = self.begin(scene="test")
        page.until_state("Disabled")
        page.until_text("#floor-2", "Test, 22 min left")
        page.keep("test")

    def test_names_are_text_and_never_markup(self):
        def prepare(world):
            world.site.columns["name"][0] = "<img src=x onerror=document.title='taken'>"
            world.site.name = "<b>House</b>"
        page = self.begin(prepare=prepare)
        self.world.detector(0, "a")
        page.until_text("#attention", "<img src=x")
        self.assertEqual(page.js("return document.querySelectorAll('main img, h1 b').length"), 0)
        self.assertNotIn("taken", page.js("return document.title"))

    def test_another_plan_begins_the_page_anew(self):
        page = self.begin()
        page.js("window.before = true")
        self.world.site.json = lambda remote, json=self.world.site.json: {
            **json(remote), "checksum": "5eed0002", "name": "Harbour Street 14"}
        self.world.set(checksum="5eed0002")
        page.until("a new page", "return !window.before && document.body.dataset.live === 'yes'")
        page.until_text("#site", "Harbour Street 14")


class Liveness(PageCheck):
    def grey(self, page):
        self.assertNotEqual(page.text("#word"), "Normal")
        self.assertEqual(page.js("return document.body.dataset.state"), "notLive")
        self.assertIn("grayscale(1)", page.js("return getComputedStyle(document.querySelector('main')).filter"))

    def test_a_dead_gateway_is_shown_as_not_live_and_never_as_good(self):
        page = self.begin()
        page.until_state("Normal")
        port = self.gateway.server_address[1]
        self.gateway.cut()
        page.until_state("Not live")
        self.grey(page)
        page.until_text("#link", "Not live for")
        page.until_text("#where", "No link to the gateway")
        page.until("it is said aloud", "return document.getElementById('say-now').textContent"
                   ".includes('Not live')")
        page.keep("not-live")
        self.gateway = Gateway(self.world, port)
        self.world.fire(11)
        page.until_state("Fire")

    def test_a_link_that_hangs_without_closing_is_not_live(self):
        page = self.begin()
        page.until_state("Normal")
        self.gateway.hanging = True
        page.until_state("Not live")
        page.until_text("#where", "The gateway says nothing")
        self.grey(page)
        self.gateway.hanging = False
        page.until_state("Normal")

    def test_a_controller_that_does_not_report_is_not_live(self):
        page = self.begin()
        page.until_state("Normal")
        self.world.set(live=False)
        page.until_state("Not live")
        page.until_text("#where", "The controller does not report")
        self.grey(page)

    def test_a_page_opened_without_a_controller_waits_and_shows_nothing_as_good(self):
        page = self.begin(prepare=lambda world: world.top.update(live=False), live=False)
        page.until("the stream", "return document.getElementById('where').textContent"
                   ".includes('controller')")
        self.grey(page)


class People(PageCheck):
    def test_who_is_not_logged_in_is_asked_and_then_does_what_was_wanted(self):
        page = self.begin(scene="fire")
        page.until_state("Fire")
        page.click("#silence")
        page.log_in("ana", "correct horse")
        page.until_text("dialog.ask", "Silence the sounder?")
        self.assertEqual(page.confirm(), "Done.")
        page.until_text("#more", "Sounder silenced")
        self.assertEqual(self.gateway.requests, [("silence", {})])
        page.keep("silenced")

    def test_an_answer_that_is_no_is_shown_in_its_words(self):
        page = self.begin(scene="fire")
        self.log_in()
        page.click("#reset")
        self.assertIn("still reports fire", page.confirm())
        self.world.detector(11, "l")
        page.click("#reset")
        self.assertEqual(page.confirm(), "Done.")
        page.until_text("#floor-3 .counts", "4 detectors")

    def test_acknowledging_takes_the_event_away_and_shows_the_next(self):
        page = self.begin(scene="many")
        self.log_in()
        page.until_text("#newest", "2 more")
        first = page.text("#newest .text")
        page.click("#newest button")
        self.assertEqual(page.confirm(), "Done.")
        page.until("the next one", "return document.querySelector('#newest .text').innerText !== arguments[0]",
                   first)
        page.until_text("#newest", "1 more")

    def test_disabling_names_its_time_and_a_walk_test_is_started_from_its_floor(self):
        page = self.begin()
        self.log_in()
        page.click("#floor-2 .floor")
        page.click("dialog.floor-box .buttons button", "Walk test")
        self.assertEqual(page.confirm(), "Done.")
        self.assertEqual(self.gateway.requests[-1], ("walk-test", {"floor": 1, "minutes": 30}))
        page.click("dialog.floor-box .plain", "Office 202")
        page.until_text("dialog.card-box", "202")
        page.click("dialog.card-box .buttons button", "Disable")
        self.assertEqual(page.confirm(), "Done.")
        self.assertEqual(self.gateway.requests[-1], ("disable", {"detector": 202, "minutes": 30}))

    def test_a_person_without_the_level_is_refused_in_words(self):
        page = self.begin(scene="fire")
        self.log_in("luis", "battery staple")
        page.click("#reset")
        self.assertIn("level 2", page.confirm())

    def test_what_the_site_does_not_allow_cannot_be_sent(self):
        page = self.begin(prepare=lambda world: world.remote.remove("reset"))
        self.log_in()
        page.click("#reset")
        page.until_text("dialog.ask", "does not allow this from afar")
        self.assertTrue(page.js("return document.querySelector('dialog.ask button.strong').disabled"))

    def test_wrong_passwords_are_refused_then_locked_out_and_the_wait_is_counted(self):
        page = self.begin()
        page.click("#log-in")
        for _ in range(3):
            page.log_in("ana", "wrong")
            page.until("the refusal", "return document.querySelector('.wrong').textContent && "
                       "!document.querySelector('dialog.log-in [name=password]').value")
            if self.gateway.wrong < 3:
                page.until("another try", "return !document.querySelector('dialog.log-in .strong').disabled")
        page.until_text(".wrong", "Wait")
        self.assertTrue(page.js("return document.querySelector('dialog.log-in .strong').disabled"))
        page.keep("locked-out")
        page.until("another try", "return !document.querySelector('dialog.log-in .strong').disabled")
        page.log_in("ana", "correct horse")
        page.until_text("#actions", "ana, level 3")

    def test_a_site_that_wants_a_log_in_shows_nothing_before(self):
        page = self.begin(must_log_in=True, live=False, scene="fire")
        page.until("the log-in dialog", "return document.querySelector('dialog.log-in')?.open")
        self.assertNotIn("Archive", page.text("body"))
        page.press("ESCAPE")
        page.until("the log-in stays", "return document.querySelector('dialog.log-in').open")
        self.assertNotIn("Archive", page.text("body"))
        page.log_in("ana", "correct horse")
        page.until_state("Fire")

    def test_where_nobody_can_log_in_no_button_says_otherwise(self):
        page = self.begin(scene="fire", nobody=True)
        page.until_text("#newest", "FIRE")
        page.click("#floor-1 .floor")
        page.until("the floor's list", "return document.querySelector('dialog.floor-box')?.open")
        shown = page.js("return [...document.querySelectorAll('button')].filter((b) => b.offsetParent)"
                        ".map((b) => b.innerText)")
        for word in ("Silence", "Reset", "Acknowledge", "Disable floor", "Walk test", "Log in"):
            self.assertNotIn(word, shown)

    def test_there_is_no_button_for_a_valve(self):
        page = self.begin(scene="many")
        self.log_in()
        page.click("#floor-3 .floor")
        # The list of what needs a human names valves; its buttons open cards and lists.
        labels = page.js("return [...document.querySelectorAll('button:not([data-entry])')]"
                         ".map((b) => b.innerText)")
        self.assertFalse([label for label in labels if "valve" in label.lower() or "water" in label.lower()])


class Lists(PageCheck):
    def test_events_are_filtered_by_kind_floor_and_detector(self):
        page = self.begin(scene="many")
        page.click("#events .pick", "Fire")
        page.until("fires alone", "const l = [...document.querySelectorAll('.events li')];"
                   "return l.length && l.every((i) => !i.innerText.includes('quiet'))")
        page.click("#events .pick", "All")
        page.js("document.querySelector('.filters').open = true")
        page.type(".filters input[type=number]", "102\n")
        page.until("one detector", "const l = [...document.querySelectorAll('.events li')];"
                   "return l.length === 1 && l[0].innerText.includes('102')")
        # What comes in is held to the filter as well.
        self.world.fire(11)
        page.until_text("#newest", "302")
        self.assertNotIn("302", page.text(".events"))
        page.click(".filters button", "Clear")
        page.until_text(".events", "302")

    def test_older_events_are_a_page_further(self):
        def prepare(world):
            for n in range(150):
                world.event("system.journal.fault", f"fault number {n}")
        page = self.begin(prepare=prepare)
        page.until_text(".events", "fault number 149")
        page.click("#events .pages button", "Older")
        page.until_text(".events", "fault number 89")
        self.assertNotIn("fault number 149", page.text(".events"))
        page.click("#events .pages button", "Newest")
        page.until_text(".events", "fault number 149")

    def test_a_storm_of_events_leaves_the_page_small(self):
        page = self.begin()
        for n in range(1_000):
            self.world.event("system.journal.fault", f"fault number {n}")
        page.until_text(".events", "fault number 999")
        self.assertLessEqual(page.js("return document.querySelectorAll('.events li').length"), 60)

    def test_reports_are_pages_to_sign(self):
        page = self.begin()
        for query, title in (("kind=walk-test&episode=walk-test.1", "Walk test"),
                             ("kind=month&month=2026-11", "Report of the month")):
            page.open(f"{self.gateway.address}/panel/report.html?{query}", live=False)
            page.until_text("h1", title)
            page.until_text(".sign", "Signature")
            self.assertEqual(page.faults(), [])
            page.keep(f"report-{query[5:9]}")


class Spanish(PageCheck):
    language = "es"

    def test_the_browser_s_language_is_followed_and_can_be_changed(self):
        page = self.begin(scene="fire")
        page.until_state("Incendio")
        page.until_text("#newest", "INCENDIO: detector 302 (Archive smoke), Archive (planta 2)")
        self.assertEqual(page.js("return document.documentElement.lang"), "es")
        page.keep("spanish")
        page.click("#language", "English")
        page.until_state("Fire")
        page.click("#language", "Español")
        page.until_state("Incendio")

    def test_both_languages_say_everything(self):
        page = self.begin()
        missing = page.js("""return Promise.all(['en', 'es'].map((l) => import(`/panel/${l}.js`)))
            .then(([{default: en}, {default: es}]) => [...new Set([...Object.keys(en), ...Object.keys(es)])]
              .filter((key) => !(key in en) || !(key in es)
                || String(en[key].match(/{\\w+}/g)?.sort()) !== String(es[key].match(/{\\w+}/g)?.sort())))""")
        self.assertEqual(missing, [])


class Phone(PageCheck):
    size = "phone"

    def test_nothing_is_wider_than_the_phone_and_all_can_be_reached(self):
        for site, scene in ((small, "many"), (big, "fire")):
            page = self.begin(site, scene)
            page.until_state("Fire")
            self.assertLessEqual(page.js("return document.documentElement.scrollWidth"), 390)
            for button in ("#silence", "#reset"):
                box = page.js("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                              "return [r.left, r.right, r.top, r.bottom]", button)
                self.assertTrue(box[0] >= 0 and box[1] <= 390 and box[3] <= 844, f"{button}: {box}")
            page.keep(f"phone-{scene}")
            self.gateway.cut()

    def test_the_banner_stays_in_view_while_floors_are_read(self):
        page = self.begin(big, "fire")
        page.js("window.scrollTo(0, 3000)")
        page.until("the word stays", "const r = document.getElementById('word').getBoundingClientRect();"
                   "return window.scrollY > 1000 && r.top >= 0 && r.bottom < 300")


class Tablet(PageCheck):
    size = "tablet"

    def test_the_section_has_the_height_of_its_floors(self):
        page = self.begin(scene="fire")
        page.until_state("Fire")
        page.until("the floors", "return [...document.querySelectorAll('.row')].every((row) => {"
                   "const r = row.getBoundingClientRect(), s = row.closest('.section').getBoundingClientRect();"
                   "return r.height > 60 && r.bottom <= s.bottom + 1; })")
        self.assertLessEqual(page.js("return document.documentElement.scrollWidth"), 1024)
        page.keep("tablet")


class Keyboard(PageCheck):
    def test_everything_is_reached_by_keys_in_the_order_of_the_page(self):
        page = self.begin(scene="many")
        page.until_text("#newest", "2 more")
        seen = []
        for _ in range(40):
            page.press("TAB")
            if page.js("return document.activeElement === document.body"):
                break
            seen.append(page.focused().split("\n")[0])
            self.assertNotEqual(page.js("return getComputedStyle(document.activeElement).outlineStyle"),
                                "none", f"the focus cannot be seen on {seen[-1]}")
        order = ["skip", "silence", "reset", "reports", "language", "log-in", "Acknowledge", "2"]
        self.assertEqual(seen[:len(order)], order)
        self.assertIn("302 Archive smoke, floor 2 (Archive): fire", seen)

    def test_floors_are_one_stop_with_arrows_inside_and_dialogs_give_the_focus_back(self):
        page = self.begin(big)
        page.js("document.querySelector('.floor[tabindex=\"0\"]').focus()")
        self.assertIn("Floor 99", page.focused())
        page.press("ARROW_DOWN", "ARROW_DOWN")
        self.assertIn("Floor 97", page.focused())
        page.press("END")
        self.assertIn("Floor 0", page.focused())
        page.press("ENTER")
        page.until("the floor's list", "return document.querySelectorAll('dialog.floor-box tbody tr').length === 100")
        page.press("ESCAPE")
        page.until("it closes", "return !document.querySelector('dialog')")
        self.assertIn("Floor 0", page.focused())

    def test_the_skip_link_leads_to_the_events(self):
        page = self.begin()
        page.press("TAB", "ENTER", "TAB")
        self.assertIn("All", page.focused())


class Accessibility(PageCheck):
    """axe-core's rules, in every state, light and dark."""

    def check(self):
        for scene in ("normal", "fire", "fault", "isolated", "test", "many", "starting"):
            page = self.begin(scene=scene)
            page.until("events", "return document.querySelectorAll('.events li').length > 3")
            self.assertEqual(page.faults(), [], f"in state {scene}")
            self.gateway.cut()
        page = self.begin(scene="many")
        page.click("#attention button", "302")
        page.until("the plot", "return document.querySelector('dialog .plot rect')")
        self.assertEqual(page.faults(), [], "the detector's card")
        page.press("ESCAPE")
        page.click("#floor-1 .floor")
        self.assertEqual(page.faults(), [], "the floor's list")
        page.press("ESCAPE")
        page.click("#reset")
        page.until("the log-in dialog", "return document.querySelector('dialog.log-in')?.open")
        self.assertEqual(page.faults(), [], "the log-in")
        page.log_in("ana", "correct horse")
        page.until_text("dialog.ask", "Reset the alarms?")
        self.assertEqual(page.faults(), [], "a confirmation")

    def test_axe_finds_nothing_serious(self):
        self.check()


class AccessibilityInTheDark(Accessibility):
    dark = True


class Weight(PageCheck):
    size = "wall"

    def test_the_whole_page_is_at_most_200_KB_and_nothing_comes_from_elsewhere(self):
        page = self.begin(scene="many")
        page.until_state("Fire")
        files = page.js("""return performance.getEntriesByType('resource')
            .concat(performance.getEntriesByType('navigation'))
            .filter((e) => !e.name.includes('/api/')).map((e) => [e.name, e.decodedBodySize])""")
        self.assertEqual([name for name, _ in files if not name.startswith(self.gateway.address)], [])
        self.assertGreater(len(files), 20)
        self.assertLessEqual(sum(size for _, size in files), 200_000)

    def test_the_console_stays_empty_under_the_strict_policy(self):
        page = self.begin(scene="many")
        page.complaints()
        page.open(self.gateway.address)
        page.click("#attention button", "302")
        page.until("the plot", "return document.querySelector('dialog .plot rect')")
        self.assertEqual(page.complaints(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
