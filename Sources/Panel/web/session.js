// Who sits in front of the page: log-in, log-out, and asking for a log-in when a person is needed.

import { $, el, setText } from './dom.js';
import { get, post, remove, useToken } from './api.js';
import { t } from './language.js';

export class Session {
  constructor() {
    this.user = null;
    this.level = 1;
    this.changed = () => {};
  }

  async load() { this.take(await get('session')); }

  take(said) {
    Object.assign(this, { user: said.user, level: said.level, canLogIn: said.login });
    useToken(said.csrf);
    this.changed();
  }

  async logOut() {
    try { this.take(await remove('session')); } finally { location.reload(); }
  }

  /** True once somebody is logged in; false when the dialog was closed. `must`: cannot be closed. */
  logIn(why, must = false) {
    if (this.asking) return this.asking;
    this.asking = new Promise((done) => this.dialog(why, must, done))
      .finally(() => { this.asking = null; });
    return this.asking;
  }

  dialog(why, must, done) {
    const user = el('input', { name: 'user', autocomplete: 'username', required: true, maxlength: 64,
      autocapitalize: 'none', spellcheck: 'false' });
    const password = el('input', { name: 'password', type: 'password', required: true,
      autocomplete: 'current-password', maxlength: 256 });
    const wrong = el('p', { class: 'wrong', role: 'alert' });
    const go = el('button', { class: 'strong', type: 'submit', text: t('logIn') });
    const dialog = el('dialog', { class: 'log-in', 'aria-labelledby': 'log-in-title' });
    let isOver = false;
    const close = (result) => { isOver = true; dialog.close(); dialog.remove(); done(result); };
    const form = el('form', { method: 'dialog', on: { submit: async (e) => {
      e.preventDefault();
      go.disabled = true;
      try {
        this.take(await post('session', { user: user.value, password: password.value }));
        close(true);
      } catch (error) {
        password.value = '';
        setText(wrong, error.message);
        await this.wait(error.retryAfter, wrong, error.message);
        go.disabled = false;
        password.focus();
      }
    } } },
      el('h2', { id: 'log-in-title', text: t('logIn') }), el('p', { text: why }),
      el('label', {}, el('span', { text: t('user') }), user),
      el('label', {}, el('span', { text: t('password') }), password), wrong,
      el('p', { class: 'buttons' },
        must ? null : el('button', { type: 'button', text: t('cancel'), on: { click: () => close(false) } }), go));
    dialog.append(form);
    dialog.addEventListener('cancel', (e) => { if (must) e.preventDefault(); });
    // A browser may close a dialog on Escape whatever the page says; this one then opens again.
    dialog.addEventListener('close', () => {
      if (isOver) return;
      if (must) dialog.showModal();
      else close(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  /** Counts a lock-out down, in words. */
  async wait(seconds, place, reason) {
    for (let left = Math.ceil(seconds); left > 0; left--) {
      setText(place, `${reason} ${t('login.wait', { s: left })}`);
      await new Promise((done) => setTimeout(done, 1000));
    }
  }

  /** The part of the top line that says who is here. */
  buttons() {
    if (this.user) {
      return [el('span', { class: 'who', text: `${this.user}, ${t('login.level', { n: this.level })}` }),
        el('button', { text: t('logOut'), id: 'log-out', on: { click: () => this.logOut() } })];
    }
    return this.canLogIn ? [el('button', { text: t('logIn'), id: 'log-in',
      on: { click: () => this.logIn('') } })] : [];
  }
}

/** Puts the top line's buttons in place again. */
export function fillActions(session, others) {
  $('actions').replaceChildren(...others, ...session.buttons());
}
