// A walk test or a month as a page that the building's owner can sign and file. What it says comes from
// the log; what the log does not know is left blank, never filled in.

import { $, el } from './dom.js';
import { get } from './api.js';
import { language, longTime, number, span, t } from './language.js';
import { sentence } from './sentences.js';

const paper = $('paper');
document.documentElement.lang = language;

try {
  const report = await get(`report${location.search}`);
  paper.append(...(report.kind === 'month' ? month(report) : walkTest(report)));
} catch (error) {
  paper.append(el('h1', { text: t('reports') }), el('p', { role: 'alert',
    text: t('paper.error', { why: error.message }) }));
}

function head(title, site) {
  document.title = `${title} · ${site}`;
  return el('header', {}, el('h1', { text: title }), el('p', { class: 'site', text: site }),
    el('button', { text: t('paper.print'), on: { click: () => print() } }));
}

function facts(pairs) {
  return el('dl', {}, ...pairs.flatMap(([name, value]) => [el('dt', { text: t(name) }), el('dd', { text: value })]));
}

function table(columns, rows, more = 0) {
  if (!rows.length) return el('p', { class: 'none', text: t('paper.none') });
  return el('div', {}, el('table', {},
    el('thead', {}, el('tr', {}, ...columns.map((name) => el('th', { scope: 'col', text: t(name) })))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((cell) => (
      cell instanceof Node ? cell : el('td', { text: cell ?? '' }))))))),
  more ? el('p', { text: t('paper.more', { n: number(more) }) }) : '');
}

function signatures(...roles) {
  return el('section', { class: 'sign' }, ...roles.map((role) => el('div', {}, el('h3', { text: t(role) }),
    ...['paper.signName', 'paper.signDate', 'paper.sign'].map((name) => el('p', { text: t(name) })))));
}

function foot() {
  return el('footer', { text: t('paper.made', { time: longTime(Date.now()) }) });
}

function walkTest(report) {
  const missing = report.detectors.filter((d) => d.answered === null).length;
  const all = report.detectors.length;
  return [
    head(t('paper.walk-test'), report.site),
    facts([['card.floor', `${report.floor} ${report.floorName}`], ['paper.by', report.who],
      ['paper.from', longTime(report.from)], ['paper.to', report.to ? longTime(report.to) : t('paper.open')],
      ['paper.result', missing ? t('paper.missing', { n: number(missing), all: number(all) })
        : t('paper.all', { n: number(all) })]]),
    table(['number', 'name.of', 'card.zone', 'paper.answered'], report.detectors.map((d) => [
      number(d.id), d.name, d.zone, d.answered === null ? el('td', { class: 'bad', text: t('paper.no') })
        : `${longTime(d.answered)}, ${t('paper.after', { time: span(d.answered - report.from) })}`])),
    signatures('paper.tester', 'paper.owner'), foot(),
  ];
}

function month(report) {
  const name = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric' })
    .format(new Date(`${report.month}-15T12:00`));
  const lasted = (entry) => (entry.seconds == null ? t('paper.open') : span(entry.seconds * 1000));
  const part = (title, ...content) => el('section', {}, el('h2', { text: t(title) }), ...content);
  const list = (title, entries = [], withWho = false) => part(title, table(
    ['paper.time', 'paper.what', ...(withWho ? ['paper.who'] : []), 'paper.lasted'],
    entries.map((e) => [longTime(e.wall), e.key ? sentence(e) : e.text, ...(withWho ? [e.who] : []), lasted(e)]),
    report.more?.[title]));
  return [
    head(`${t('paper.month')}: ${name}`, report.site),
    el('p', { text: t('paper.period', { from: longTime(report.from), to: longTime(report.to) }) }),
    part('paper.tests', table(['paper.from', 'card.floor', 'paper.by', 'paper.result'],
      report.tests.map((e) => [longTime(e.from), `${e.floor} ${e.floorName}`, e.who, e.missing
        ? t('paper.missing', { n: number(e.missing), all: number(e.answered + e.missing) })
        : t('paper.all', { n: number(e.answered) })]))),
    list('paper.fires', report.fires),
    part('paper.response', el('p', { text: report.response ? t('paper.responses', {
      n: number(report.response.count), median: number(report.response.medianMs),
      worst: number(report.response.worstMs) }) : t('paper.none') })),
    list('paper.faults', report.faults), list('paper.disablements', report.disablements, true),
    list('paper.keys', report.keys),
    part('paper.operators', table(['paper.time', 'paper.who', 'paper.what'],
      (report.operators || []).map((e) => [longTime(e.wall), e.who, e.text]))),
    signatures('paper.owner'), foot(),
  ];
}
