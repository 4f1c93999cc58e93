// The list of events: the newest first, filtered by kind, floor, detector and time, older ones on
// demand. While the newest are shown, new ones come in at the top by themselves.

import { $, el, setData, setText } from './dom.js';
import { get } from './api.js';
import { number, t, when } from './language.js';
import { kindOf, sentence, toneOf } from './sentences.js';

const PAGE = 60;
const KINDS = ['all', 'fire', 'fault', 'isolation', 'test', 'operator'];
const MOST_EMPTY = 20;

export class Events {
  constructor(site, { acknowledge }) {
    this.site = site;
    this.acknowledge = acknowledge;
    this.kind = 'all';
    this.events = [];
    this.known = new Map();
    this.waiting = new Set();
    this.list = el('ol', { class: 'events', 'aria-label': t('events'), tabindex: '0' });
    this.older = el('button', { text: t('events.older'), on: { click: () => this.page(this.next) } });
    this.newer = el('button', { text: t('events.newest'), hidden: true, on: { click: () => this.load() } });
    $('events').append(el('div', { class: 'head' }, el('h2', { text: t('events') }), this.kinds()),
      this.filters(), this.list, el('p', { class: 'pages' }, this.newer, this.older));
  }

  kinds() {
    this.chips = KINDS.map((kind) => el('button', {
      class: 'pick', 'aria-pressed': String(kind === this.kind), text: t(`kind.${kind}`), 'data-kind': kind,
      on: { click: () => { this.kind = kind; this.load(); } } }));
    return el('div', { class: 'picks', role: 'group', 'aria-label': t('events') }, ...this.chips);
  }

  filters() {
    const change = { change: () => this.load() };
    this.floor = el('select', { on: change }, el('option', { value: '', text: t('filter.any') }),
      ...this.site.floors.map((f) => el('option', { value: f.floor, text: `${f.floor} ${f.name}` })).reverse());
    this.detector = el('input', { type: 'number', min: 0, inputmode: 'numeric', on: change });
    this.from = el('input', { type: 'datetime-local', on: change });
    this.to = el('input', { type: 'datetime-local', on: change });
    const clear = el('button', { text: t('filter.clear'), on: { click: () => {
      for (const field of [this.floor, this.detector, this.from, this.to]) field.value = '';
      this.load();
    } } });
    const field = (name, input) => el('label', {}, el('span', { text: t(`filter.${name}`) }), input);
    return el('details', { class: 'filters' }, el('summary', { text: t('filter') }),
      el('div', {}, field('floor', this.floor), field('detector', this.detector),
        field('from', this.from), field('to', this.to), clear));
  }

  query() {
    const query = new URLSearchParams({ limit: PAGE });
    if (this.kind !== 'all') query.set('kind', this.kind);
    if (this.floor.value !== '') query.set('floor', this.floor.value);
    if (this.detector.value !== '') query.set('detector', this.detector.value);
    if (this.from.value) query.set('from', new Date(this.from.value).getTime());
    if (this.to.value) query.set('to', new Date(this.to.value).getTime());
    return query;
  }

  fits(e) {
    return (this.kind === 'all' || kindOf(e) === this.kind)
      && (this.floor.value === '' || e.floor === Number(this.floor.value))
      && (this.detector.value === '' || e.detector === Number(this.detector.value))
      && (!this.from.value || e.wall >= new Date(this.from.value).getTime())
      && (!this.to.value || e.wall <= new Date(this.to.value).getTime());
  }

  load() { return this.page(null); }

  /** The page before event number `before`, or the newest. */
  async page(before) {
    for (const chip of this.chips) chip.setAttribute('aria-pressed', String(chip.dataset.kind === this.kind));
    const query = this.query();
    if (before !== null) query.set('before', before);
    const asked = this.asked = Symbol('page');
    let found;
    try {
      found = await get(`events?${query}`);
      // A page can be empty although older ones are not: a filter looks through so many at a time.
      for (let n = 0; !found.events.length && found.next !== null && n < MOST_EMPTY; n++) {
        query.set('before', found.next);
        found = await get(`events?${query}`);
      }
    } catch (error) {
      setText(this.list, error.message);
      return;
    }
    // Another filter was chosen meanwhile.
    if (asked !== this.asked) return;
    this.isNewest = before === null;
    this.next = found.next;
    this.events = found.events;
    this.events.forEach((e) => this.keep(e));
    this.older.hidden = found.next === null;
    this.newer.hidden = this.isNewest;
    this.draw();
  }

  keep(event) {
    this.known.set(event.n, event);
    // Bounded: the oldest that were kept go first.
    if (this.known.size > 500) this.known.delete(this.known.keys().next().value);
  }

  add(events) {
    for (const event of events) this.keep(event);
    if (!this.isNewest) return;
    const news = events.filter((e) => this.fits(e) && e.n > (this.events[0]?.n ?? -1)).reverse();
    if (!news.length) return;
    this.events = [...news, ...this.events].slice(0, PAGE);
    if (this.list.firstElementChild?.tagName !== 'LI' || this.list.firstElementChild.className === 'none') {
      return this.draw();
    }
    this.list.prepend(...news.map((e) => this.item(e)));
    while (this.list.children.length > PAGE) this.list.lastElementChild.remove();
  }

  draw() {
    if (!this.events.length) {
      this.list.replaceChildren(el('li', { class: 'none', text: t('events.none') }));
    } else {
      this.list.replaceChildren(...this.events.map((e) => this.item(e)));
    }
  }

  item(e) {
    const item = el('li', { 'data-tone': toneOf(e), 'data-n': e.n },
      el('time', { text: when(e.wall), datetime: new Date(e.wall).toISOString() }),
      el('span', { class: 'text', text: sentence(e) }));
    if (e.key.endsWith('walk-test-ended') && e.episode) {
      item.append(el('a', { href: `/panel/report.html?kind=walk-test&episode=${encodeURIComponent(e.episode)}`,
        target: '_blank', text: t('report') }));
    }
    this.mark(item, e);
    return item;
  }

  mark(item, e) {
    const waits = this.waiting.has(e.n);
    setData(item, 'waits', waits ? 'yes' : 'no');
    const button = item.querySelector('button');
    if (waits && !button) {
      item.append(el('button', { text: t('acknowledge'), 'aria-label': `${t('acknowledge')}: ${sentence(e)}`,
        on: { click: () => this.acknowledge(e) } }));
    } else if (!waits) {
      button?.remove();
    }
  }

  /** `numbers`: unacknowledged, newest first. Gives the newest event and how many more there are. */
  async setWaiting(numbers) {
    this.waiting = new Set(numbers);
    for (const item of this.list.querySelectorAll('li[data-n]')) {
      const e = this.known.get(Number(item.dataset.n));
      if (e) this.mark(item, e);
    }
    if (!numbers.length) return [null, 0];
    const n = numbers[0];
    if (!this.known.has(n)) {
      const found = await get(`events?after=${n - 1}&before=${n + 1}&limit=1`).catch(() => ({ events: [] }));
      found.events.forEach((e) => this.keep(e));
    }
    return [this.known.get(n) ?? { n, wall: Date.now(), key: '', text: `${t('events')} ${number(n)}` },
      numbers.length - 1];
  }
}
