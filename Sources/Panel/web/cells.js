// The detectors of one floor on a canvas. A change repaints its cell and nothing else; a floor out of
// view is painted when it comes into view.

import { Sprites } from './shapes.js';

/** Cells are at most this wide and at least that; from these widths on number and name stand below. */
const MOST = 132;
const LEAST = 6;
const NUMBER_FROM = 40;
const NAME_FROM = 76;
const FONT = '"Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

/** Sprites are shared by all floors that have the same cell size. */
const shared = new Map();

export function forgetSprites() { shared.clear(); }

function sprites(colours, size, scale) {
  const key = `${size} ${scale}`;
  if (!shared.has(key)) shared.set(key, new Sprites(colours, size, scale));
  return shared.get(key);
}

export class Cells {
  /** `positions`: the floor's detectors, as positions in the site's columns `id` and `name`. */
  constructor(canvas, positions, { id, name }) {
    this.canvas = canvas;
    this.positions = positions;
    this.ids = id;
    this.names = name;
    this.place = new Map(positions.map((at, index) => [at, index]));
    this.dirty = null;
    this.isInView = false;
  }

  /** Finds the largest cells that fit. `wide` and `high` in CSS pixels. */
  layOut(wide, high, scale) {
    const n = Math.max(1, this.positions.length);
    const text = (p) => (p >= NAME_FROM ? 36 : p >= NUMBER_FROM ? 18 : 0);
    const tall = (p) => Math.min(p, NUMBER_FROM) + text(p);
    let pitch = MOST;
    while (pitch > LEAST && Math.floor(wide / pitch) * Math.floor(high / tall(pitch)) < n) pitch -= 1;
    Object.assign(this, { wide, high, scale, pitch, text: text(pitch), row: tall(pitch) });
    this.size = pitch >= NAME_FROM ? 32 : pitch >= NUMBER_FROM ? 26 : Math.max(5, pitch * 0.86);
    const rows = Math.ceil(n / Math.max(1, Math.floor(wide / pitch)));
    this.columns = Math.ceil(n / rows);
    // Few rows leave room at the side: the columns take it.
    this.step = Math.max(pitch, Math.min(pitch * 1.8, Math.floor(wide / this.columns)));
    this.gap = Math.max(0, (high - rows * this.row) / 2);
    this.canvas.width = Math.round(wide * scale);
    this.canvas.height = Math.round(high * scale);
    this.dirty = null;
  }

  center(index) {
    return [
      (index % this.columns + 0.5) * this.step,
      this.gap + Math.floor(index / this.columns) * this.row + (this.row - this.text) / 2];
  }

  /** The position in the site of the detector drawn there, or undefined. */
  at(x, y) {
    const column = Math.floor(x / this.step);
    const row = Math.floor((y - this.gap) / this.row);
    if (column < 0 || column >= this.columns || row < 0) return undefined;
    return this.positions[row * this.columns + column];
  }

  touch(at) {
    if (this.dirty) this.dirty.add(this.place.get(at));
  }

  paint(codes, colours) {
    if (!this.isInView || !this.wide) return;
    const context = this.context ??= this.canvas.getContext('2d');
    const pictures = sprites(colours, this.size, this.scale);
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    if (!this.dirty) {
      context.clearRect(0, 0, this.wide, this.high);
      this.positions.forEach((_, index) => this.cell(context, pictures, codes, index, colours));
    } else {
      for (const index of this.dirty) {
        const [x, y] = this.center(index);
        context.clearRect(x - this.step / 2, y - (this.row - this.text) / 2, this.step, this.row);
        this.cell(context, pictures, codes, index, colours);
      }
    }
    this.dirty = new Set();
  }

  cell(context, pictures, codes, index, colours) {
    const at = this.positions[index];
    const [x, y] = this.center(index);
    pictures.draw(context, codes[at], x, y);
    if (!this.text) return;
    const below = y + (this.row - this.text) / 2;
    context.textAlign = 'center';
    context.fillStyle = codes[at] === 'n' ? colours.quiet : colours.text;
    context.font = `${this.text > 18 ? 'bold 13px' : '12px'} ${FONT}`;
    context.fillText(this.ids[at], x, below + 11);
    if (this.text <= 18) return;
    context.font = `13px ${FONT}`;
    context.fillText(this.fitted(context, this.names[at]), x, below + 27);
  }

  /** A name cut to the width of its cell. */
  fitted(context, name) {
    let text = name;
    while (text.length > 4 && context.measureText(text).width > this.step - 6) {
      text = `${text.replace(/…$/, '').slice(0, -1)}…`;
    }
    return text;
  }

  get needsPaint() { return this.isInView && (!this.dirty || this.dirty.size > 0); }
}
