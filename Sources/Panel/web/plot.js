// A detector's history as bands in lanes: fire at the top, what was normal as a thin line, and what
// keeps a detector from protecting below it. A short fire in a long year is still three pixels wide.

import { svg } from './dom.js';
import { language, t } from './language.js';

const WIDEST = 720;
const LEFT = 92;
/** Pixels that a mark of the axis needs. */
const MARK = 48;
const LANES = [['al', 'code.a', 'fire'], ['n', 'code.n', 'dot'], ['t', 'code.t', 'test'],
  ['d', 'code.d', 'test-ink'], ['sf', 'code.s', 'fault'], ['u', 'code.u', 'quiet']];
const LANE = 22;
const LEAST = 3;

/** The plot of `{from, to, changes: [[ms, code]…]}` for a span of a day or a year, so many pixels wide. */
export function plot({ from, to, changes }, kind, room) {
  const wide = Math.max(280, Math.min(WIDEST, room || WIDEST));
  const used = LANES.filter(([codes]) => codes === 'n' || codes === 'al'
    || changes.some(([, code]) => codes.includes(code)));
  const high = used.length * LANE;
  const x = (ms) => LEFT + (ms - from) / (to - from) * (wide - LEFT);
  const bands = [];
  changes.forEach(([ms, code], index) => {
    const lane = used.findIndex(([codes]) => codes.includes(code));
    if (lane < 0) return;
    const begin = x(Math.max(from, ms));
    const end = x(Math.min(to, changes[index + 1]?.[0] ?? to));
    const isCalm = code === 'n';
    bands.push(svg('rect', {
      x: begin.toFixed(1), width: Math.max(isCalm ? 0.5 : LEAST, end - begin).toFixed(1),
      y: lane * LANE + (isCalm ? 9 : 4), height: isCalm ? 4 : 14, class: `fill-${used[lane][2]}` }));
  });
  const picture = svg('svg', {
    viewBox: `0 0 ${wide} ${high + 24}`, role: 'img', class: 'plot',
    'aria-label': `${t('card.history')}: ${t(`card.${kind}`)}` });
  used.forEach(([, name], lane) => picture.append(
    svg('line', { x1: LEFT, x2: wide, y1: lane * LANE + 11, y2: lane * LANE + 11, class: 'lane' }),
    svg('text', { x: 0, y: lane * LANE + 15, text: t(name) })));
  picture.append(...bands);
  const all = marks(from, to, kind);
  const each = Math.ceil(all.length * MARK / (wide - LEFT));
  for (const [ms, text] of all.filter((_, index) => index % each === 0)) {
    picture.append(
      svg('line', { x1: x(ms), x2: x(ms), y1: 0, y2: high + 4, class: 'tick' }),
      svg('text', { x: x(ms), y: high + 18, 'text-anchor': 'middle', text }));
  }
  return [picture];
}

/** Where the axis is marked: every three hours of a day, every second month of a year. */
function marks(from, to, kind) {
  const found = [];
  const date = new Date(from);
  if (kind === 'day') {
    date.setMinutes(0, 0, 0);
    const form = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    for (; date <= to; date.setHours(date.getHours() + 1)) {
      if (date >= from && date.getHours() % 3 === 0) found.push([date.getTime(), form.format(date)]);
    }
  } else {
    date.setDate(1);
    date.setHours(0, 0, 0, 0);
    const form = new Intl.DateTimeFormat(language, { month: 'short' });
    for (; date <= to; date.setMonth(date.getMonth() + 1)) {
      if (date >= from && date.getMonth() % 2 === 0) found.push([date.getTime(), form.format(date)]);
    }
  }
  return found;
}
