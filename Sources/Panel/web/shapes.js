// What a detector looks like: one shape for each state, so that it can be told without colour. Drawn in
// a box of 20 by 20; used by the canvases of the building and as icons in lists.

import { svg } from './dom.js';

const circle = 'M10 3a7 7 0 1 1 0 14a7 7 0 1 1 0-14z';
const triangle = 'M10 1.2L19.4 18H.6z';
const diamond = 'M10 .8L19.2 10L10 19.2L.8 10z';
const square = 'M2.5 2.5h15v15h-15z';

/** `fill` and `line` name colours of colours.css; `mark` is drawn over the shape in `ink`. */
export const SHAPES = {
  n: { path: circle, line: 'dot', width: 2 },
  a: { path: triangle, fill: 'fire', mark: 'M10 7v5.6M10 14.2v1.6', ink: 'on-fire', bold: true },
  l: { path: triangle, fill: 'card', line: 'fire-ink', width: 3, mark: 'M10 8v4.6M10 14v1.4',
    ink: 'fire-ink', bold: true },
  s: { path: diamond, fill: 'fault', line: 'edge', width: 1, mark: 'M5.5 10h9', ink: 'on-fault',
    bold: true },
  f: { path: diamond, fill: 'fault', line: 'edge', width: 1, mark: 'M7 7l6 6M13 7l-6 6',
    ink: 'on-fault', bold: true },
  d: { path: circle, line: 'test-ink', width: 2.6, mark: 'M5 15L15 5', ink: 'test-ink', bold: true },
  t: { path: square, fill: 'test', mark: 'M5.5 10.4l3 3.2l6-7', ink: 'on-test', bold: true },
  u: { path: square, line: 'quiet', width: 2, dash: [3, 2.4], mark: 'M10 12.2v-1.5q2.6-1 2.6-2.8a2.6 '
    + '2.4 0 0 0-5.2 0M10 14v1.4', ink: 'quiet' },
};

/** How much a state needs a human, most first. */
export const WORST_FIRST = 'alsfdtun';

/** The shape as an icon; the words beside it say the same, so it is hidden from screen readers. */
export function icon(code) {
  const shape = SHAPES[code] || SHAPES.u;
  return svg('svg', { class: 'shape', viewBox: '0 0 20 20', 'aria-hidden': 'true' },
    svg('path', {
      d: shape.path, class: `fill-${shape.fill || 'none'} line-${shape.line || 'none'}`,
      'stroke-width': shape.width || 0, 'stroke-dasharray': shape.dash?.join(' ') }),
    shape.mark && svg('path', {
      d: shape.mark, class: `fill-none line-${shape.ink}`, 'stroke-width': shape.bold ? 2.2 : 1.6,
      'stroke-linecap': 'round' }));
}

/** Pictures of all shapes at one size, drawn once and then only copied. */
export class Sprites {
  constructor(colours, size, scale) {
    this.pictures = {};
    for (const [code, shape] of Object.entries(SHAPES)) {
      this.pictures[code] = picture(shape, colours, sizeOf(code, size), scale);
    }
  }
  draw(context, code, x, y) {
    const p = this.pictures[code] || this.pictures.u;
    context.drawImage(p.canvas, x - p.half, y - p.half, p.half * 2, p.half * 2);
  }
}

/** A detector that is as it should be stands back. */
const sizeOf = (code, size) => (code === 'n' ? size * 0.72 : size);

function picture(shape, colours, size, scale) {
  const edge = Math.ceil((size + 2) * scale);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = edge;
  const context = canvas.getContext('2d');
  context.translate(edge / 2, edge / 2);
  context.scale(size * scale / 20, size * scale / 20);
  context.translate(-10, -10);
  const small = size < 9;
  const path = new Path2D(shape.path);
  if (shape.fill) {
    context.fillStyle = colours[shape.fill];
    context.fill(path);
  }
  if (shape.line) {
    context.strokeStyle = colours[shape.line];
    context.lineWidth = small ? Math.max(shape.width, 2.6) : shape.width;
    if (shape.dash) context.setLineDash(shape.dash);
    context.stroke(path);
    context.setLineDash([]);
  }
  if (shape.mark && size >= 7) {
    context.strokeStyle = colours[shape.ink];
    context.lineCap = 'round';
    context.lineWidth = small ? 3 : shape.bold ? 2.2 : 1.6;
    context.stroke(new Path2D(shape.mark));
  }
  return { canvas, half: edge / scale / 2 };
}

const NAMES = ['card', 'dot', 'fire', 'on-fire', 'fire-ink', 'fault', 'on-fault', 'edge', 'test',
  'on-test', 'test-ink', 'quiet', 'text'];

/** The colours of now, as canvases need them. */
export function coloursNow() {
  const style = getComputedStyle(document.body);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
