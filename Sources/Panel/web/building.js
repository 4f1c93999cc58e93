// The section through the building: floor above floor, each with its branch of the standpipe, its
// detectors, its valve as commanded and as seen, and its key. Floors that do not fit are scrolled, with
// all of them small at the side.

import { $, el, setData, setText, svg } from './dom.js';
import { count, number, span, t } from './language.js';
import { Cells, forgetSprites } from './cells.js';
import { coloursNow, icon } from './shapes.js';
import { Overview } from './overview.js';

const ROOMY_ROW = 84;
const COUNT_EVERY = 500;

export class Building {
  /** `site` as the gateway gives it; `open(floor)` and `card(detector)` by position. */
  constructor(site, { open, card }) {
    this.site = site;
    this.open = open;
    this.card = card;
    this.codes = [];
    this.counting = new Set();
    this.countedAt = 0;
    this.rows = site.floors.map((floor, at) => this.row(floor, at));
    this.order = site.floors.map((_, at) => at).sort((a, b) => site.floors[b].floor - site.floors[a].floor);
    this.list = el('ol', { class: 'floors', id: 'floors', 'aria-describedby': 'floors-hint' },
      ...this.order.map((at) => this.rows[at].node));
    this.list.addEventListener('keydown', (e) => this.key(e));
    this.overview = new Overview(this.order, (at) => this.show(at));
    this.scroller = el('div', { class: 'scroller' }, this.list, supply());
    const legend = el('ul', { class: 'legend', 'aria-label': t('legend') },
      ...'nalsfdtu'.split('').map((code) => el('li', {}, icon(code), t(`code.${code}`))));
    $('building').append(
      el('div', { class: 'head' }, el('h2', { text: t('building') }), legend),
      el('p', { class: 'heard', id: 'floors-hint', text: t('building.hint') }),
      el('div', { class: 'section' }, this.overview.node, this.scroller));
    this.tip = el('p', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
    document.body.append(this.tip);
    this.watch();
  }

  row(floor, at) {
    const positions = [];
    this.site.detectors.floor.forEach((on, index) => { if (on === at) positions.push(index); });
    const canvas = el('canvas', { 'aria-hidden': 'true' });
    const row = {
      cells: new Cells(canvas, positions, this.site.detectors), canvas,
      button: el('button', { class: 'floor', tabindex: '-1', on: { click: () => this.open(at) } }),
      sign: el('p', { class: 'sign' }), counts: el('span', { class: 'counts' }),
      command: el('strong'), seen: el('span'), trouble: el('em', { class: 'chip' }),
      key: el('span', { class: 'turn' }), keyTrouble: el('em', { class: 'chip' }),
      manual: el('em', { class: 'chip' }), room: el('div', { class: 'room' }, canvas),
    };
    row.button.append(el('b', { text: number(floor.floor) }),
      el('span', { class: 'name', text: floor.name }), row.counts);
    row.node = el('li', { class: floor.floor === 0 ? 'row street' : 'row', id: `floor-${at}` },
      row.button, riser(), row.room,
      el('p', { class: 'valve' }, el('span', { class: 'label', text: t('valve') }), row.command,
        row.seen, row.trouble, row.manual),
      el('p', { class: 'key' }, el('i', { class: 'key-picture', 'aria-hidden': 'true' }), el('span', { class: 'label', text: t('key') }), row.key,
        row.keyTrouble),
      row.sign);
    canvas.addEventListener('click', (e) => {
      const found = row.cells.at(e.offsetX, e.offsetY);
      if (found !== undefined) this.card(found);
    });
    canvas.addEventListener('mousemove', (e) => this.hover(e, row.cells.at(e.offsetX, e.offsetY)));
    canvas.addEventListener('mouseleave', () => { this.tip.hidden = true; });
    return row;
  }

  watch() {
    this.rows[this.order[0]]?.button.setAttribute('tabindex', '0');
    this.seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        this.rows[Number(entry.target.dataset.at)].cells.isInView = entry.isIntersecting;
      }
      this.paintCells();
    }, { rootMargin: '200px' });
    this.rows.forEach((row, at) => {
      row.canvas.dataset.at = at;
      this.seen.observe(row.canvas);
    });
    new ResizeObserver(() => this.layOut()).observe(this.scroller);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', () => this.repaint());
    this.scroller.addEventListener('scroll', () => this.overview.window(this.scroller), { passive: true });
  }

  layOut() {
    const rows = this.rows.length;
    const phone = matchMedia('(max-width: 760px)').matches;
    const fits = this.scroller.clientHeight >= rows * ROOMY_ROW;
    setData(this.list, 'size', phone ? (rows > 14 ? 'dense' : 'phone')
      : fits || rows <= 6 ? 'roomy' : 'dense');
    this.overview.show(this.list.dataset.size === 'dense');
    // All sizes are read before any canvas is made larger or smaller: one layout, not one a floor.
    const sizes = this.rows.map((row) => [row.room.clientWidth, row.room.clientHeight]);
    this.rows.forEach((row, at) => row.cells.layOut(...sizes[at], devicePixelRatio || 1));
    this.repaint();
  }

  repaint() {
    this.colours = coloursNow();
    forgetSprites();
    this.rows.forEach((row) => { row.cells.dirty = null; });
    this.paintCells();
    this.overview.paint();
    this.overview.window(this.scroller);
  }

  paintCells() {
    if (!this.codes.length || !this.colours) return;
    for (const row of this.rows) {
      if (row.cells.needsPaint) row.cells.paint(this.codes, this.colours);
    }
  }

  update(state, changes) {
    this.codes = state.detectors;
    if (changes.all) {
      this.rows.forEach((row, at) => { row.cells.dirty = null; this.floor(at, state.floors[at]); });
    } else {
      for (const at of changes.detectors) this.rows[this.site.detectors.floor[at]]?.cells.touch(at);
      for (const at of changes.floors) this.floor(at, state.floors[at]);
    }
    // In a storm numbers change no more often than they can be read; there is a paint every second.
    if (changes.all || performance.now() > this.countedAt + COUNT_EVERY) {
      this.countedAt = performance.now();
      for (const row of this.counting) setText(row.counts, row.count);
      this.counting.clear();
    }
    this.paintCells();
    if (this.overview.dirty) this.overview.paint();
  }

  floor(at, floor) {
    const row = this.rows[at];
    if (!row || !floor) return;
    row.state = floor;
    const tone = toneOf(floor);
    if (tone === 'fire' && row.node.dataset.tone !== 'fire') this.bring(row);
    setData(row.node, 'tone', tone);
    setData(row.node, 'command', floor.command);
    setData(row.node, 'key', floor.key);
    setData(row.node, 'odd', ['open', 'closed'].includes(floor.feedback) && floor.command !== floor.feedback ? 'yes' : 'no');
    setText(row.command, t(`command.${floor.command}`));
    setText(row.seen, t(`seen.${floor.feedback}`));
    setText(row.trouble, floor.valve === 'settled' ? '' : t(`valve.${floor.valve}`));
    setData(row.trouble, 'is', floor.valve);
    setText(row.key, t(`key.${floor.key}`));
    setText(row.keyTrouble, floor.flags.includes('keyFault') ? t('key.fault') : '');
    setText(row.manual, floor.flags.includes('manualFault') ? t('manual.fault') : '');
    const parts = [];
    if (floor.latched) parts.push(t('in.alarm', { n: number(floor.latched) }));
    if (floor.down) parts.push(t('in.fault', { n: number(floor.down) }));
    if (floor.disabled) parts.push(t('in.disabled', { n: number(floor.disabled) }));
    row.count = parts.join(', ') || count('ofDetectors', row.cells.positions.length);
    this.counting.add(row);
    this.sign(row);
    this.overview.set(at, tone);
  }

  /** A floor that begins to burn comes into view; the focus stays where it is. */
  bring(row) {
    const { offsetTop, offsetHeight } = row.node;
    const { scrollTop, clientHeight } = this.scroller;
    if (offsetTop >= scrollTop && offsetTop + offsetHeight <= scrollTop + clientHeight) return;
    this.scroller.scrollTo({ top: offsetTop - clientHeight / 2 });
  }

  /** What counts down; called every second as well. */
  sign(row) {
    const floor = row.state;
    const now = performance.now();
    setText(row.sign, floor.pendingAt !== null
      ? t('opens', { s: Math.max(0, Math.ceil((floor.pendingAt - now) / 1000)) })
      : floor.key === 'off' ? t('noWater')
        : floor.testAt !== null ? t('testing', { time: span(floor.testAt - now) }) : '');
  }

  second() {
    for (const row of this.rows) {
      if (row.state && (row.state.pendingAt !== null || row.state.testAt !== null)) this.sign(row);
    }
  }

  show(at) {
    const row = this.rows[at];
    row.node.scrollIntoView({ block: 'center' });
    this.choose(at);
  }

  choose(at) {
    for (const row of this.rows) row.button.setAttribute('tabindex', '-1');
    this.rows[at].button.setAttribute('tabindex', '0');
    this.rows[at].button.focus({ preventScroll: true });
  }

  key(e) {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 }[e.key];
    const from = this.order.findIndex((at) => this.rows[at].button === document.activeElement);
    if (!step || from < 0) return;
    e.preventDefault();
    const at = this.order[Math.min(this.order.length - 1, Math.max(0, from + step))];
    this.choose(at);
    this.rows[at].node.scrollIntoView({ block: 'nearest' });
  }

  hover(e, at) {
    this.tip.hidden = at === undefined;
    if (at === undefined) return;
    const d = this.site.detectors;
    setText(this.tip, `${d.id[at]} ${d.name[at]}: ${t(`code.${this.codes[at]}`)}`);
    this.tip.style.left = `${Math.min(e.clientX + 14, innerWidth - this.tip.offsetWidth - 8)}px`;
    this.tip.style.top = `${e.clientY + 16}px`;
  }
}

/** What a floor is shown as: the first of these that holds. */
export function toneOf(floor) {
  if (floor.latched || floor.pendingAt !== null) return 'fire';
  if (floor.key === 'off') return 'isolated';
  if (floor.down || ['notConfirmed', 'notDriven'].includes(floor.valve)
    || floor.flags.includes('keyFault') || floor.flags.includes('manualFault')) return 'fault';
  if (floor.testAt !== null) return 'test';
  if (floor.command === 'open') return 'water';
  return floor.disabled ? 'test' : 'calm';
}

/** The floor's branch of the standpipe, with its valve. */
function riser() {
  return el('div', { class: 'riser', 'aria-hidden': 'true' }, el('i', { class: 'symbol' }));
}

/** Where the standpipe comes from. */
function supply() {
  return el('div', { class: 'supply', 'aria-hidden': 'true' },
    svg('svg', { viewBox: '0 0 40 40' }, svg('circle', { cx: 20, cy: 20, r: 17 }),
      svg('path', { d: 'M20 3L35 28H5z' })), el('span', { text: t('supply') }));
}
