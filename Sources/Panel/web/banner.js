// What is seen from three metres: the state of the site in one word and one colour, where, the newest
// event that nobody has acknowledged, and a lamp with a count for each kind of trouble.

import { $, el, setData, setText, svg } from './dom.js';
import { clock, count, floorName, number, span, t, when } from './language.js';
import { sentence } from './sentences.js';
import { touches } from './live.js';

const LAMPS = {
  fire: 'M12 2c1 4 6 6 6 12a6 6 0 0 1-12 0c0-3 2-4 2-7c2 1 2 2 3 4c1-3 1-6 1-9z',
  open: 'M12 2c3 5 7 8 7 13a7 7 0 0 1-14 0c0-5 4-8 7-13z',
  isolated: 'M3 12h6m6 0h6M9 5v14M15 5v14',
  fault: 'M12 2L23 21H1zM12 9v6M12 17v2',
  disabled: 'M12 2a10 10 0 1 1 0 20a10 10 0 1 1 0-20zM5 19L19 5',
  test: 'M3 3h18v18H3zM7 12l4 4l7-8',
};
const MOST_NAMED = 3;
const COUNT_EVERY = 250;

/** What the site is shown as. The gateway says "isolated" for disabled detectors alone as well. */
export const nameOf = (state) =>
  (state.state === 'isolated' && !state.summary.isolated ? 'disabled' : state.state);

export class Banner {
  constructor(site, { acknowledge }) {
    this.site = site;
    this.lamps = {};
    for (const [name, path] of Object.entries(LAMPS)) {
      const value = el('b', { text: '0' });
      const label = el('span', { text: t(`lamp.${name}`) });
      const node = el('li', { class: `lamp ${name}`, 'data-on': 'no' },
        svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: path })),
        label, value);
      this.lamps[name] = { node, value };
      $('lamps').append(node);
    }
    this.text = el('p', { class: 'text' });
    this.others = el('p', { class: 'others' });
    this.button = el('button', {
      class: 'strong', text: t('acknowledge'), on: { click: () => acknowledge(this.event) } });
    $('newest').append(el('i', { class: 'flag', 'aria-hidden': 'true' }), this.text, this.others, this.button);
  }

  /** The whole state; `event`: newest unacknowledged one or null, `more` how many there are besides. */
  update(state, changes) {
    const summary = state.summary;
    const on = {
      fire: summary.fire, open: summary.open, isolated: summary.isolated,
      fault: summary.down + summary.valveFaults + summary.otherFaults,
      disabled: summary.disabled, test: summary.test,
    };
    // A lamp lights at once; in a storm its number changes no more often than it can be read.
    const isReadable = performance.now() > (this.countedAt ?? 0) + COUNT_EVERY;
    if (isReadable) this.countedAt = performance.now();
    for (const [name, n] of Object.entries(on)) {
      const lamp = this.lamps[name];
      const turns = (n > 0) !== (lamp.node.dataset.on === 'yes');
      if (turns) setData(lamp.node, 'on', n ? 'yes' : 'no');
      if (turns || isReadable || changes.all) setText(lamp.value, number(n));
    }
    if (this.isLive) this.word(state);
    if (touches(changes, 'state', 'sounder', 'summary') || changes.floors.size) this.where(state);
  }

  word(state) {
    const name = nameOf(state);
    setData(document.body, 'state', name);
    setText($('word'), t(`state.${name}`));
    document.title = `${t(`state.${name}`)} · ${this.site.name}`;
  }

  where(state) {
    if (!this.isLive) return;
    const { floors } = state;
    const of = (test) => this.names(floors.map((f, at) => (test(f) ? at : -1)).filter((at) => at >= 0));
    const name = nameOf(state);
    const which = { fire: (f) => f.latched || f.pendingAt !== null, isolated: (f) => f.key === 'off',
      test: (f) => f.testAt !== null }[name];
    // Water flows on although the alarm was reset: the gateway goes on saying fire, and so does the page.
    const isReset = name === 'fire' && !floors.some(which);
    setText($('where'), isReset ? t('where.reset', { floors: of((f) => f.command === 'open') })
      : t(`where.${name}`, { floors: which ? of(which) : '' }));
    const more = [];
    if (state.state === 'normal') {
      more.push(t('where.calm', {
        floors: number(floors.length), detectors: number(this.site.detectors.id.length) }));
    }
    if (isReset) more.push(t('where.keyCloses'));
    else if (state.summary.open) more.push(t('where.open', { floors: of((f) => f.command === 'open') }));
    else if (state.state === 'fire') more.push(t('where.noneOpen'));
    if (state.state !== 'isolated' && state.summary.isolated) {
      more.push(t('where.dry', { floors: of((f) => f.key === 'off') }));
    }
    if (state.sounder !== 'quiet') more.push(t(`sounder.${state.sounder}`));
    const line = more.join(' · ');
    setText($('more'), line && line[0].toUpperCase() + line.slice(1));
  }

  names(positions) {
    const shown = positions.slice(0, MOST_NAMED).map((at) => this.floorName(at)).join(', ');
    const n = positions.length - MOST_NAMED;
    return n > 0 ? t('where.more', { names: shown, n: number(n) }) : shown;
  }

  floorName(at) {
    return floorName(this.site, at);
  }

  newest(event, more) {
    this.event = event;
    $('newest').hidden = !event;
    if (!event) return;
    setText(this.text, `${when(event.wall)}  ${sentence(event)}`);
    setText(this.others, more ? count('waiting', more) : '');
    this.button.setAttribute('aria-label', `${t('acknowledge')}: ${sentence(event)}`);
  }

  /** The link's own state; `age` in ms. */
  link(isLive, reason, age, state) {
    const was = this.isLive;
    this.isLive = isLive;
    setData(document.body, 'live', isLive ? 'yes' : 'no');
    if (isLive) {
      setText($('link'), t('live.at', { time: clock(state.wall) }));
      if (!was) {
        this.word(state);
        this.where(state);
      }
      return;
    }
    setData(document.body, 'state', 'notLive');
    setText($('word'), t('state.notLive'));
    setText($('link'), age === null ? '' : t('live.no', { age: span(age) }));
    document.title = `${t('state.notLive')} · ${this.site?.name ?? 'Standpipe'}`;
    setText($('where'), t(`notLive.${reason}`));
    setText($('more'), age === null ? ''
      : t('notLive.age', { age: span(age), time: clock(Date.now() - age) }));
  }
}
