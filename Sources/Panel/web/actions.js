// What a person may ask of the controller: each with what it means in words, a confirmation, and the
// controller's answer. None of them opens or closes a valve; the gateway has no such request.

import { el, setText } from './dom.js';
import { ApiError, post } from './api.js';
import { t } from './language.js';

const TIMES = [10, 30, 60, 120, 240, 480];

export class Actions {
  constructor(site, session) {
    this.site = site;
    this.session = session;
  }

  silence() { return this.ask('silence', 'silence', t('ask.silence'), {}); }
  reset() { return this.ask('reset', 'reset', t('ask.reset'), {}); }
  acknowledge(event, text) {
    return this.ask('acknowledge', 'acknowledge', text, { n: event.n });
  }
  /** `target`: `{detector}`, `{zone}` or `{floor}`; `what`: its name. */
  disable(target, what) {
    return this.ask('disable', 'disable', t('ask.disable', { what }), target, true);
  }
  enable(target, what) { return this.ask('enable', 'enable', t('ask.enable', { what }), target, false, 'disable'); }
  walkTest(floor, what) {
    return this.ask('walk-test', 'walkTest', t('ask.walkTest', { what }), { floor }, true);
  }
  endTest(floor, what) {
    return this.ask('walk-test', 'endTest', t('ask.endTest', { what }), { floor, minutes: 0 });
  }

  /** `path`: the request; `needs`: what the site must allow, none for an acknowledgement. */
  async ask(path, title, text, body, asksTime = false, needs = path) {
    if (!this.session.user && this.session.canLogIn && !await this.session.logIn(t('login.why'))) return;
    const isAllowed = needs === 'acknowledge' || this.site.remote.includes(needs);
    const answer = el('p', { class: 'answer', role: 'status' });
    const minutes = el('select', {}, ...TIMES.map((n) => el('option', { value: n, text: `${n} min` })));
    minutes.value = '30';
    const go = el('button', { class: 'strong', type: 'submit', text: t(title), disabled: !isAllowed });
    const close = el('button', { type: 'button', text: t('cancel') });
    const dialog = el('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-text' });
    dialog.append(el('form', { method: 'dialog', on: { submit: (e) => {
      e.preventDefault();
      const whole = asksTime ? { ...body, minutes: Number(minutes.value) } : body;
      this.send(path, whole, { answer, go, close, minutes });
    } } },
      el('h2', { id: 'ask-title', text: t(title) }), el('p', { id: 'ask-text', text }),
      asksTime && isAllowed ? el('label', {}, el('span', { text: t('minutes') }), minutes) : null,
      answer, el('p', { class: 'buttons' }, close, go)));
    if (!isAllowed) setText(answer, t('notAllowed'));
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    (isAllowed ? go : close).focus();
  }

  async send(path, body, { answer, go, close, minutes }) {
    go.disabled = minutes.disabled = true;
    setText(answer, t('answer.asking'));
    answer.dataset.outcome = 'asking';
    try {
      const said = await post(path, body);
      const isDone = said.outcome === 'done';
      answer.dataset.outcome = isDone ? 'done' : 'refused';
      setText(answer, isDone ? t('answer.done') : said.text);
    } catch (error) {
      answer.dataset.outcome = 'failed';
      setText(answer, error instanceof ApiError ? error.message : t('answer.failed'));
      if (error.status === 401) await this.session.load().catch(() => {});
    }
    setText(close, t('close'));
    close.focus();
  }
}
