// The health of what is behind the panel: the log, the messages to people, the buses.

import { $, el, setData, setText } from './dom.js';
import { bytes, number, span, t } from './language.js';
import { touches } from './live.js';

const FLASH_IS_SHORT = 5;
const FLUSH_IS_LATE = 60_000;

export class Health {
  constructor(site) {
    this.site = site;
    this.lines = {};
    const card = (title, ...names) => el('div', { class: 'card', hidden: names.length > 0 },
      el('h3', { text: t(title) }), el('dl', {}, ...names.flatMap((name) => this.line(name))));
    this.troubles = el('ul', { class: 'troubles' });
    this.buses = el('p', { class: 'buses' });
    this.messages = card('messages', 'messages.mail', 'messages.sms', 'messages.failed');
    this.messages.append(this.troubles);
    this.busCard = card('buses');
    this.busCard.querySelector('dl').replaceWith(this.buses);
    $('health').append(
      card('log', 'log.size', 'log.flash', 'log.flush', 'log.gateway'), this.messages, this.busCard);
        this.busCard.hidden = !site.buses.length;
  }

  line(name) {
    const value = el('dd', { hidden: true });
    const label = el('dt', { text: t(name), hidden: true });
    this.lines[name] = { value, label };
    return [label, value];
  }

  set(name, text, isBad = false) {
    const { value, label } = this.lines[name];
    label.hidden = value.hidden = text === null;
    setText(value, text ?? '');
    setData(value, 'bad', isBad ? 'yes' : 'no');
    // A card of which the gateway tells nothing is not shown.
    const card = value.closest('.card');
    card.hidden = [...card.querySelectorAll('dd')].every((other) => other.hidden);
  }

  update(state, changes) {
    if (touches(changes, 'log')) this.log(state.log || {});
    if (touches(changes, 'notifications')) this.told(state.notifications || {});
    if (touches(changes, 'buses')) {
      const down = this.site.buses.filter((_, at) => state.buses[at] !== '1');
      setText(this.buses, down.length
        ? down.map((name) => `${name}: ${t('bus.down')}`).join(', ')
        : t('buses.all', { n: number(this.site.buses.length) }));
      setData(this.buses, 'bad', down.length ? 'yes' : 'no');
    }
  }

  log(log) {
    const size = (part) => (part?.bytes === undefined || part?.bytes === null ? null
      : part.capacityBytes ? t('log.of', { size: bytes(part.bytes), all: bytes(part.capacityBytes) })
        : bytes(part.bytes));
    this.set('log.size', size(log));
    this.set('log.gateway', size(log.gateway));
    this.set('log.flash', log.flashYears == null ? null
      : t('log.years', { n: number(Math.round(log.flashYears)) }), log.flashYears < FLASH_IS_SHORT);
    this.set('log.flush', log.flushMs == null ? null : t('log.ago', { age: span(log.flushMs) }),
      log.flushMs > FLUSH_IS_LATE);
  }

  told(notifications) {
    const waiting = notifications.waiting || {};
    this.set('messages.mail', waiting.mail == null ? null : number(waiting.mail));
    this.set('messages.sms', waiting.sms == null ? null : number(waiting.sms));
    this.set('messages.failed', notifications.failed == null ? null : number(notifications.failed),
      notifications.failed > 0);
    this.troubles.replaceChildren(...(notifications.troubles || []).slice(0, 5)
      .map((text) => el('li', { text })));
  }
}
