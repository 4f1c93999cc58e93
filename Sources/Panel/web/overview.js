// A tall building small: one line a floor in the colour of its worst state, and where the section is
// scrolled to. For eyes alone; the section itself has every word.

import { el } from './dom.js';

const TONES = { fire: 'fire', isolated: 'isolated', fault: 'fault', test: 'test', water: 'water' };

export class Overview {
  /** `order`: positions of floors from the top down; `show(position)` when a line is chosen. */
  constructor(order, show) {
    this.tones = new Array(order.length).fill('calm');
    this.lines = this.tones.map((_, at) => el('i', { on: { click: () => show(at) } }));
    this.frame = el('b');
    this.node = el('div', { class: 'overview', 'aria-hidden': 'true', hidden: true },
      ...order.map((at) => this.lines[at]), this.frame);
    this.dirty = false;
  }

  show(isShown) { this.node.hidden = !isShown; }

  set(at, tone) {
    if (this.tones[at] === tone) return;
    this.tones[at] = tone;
    this.dirty = true;
  }

  paint() {
    this.dirty = false;
    this.tones.forEach((tone, at) => {
      const name = TONES[tone] || '';
      if (this.lines[at].className !== name) this.lines[at].className = name;
    });
  }

  /** Shows which floors the scroller shows. */
  window(scroller) {
    if (this.node.hidden || !scroller.scrollHeight) return;
    const all = scroller.scrollHeight;
    this.frame.style.top = `${scroller.scrollTop / all * 100}%`;
    this.frame.style.height = `${Math.min(1, scroller.clientHeight / all) * 100}%`;
    this.frame.hidden = scroller.clientHeight >= all;
  }
}
