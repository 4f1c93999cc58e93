// One floor on demand: its detectors as a list that keyboards and screen readers can go through, its
// valve and key in words, and what may be asked for the whole floor.

import { el, setText } from './dom.js';
import { count, number, t } from './language.js';
import { WORST_FIRST, icon } from './shapes.js';

export class FloorList {
  constructor(site, actions, card) {
    this.site = site;
    this.actions = actions;
    this.card = card;
  }

  open(at, state) {
    const place = this.site.floors[at];
    const floor = state.floors[at];
    const title = `${number(place.floor)} ${place.name}`;
    const d = this.site.detectors;
    this.at = at;
    this.marks = new Map();
    const rows = d.floor.map((on, index) => (on === at ? index : -1)).filter((index) => index >= 0)
      .sort((a, b) => WORST_FIRST.indexOf(state.detectors[a]) - WORST_FIRST.indexOf(state.detectors[b])
        || d.id[a] - d.id[b])
      .map((index) => {
        const mark = el('span', { class: 'shape-and-word' });
        this.marks.set(index, mark);
        return el('tr', {}, el('td', {}, mark), el('td', { class: 'number', text: number(d.id[index]) }),
          el('td', {}, el('button', { class: 'plain', text: d.name[index] || t('detector', { n: d.id[index] }),
            on: { click: () => this.card(index) } })),
          el('td', { text: d.zone[index] ?? '' }));
      });
    this.words = el('p', { class: 'words' });
    const ask = (name, action) => el('button', { text: t(name), on: { click: action } });
    const target = { floor: place.floor };
    this.dialog = el('dialog', { class: 'floor-box', 'aria-labelledby': 'floor-title' },
      el('div', { class: 'title' }, el('h2', { id: 'floor-title', text: title }),
        el('button', { class: 'close', text: t('close'), on: { click: () => this.dialog.close() } })),
      this.words,
      el('p', { class: 'buttons' },
        floor.testAt === null ? ask('walkTest', () => this.actions.walkTest(place.floor, title))
          : ask('endTest', () => this.actions.endTest(place.floor, title)),
        ask('enableFloor', () => this.actions.enable(target, title)),
        ask('disableFloor', () => this.actions.disable(target, title))),
      el('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': title }, el('table', {},
        el('thead', {}, el('tr', {}, ...['state', 'number', 'name.of', 'card.zone'].map(
          (name) => el('th', { scope: 'col', text: t(name) })))),
        el('tbody', {}, ...rows))));
    this.dialog.addEventListener('close', () => { this.dialog.remove(); this.at = null; });
    document.body.append(this.dialog);
    this.update(state, { all: true });
    this.dialog.showModal();
  }

  update(state, changes) {
    if (this.at === null || this.at === undefined) return;
    const floor = state.floors[this.at];
    setText(this.words, [count('ofDetectors', this.marks.size),
      `${t('valve')}: ${t(`command.${floor.command}`)}, ${t(`seen.${floor.feedback}`)}`,
      `${t('key')}: ${t(`key.${floor.key}`)}`].join(' · '));
    for (const [index, mark] of this.marks) {
      if (!changes.all && !changes.detectors.has(index)) continue;
      const code = state.detectors[index];
      mark.replaceChildren(icon(code), t(`code.${code}`));
    }
  }
}
