// The language of the page: what the person chose here before, else what the browser asks for, else
// English. A change loads the page again, which takes less than it takes to look.

import en from './en.js';
import es from './es.js';

const languages = { en, es };
const KEPT = 'standpipe-language';

export const language = (() => {
  let kept = null;
  try { kept = localStorage.getItem(KEPT); } catch { /* private windows may refuse */ }
  const wanted = [kept, ...(navigator.languages || [])].map((tag) => (tag || '').slice(0, 2));
  return wanted.find((tag) => tag in languages) || 'en';
})();

export const words = languages[language];

/** The text named `name`, with `{key}` replaced from `values`. */
export function t(name, values = {}) {
  const text = words[name];
  if (text === undefined) return name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? '');
}

/** One of two texts, by number: `name.one` and `name.many`. */
export function count(name, n, values = {}) {
  return t(n === 1 ? `${name}.one` : `${name}.many`, { n: number(n), ...values });
}

export function choose(tag) {
  try { localStorage.setItem(KEPT, tag); } catch { /* then it holds until the next load */ }
  location.reload();
}

const numbers = new Intl.NumberFormat(language);
const clockForm = new Intl.DateTimeFormat(language, {
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const dateForm = new Intl.DateTimeFormat(language, {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const longForm = new Intl.DateTimeFormat(language, {
  dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23' });

export const number = (n) => numbers.format(n);
export const clock = (ms) => clockForm.format(ms);
export const longTime = (ms) => longForm.format(ms);

/** A time of today as clock, another with its date. */
export function when(ms, now = Date.now()) {
  const same = new Date(ms).toDateString() === new Date(now).toDateString();
  return same ? clock(ms) : dateForm.format(ms);
}

/** "floor 2 (Archive)", as the log says it; the name alone where it has the number in it. */
export function floorName(site, at) {
  const { floor, name } = site.floors[at];
  const numbered = t('floor', { n: floor });
  return !name ? numbered : name.match(/-?\d+/g)?.includes(String(floor)) ? name : `${numbered} (${name})`;
}

/** A span as people say it: "0.4 s", "8 s", "12 min", "5 h", "3 d". */
export function span(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${numbers.format(Math.round(seconds * 10) / 10)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function bytes(n) {
  if (n >= 1 << 30) return `${numbers.format(Math.round(n / (1 << 30) * 10) / 10)} GB`;
  if (n >= 1 << 20) return `${numbers.format(Math.round(n / (1 << 20)))} MB`;
  return `${numbers.format(Math.round(n / 1024))} KB`;
}
