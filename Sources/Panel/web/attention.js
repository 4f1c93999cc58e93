// Everything that is not normal as a list of words, the worst first: the same that the section shows in
// shapes, for screen readers, keyboards and eyes that look for what to do.

import { $, el, setText } from './dom.js';
import { floorName, number, span, t } from './language.js';
import { WORST_FIRST, icon } from './shapes.js';
import { toneOf } from './building.js';

const MOST = 60;
/** Milliseconds between two drawings; a list that is longer than it can show changes all the time. */
const EVERY = 250;
const EVERY_LONG = 1000;

export class Attention {
  constructor(site, { open, card }) {
    this.site = site;
    this.open = open;
    this.card = card;
    this.title = el('h2', { text: t('attention') });
    this.total = el('span', { class: 'total' });
    this.list = el('ul', { class: 'attention', tabindex: '0', 'aria-label': t('attention') });
    $('attention').append(el('div', { class: 'head' }, this.title, this.total), this.list);
  }

  /** Called with every paint, of which there is one a second at least. Drawn less often than that. */
  update(state, hasChanged) {
    this.isOld ||= hasChanged;
    const every = this.isLong ? EVERY_LONG : EVERY;
    if (!this.isOld || performance.now() < (this.drawnAt ?? -every) + every) return;
    this.isOld = false;
    this.drawnAt = performance.now();
    this.draw(state);
  }

  draw(state) {
    const entries = [...this.floors(state), ...this.system(state)];
    const byCode = {};
    state.detectors.forEach((code, at) => { if (code !== 'n') (byCode[code] ??= []).push(at); });
    let total = entries.length;
    const detectors = [];
    for (const code of WORST_FIRST) {
      if (code === 'n' || !byCode[code]) continue;
      total += byCode[code].length;
      for (const at of byCode[code].slice(0, MOST)) detectors.push([this.rank(code), code, at]);
    }
    const all = [...entries, ...detectors].sort((a, b) => a[0] - b[0]).slice(0, MOST);
    this.isLong = total > all.length;
    // The list is made again only when its words differ, so that focus and screen readers stay put.
    const key = JSON.stringify([all, total]);
    if (key === this.shown) return;
    this.shown = key;
    setText(this.total, total ? number(total) : '');
    const focused = document.activeElement?.dataset?.entry;
    this.list.replaceChildren(...(total ? all.map((entry) => this.item(entry))
      : [el('li', { class: 'none', text: t('attention.none') })]));
    if (total > all.length) {
      this.list.append(el('li', { class: 'none', text: t('attention.more', { n: number(total - all.length) }) }));
    }
    if (focused) this.list.querySelector(`[data-entry="${CSS.escape(focused)}"]`)?.focus();
  }

  rank(code) { return { a: 0, l: 0, s: 4, f: 4, d: 6, t: 7, u: 8 }[code]; }

  /** Entries are `[rank, tone, text, floor]`. */
  floors(state) {
    const entries = [];
    state.floors.forEach((floor, at) => {
      const name = this.floorName(at);
      if (floor.key === 'off') entries.push([1, 'isolated', t('isolated.floor', { floor: name }), at]);
      if (['notConfirmed', 'notDriven'].includes(floor.valve)) {
        entries.push([2, 'fault', t('fault.valve', { floor: name, what: t(`valve.${floor.valve}`) }), at]);
      }
      if (floor.flags.includes('keyFault')) entries.push([3, 'fault', t('fault.keyOf', { floor: name }), at]);
      if (floor.flags.includes('manualFault')) entries.push([3, 'fault', t('fault.manualOf', { floor: name }), at]);
      if (floor.testAt !== null && toneOf(floor) !== 'fire') {
        const left = Math.ceil((floor.testAt - performance.now()) / 60_000) * 60_000;
        entries.push([5, 'test', t('test.floor', { floor: name, time: span(left) }), at]);
      }
    });
    return entries;
  }

  system(state) {
    const entries = state.faults.map((fault) => [3, 'fault', t(`fault.${fault}`), null]);
    [...state.buses].forEach((up, at) => {
      if (up !== '1') entries.push([3, 'fault', t('fault.bus', { name: this.site.buses[at] }), null]);
    });
    return entries;
  }

  item(entry) {
    if (entry.length === 3) {
      const [, code, at] = entry;
      const d = this.site.detectors;
      const text = t('detector.is', { detector: `${d.id[at]} ${d.name[at]}`,
        floor: this.floorName(d.floor[at]), state: t(`code.${code}`) });
      return el('li', {}, el('button', { 'data-entry': `d${at}`, on: { click: () => this.card(at) } },
        icon(code), text));
    }
    const [, tone, text, at] = entry;
    const mark = el('i', { class: `mark ${tone}`, 'aria-hidden': 'true' });
    return el('li', {}, at === null ? el('p', {}, mark, text)
      : el('button', { 'data-entry': `f${at}${text}`, on: { click: () => this.open(at) } }, mark, text));
  }

  floorName(at) {
    return floorName(this.site, at);
  }
}
