// The dialog that leads to reports on paper and to the audit as a file.

import { el } from './dom.js';
import { t } from './language.js';

export function reports() {
  const now = new Date();
  const month = el('input', { type: 'month', required: true,
    value: `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}` });
  const dialog = el('dialog', { class: 'ask', 'aria-labelledby': 'reports-title' });
  dialog.append(el('form', { method: 'dialog', on: { submit: () => {
    window.open(`/panel/report.html?kind=month&month=${encodeURIComponent(month.value)}`, '_blank', 'noopener');
  } } },
    el('h2', { id: 'reports-title', text: t('reports') }), el('p', { text: t('reports.text') }),
    el('label', {}, el('span', { text: t('month') }), month),
    el('p', {}, el('a', { href: '/api/v1/audit.csv', download: 'audit.csv', text: t('audit') })),
    el('p', { class: 'buttons' },
      el('button', { type: 'button', text: t('close'), on: { click: () => dialog.close() } }),
      el('button', { class: 'strong', text: t('openReport') }))));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
