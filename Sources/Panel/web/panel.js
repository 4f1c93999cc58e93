// The panel's wiring: who is here, the site, the live link, and the views that show what it says.

import { $, el, setText } from './dom.js';
import { get } from './api.js';
import { Actions } from './actions.js';
import { Attention } from './attention.js';
import { Banner, nameOf } from './banner.js';
import { Building } from './building.js';
import { DetectorCard } from './detector.js';
import { Events } from './events.js';
import { FloorList } from './floor.js';
import { Health } from './health.js';
import { Live, touches } from './live.js';
import { Session, fillActions } from './session.js';
import { choose, language, t, words } from './language.js';
import { reports } from './reports.js';
import { sentence } from './sentences.js';

const session = new Session();

async function start() {
  document.documentElement.lang = language;
  setText($('skip'), t('skip'));
  setText($('word'), t('state.notLive'));
  setText($('where'), t('notLive.starting'));
  $('banner').setAttribute('aria-label', t('state'));
  const site = await load();
  show(site);
}

/** Session and site; asks for a log-in where the site wants one, and tries again where nobody answers. */
async function load() {
  for (;;) {
    try {
      await session.load();
      return await get('site');
    } catch (error) {
      if (error.status === 401) await session.logIn(t('login.must'), true);
      else {
        setText($('more'), error.status ? error.message : '');
        await new Promise((done) => setTimeout(done, 2000));
      }
    }
  }
}

function show(site) {
  setText($('site'), site.name);
  const actions = new Actions(site, session);
  const acknowledge = (event) => actions.acknowledge(event, sentence(event));
  const card = new DetectorCard(site, actions);
  const openCard = (at) => card.open(at, live.state.detectors);
  const list = new FloorList(site, actions, openCard);
  const open = (at) => list.open(at, live.state);
  const banner = new Banner(site, { acknowledge });
  const building = new Building(site, { open, card: openCard });
  const attention = new Attention(site, { open, card: openCard });
  const events = new Events(site, { acknowledge });
  const health = new Health(site);
  session.changed = () => top(actions);
  top(actions);

  const live = new Live({
    paint(state, changes) {
      // Another plan: floors and detectors are others, so the page begins anew.
      if (state.checksum && state.checksum !== site.checksum) return location.reload();
      if (state.floors.length !== site.floors.length) return;
      banner.update(state, changes);
      building.update(state, changes);
      attention.update(state, changes.all || changes.floors.size > 0 || changes.detectors.size > 0
        || touches(changes, 'faults', 'buses'));
      if (touches(changes, 'wall')) second();
      health.update(state, changes);
      list.update(state, changes);
      if (changes.all) events.load().then(() => waiting(state));
      if (changes.events.length) events.add(changes.events);
      if (touches(changes, 'unacknowledged') && !changes.all) waiting(state);
      tell(state, changes);
      document.dispatchEvent(new CustomEvent('standpipe-painted', { detail: changes }));
    },
    alive(isLive, reason) {
      const was = document.body.dataset.live === 'yes';
      banner.link(isLive, reason, live.age, live.state);
      if (was && !isLive) setText($('say-now'), `${t('state.notLive')}. ${t(`notLive.${reason}`)}`);
    },
    /** The stream broke: whether to try again as the one that was here. */
    async refused() {
      try {
        await session.load();
        await get('state');
      } catch (error) {
        if (error.status === 401) await session.logIn(t('login.must'), true);
      }
      return true;
    },
  });
  const waiting = (state) => events.setWaiting(state.unacknowledged || [])
    .then(([event, more]) => banner.newest(event, more));
  /** Clock and countdowns: with the ticks of the link, and by itself when there are none. */
  const second = () => {
    building.second();
    banner.link(live.isLive, live.reason, live.age, live.state);
  };
  live.open();
  setInterval(() => live.isLive || second(), 1000);
}

/** For those who listen: the state at once, news when there is a moment. */
let lastState = null;
function tell(state, changes) {
  const name = nameOf(state);
  if (name !== lastState) {
    setText($('say-now'), `${t(`state.${name}`)}. ${$('where').textContent} ${$('more').textContent}`);
    lastState = name;
  }
  const news = changes.events[changes.events.length - 1];
  if (news) setText($('say'), sentence(news));
}

function top(actions) {
  // Where nobody can log in nobody can ask for anything, and no button says otherwise.
  document.body.dataset.acts = session.user || session.canLogIn ? 'yes' : 'no';
  const button = (name, action, more = {}) => el('button', { id: name, text: t(name), on: { click: action }, ...more });
  fillActions(session, [
    button('silence', () => actions.silence()), button('reset', () => actions.reset()),
    button('reports', () => reports()),
    el('button', { id: 'language', text: words.otherName, lang: words.other, on: { click: () => choose(words.other) } }),
  ]);
}

start();
