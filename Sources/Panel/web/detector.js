// The card of one detector: what it says, how old that is, how much of its limit is left, its bus, and
// its history of a day or a year.

import { el, setData, setText } from './dom.js';
import { get } from './api.js';
import { number, span, t, when } from './language.js';
import { icon } from './shapes.js';
import { plot } from './plot.js';

const ASK_EVERY = 1000;
const CODES = { normal: 'n', alarm: 'a', latched: 'l', silent: 's', fault: 'f', disabled: 'd', tested: 't',
  unknown: 'u' };

export class DetectorCard {
  constructor(site, actions) {
    this.site = site;
    this.actions = actions;
  }

  /** Opens the card of the detector at a position of the site. */
  open(at, codes) {
    const { id, name, floor } = this.site.detectors;
    const place = this.site.floors[floor[at]];
    this.codes = codes;
    this.at = at;
    const title = `${number(id[at])} ${name[at]}`;
    this.mark = el('span', { class: 'mark-box' });
    this.state = el('p', { class: 'state', role: 'status' });
    this.values = {};
    const line = (key) => {
      this.values[key] = el('dd');
      return [el('dt', { text: t(`card.${key}`) }), this.values[key]];
    };
    this.bar = el('meter', { min: 0, max: 1, 'aria-label': t('card.margin') });
    const lines = el('dl', {}, ...['signal', 'heard', 'margin', 'floor', 'zone', 'bus', 'until'].flatMap(
      (key) => (key === 'heard' ? [] : line(key))));
    this.values.margin.append(this.bar, this.left = el('span'));
    this.history = el('div', { class: 'history' });
    this.spans = ['day', 'year'].map((kind) => el('button', { class: 'pick', type: 'button',
      text: t(`card.${kind}`), 'data-span': kind, on: { click: () => this.draw(kind) } }));
    const target = { detector: id[at] };
    this.dialog = el('dialog', { class: 'card-box', 'aria-labelledby': 'card-title' },
      el('div', { class: 'title' }, this.mark, el('h2', { id: 'card-title', text: title }),
        el('button', { class: 'close', text: t('close'), on: { click: () => this.dialog.close() } })),
      this.state, lines,
      el('div', { class: 'head' }, el('h3', { text: t('card.history') }),
        el('div', { class: 'picks', role: 'group', 'aria-label': t('card.history') }, ...this.spans)),
      this.history,
      el('p', { class: 'buttons' },
        el('button', { text: t('enable'), on: { click: () => this.actions.enable(target, title) } }),
        el('button', { text: t('disable'), on: { click: () => this.actions.disable(target, title) } })));
    setText(this.values.floor, `${place.floor} ${place.name}`);
    const timer = setInterval(() => this.load(), ASK_EVERY);
    this.dialog.addEventListener('close', () => {
      clearInterval(timer);
      this.dialog.remove();
      this.at = null;
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.load();
    this.draw('day');
  }

  async load() {
    const at = this.at;
    let said;
    try {
      said = await get(`detectors/${this.site.detectors.id[at]}`);
    } catch (error) {
      setData(this.dialog, 'stale', 'yes');
      setText(this.state, error.status ? error.message : t('notLive.link'));
      return;
    }
    if (at !== this.at) return;
    setData(this.dialog, 'stale', 'no');
    const code = CODES[said.state] ?? 'u';
    if (this.mark.dataset.code !== code) {
      this.mark.replaceChildren(icon(code));
      this.mark.dataset.code = code;
    }
    setText(this.state, t(`code.${code}`));
    const age = said.heardMs === null ? t('card.never') : t('card.heard', { age: span(said.heardMs) });
    setText(this.values.signal, `${t(`signal.${said.signal ?? 'none'}`)}, ${age}`);
    const left = said.heardMs === null || said.limitMs === null ? null : said.limitMs - said.heardMs;
    this.bar.value = left === null ? 0 : Math.max(0, left) / said.limitMs;
    this.bar.low = 0.25;
    setText(this.left, left === null ? t('card.never') : left >= 0
      ? t('card.left', { left: span(left), limit: span(said.limitMs) })
      : t('card.past', { over: span(-left), limit: span(said.limitMs) }));
    this.show('zone', said.zone);
    this.show('bus', said.bus && `${said.bus.name}: ${t(said.bus.up ? 'bus.up' : 'bus.down')}`);
    setData(this.values.bus, 'bad', said.bus && !said.bus.up ? 'yes' : 'no');
    this.show('until', said.disabledUntilMs && span(said.disabledUntilMs));
  }

  show(key, text) {
    const value = this.values[key];
    value.hidden = value.previousElementSibling.hidden = !text;
    setText(value, text || '');
  }

  async draw(kind) {
    for (const button of this.spans) button.setAttribute('aria-pressed', String(button.dataset.span === kind));
    const at = this.at;
    try {
      const said = await get(`detectors/${this.site.detectors.id[at]}/history?span=${kind}`);
      if (at !== this.at || this.spans.every((b) => b.getAttribute('aria-pressed') === 'true'
        && b.dataset.span !== kind)) return;
      this.history.replaceChildren(...plot(said, kind, this.history.clientWidth), this.list(said));
    } catch (error) {
      setText(this.history, error.message);
    }
  }

  /** The same for those who cannot see the plot: the newest changes in words. */
  list({ changes }) {
    return el('details', {}, el('summary', { text: t('card.changes') }), el('ol', {},
      ...changes.slice(-100).reverse().map(([ms, code]) => el('li', {},
        el('time', { text: when(ms) }), icon(code), t(`code.${code}`)))));
  }
}
