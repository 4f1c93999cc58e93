// The link to the gateway: one stream of events, the state that they add up to, and whether it is live.
//
// What was heard before is never passed on as good: the page is live only while the stream is open,
// something has come in the last 2.5 s, and the gateway says that the controller reports. Everything
// that came since the last paint is handed on in one piece, so that a storm costs as many paints as
// calm does.

const SILENT_AFTER = 2500;
const PAINT_EVERY = 150;
const RETRY_FIRST = 500;
const RETRY_LAST = 4000;
const KEPT_EVENTS = 200;

export class Live {
  /** `paint(state, changes)` after changes, `alive(isLive, reason)` when that turns. */
  constructor({ paint, alive, refused }) {
    Object.assign(this, { paint, alive, refused });
    this.state = null;
    this.isLive = false;
    this.reason = 'starting';
    this.heardAt = null;
    this.wait = RETRY_FIRST;
    this.lastPaint = 0;
    this.forget();
  }

  open() {
    this.source = new EventSource('/api/v1/live');
    this.source.addEventListener('state', (e) => this.whole(JSON.parse(e.data)));
    this.source.addEventListener('change', (e) => this.change(JSON.parse(e.data)));
    this.source.addEventListener('tick', (e) => this.tick(JSON.parse(e.data)));
    this.source.onerror = () => this.lost();
    this.timer ??= setInterval(() => this.judge(), 250);
  }

  lost() {
    this.source.close();
    this.linked = false;
    this.judge();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.refused().then((again) => again && this.open()), this.wait);
    this.wait = Math.min(RETRY_LAST, this.wait * 2);
  }

  /** How old the newest word of the controller is, in ms; null before the first. */
  get age() {
    return this.heardAt === null ? null : performance.now() - this.heardAt + (this.state?.age ?? 0);
  }

  heard() {
    this.heardAt = performance.now();
    this.linked = true;
    this.wait = RETRY_FIRST;
  }

  whole(state) {
    this.heard();
    this.state = { ...state, detectors: [...state.detectors] };
    this.state.floors.forEach((floor) => countDown(floor));
    this.changes.all = true;
    this.note(true);
    this.judge();
  }

  change(change) {
    if (!this.state) return;
    this.heard();
    let urgent = false;
    for (const [name, value] of Object.entries(change)) {
      if (name === 'detectors') {
        for (const [at, code] of value) {
          this.state.detectors[at] = code;
          this.changes.detectors.add(at);
          urgent ||= code === 'a';
        }
      } else if (name === 'floors') {
        for (const [at, floor] of value) {
          this.state.floors[at] = countDown(floor);
          this.changes.floors.add(at);
        }
      } else if (name === 'events') {
        this.changes.events.push(...value);
        this.changes.events.splice(0, this.changes.events.length - KEPT_EVENTS);
      } else {
        this.state[name] = value;
        this.changes.fields.add(name);
        urgent ||= name === 'state';
      }
    }
    this.note(urgent);
    this.judge();
  }

  tick(tick) {
    if (!this.state) return;
    Object.assign(this.state, tick);
    this.heard();
    this.judge();
    this.changes.fields.add('wall');
    this.note(false);
  }

  judge() {
    const reason = !this.linked ? (this.state ? 'link' : 'starting')
      : performance.now() - this.heardAt > SILENT_AFTER ? 'silent'
        : this.state?.live === false ? 'controller' : null;
    const turned = this.isLive !== (reason === null) || this.reason !== reason;
    this.isLive = reason === null;
    this.reason = reason;
    if (turned || !this.isLive) this.alive(this.isLive, reason);
  }

  /** Paints soon: at once what is urgent, the rest not more often than a person can read. */
  note(urgent) {
    if (this.frame || (this.later && !urgent)) return;
    clearTimeout(this.later);
    const wait = urgent ? 0 : this.lastPaint + PAINT_EVERY - performance.now();
    const ask = () => {
      this.later = null;
      this.frame = requestAnimationFrame(() => {
        this.frame = null;
        const changes = this.changes;
        this.forget();
        this.lastPaint = performance.now();
        this.paint(this.state, changes);
      });
    };
    if (wait <= 0) ask();
    else this.later = setTimeout(ask, wait);
  }

  forget() {
    this.changes = {
      all: false, fields: new Set(), floors: new Set(), detectors: new Set(), events: [] };
  }
}

/** Spans that count down are kept as moments of this browser's clock. */
function countDown(floor) {
  const now = performance.now();
  floor.pendingAt = floor.pendingMs == null ? null : now + floor.pendingMs;
  floor.testAt = floor.walkTestMs == null ? null : now + floor.walkTestMs;
  return floor;
}

/** Whether any of these fields changed. */
export const touches = (changes, ...names) =>
  changes.all || names.some((name) => changes.fields.has(name));
