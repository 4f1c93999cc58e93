// The building to play with. It asks four times a second what is going on, and sends what is clicked as
// a line in a scenario's words. It shows the building as a visitor sees it; the panel beside it shows
// what the controller makes of that.

import { Guide } from '/steps.js';

const ASK_EVERY = 250;
const $ = (id) => document.getElementById(id);

function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'click') node.addEventListener('click', value);
    else if (name === 'text') node.textContent = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function set(node, name, value) {
  if (node.dataset[name] !== String(value)) node.dataset[name] = value;
}

async function act(line) {
  const answer = await fetch('/demo/do', {
    method: 'POST', body: line, headers: { 'X-Standpipe-Demo': '1' } });
  const said = await answer.json();
  if (said.error) console.warn(line, said.error);
  await look();
}

class House {
  constructor(site) {
    this.site = site;
    this.rooms = site.rooms.map((room, index) => this.room(room, index));
    this.floors = site.floors.map((floor, index) => this.floor(floor, index));
    const order = site.floors.map((_, at) => at)
      .sort((a, b) => site.floors[b].number - site.floors[a].number);
    $('floors').append(...order.map((at) => this.floors[at].node));
    if (site.floors.length > 8) $('floors').classList.add('many');
    this.buildWall();
  }

  room(room, index) {
    const { detectors } = this.site;
    const dots = room.detectors.map((at) => {
      const { id, name, kind } = detectors[at];
      return el('button', {
        class: 'dot', title: `${id} ${name} (${kind}): silence or mend it`, 'aria-label': `Silence or mend ${id} ${name}`,
        click: (e) => {
          e.stopPropagation();
          const isBroken = e.currentTarget.dataset.trouble && e.currentTarget.dataset.trouble !== 'none';
          act(`${isBroken ? 'mend' : 'silence'}: {detector: ${id}}`);
        },
      }, el('i'), el('small', { text: id }));
    });
    const names = [...new Set(room.detectors.map((at) => detectors[at].name))].slice(0, 2).join(', ');
    const fire = el('button', {
      class: 'ignite', title: 'Set fire here', 'aria-label': `Set fire to ${room.name}: ${names}`, text: names,
      click: () => act(`fire: {detector: ${detectors[room.detectors[0]].id}}`),
    });
    return { node: el('div', { class: 'room' }, el('i', { class: 'smoke' }), el('i', { class: 'flame' }), fire,
      el('div', { class: 'dots' }, ...dots)), dots };
  }

  floor(floor, index) {
    const { number } = floor;
    const rooms = this.site.rooms.flatMap((room, at) => (room.floor === index ? [this.rooms[at].node] : []));
    const stick = el('button', { text: 'Valve sticks', 'aria-pressed': 'false', click: () => act(
      `valve: {floor: ${number}, is: ${stick.getAttribute('aria-pressed') === 'true' ? 'free' : 'stuck'}}`) });
    const tools = el('div', { class: 'tools' },
      el('button', { text: 'Put fire out', click: () => act(`extinguish: {floor: ${number}}`) }), stick);
    if (floor.hasManualRelease) {
      tools.append(el('button', { text: 'Manual release', click: () => act(`manual-release: {floor: ${number}}`) }));
    }
    const valve = el('span', { class: 'valve', role: 'img' });
    const node = el('div', { class: 'floor' },
      el('div', { class: 'name' }, el('b', { text: number }), el('span', { text: floor.name })),
      valve, el('div', { class: 'rooms' }, ...rooms), tools);
    return { node, valve, stick };
  }

  /** What arrives at the one who is told: the newest mail and the newest texts. */
  people({ mails, texts }) {
    const key = JSON.stringify([mails, texts]);
    if (key === this.toldPeople) return;
    this.toldPeople = key;
    $('texts').replaceChildren(...(texts.length ? texts.slice(0, 6).map((text) => el('li', { text: text.text }))
      : [el('li', { class: 'none', text: 'No messages.' })]));
    $('mails').replaceChildren(...(mails.length ? mails.slice(0, 8).map((mail) => el('li', {},
      el('details', {}, el('summary', { text: mail.subject }), el('pre', { text: mail.text }))))
      : [el('li', { class: 'none', text: 'No mail.' })]));
  }

  buildWall() {
    const lamp = (name) => el('span', { class: 'lamp', 'data-lamp': name, text: name });
    this.lamps = ['power', 'fire', 'fault', 'isolated', 'test'].map(lamp);
    this.sounder = lamp('sounder');
    const press = (name, text) => el('button', { text, click: () => act(`press: {button: ${name}}`) });
    this.keys = this.site.keys.map((name, key) => {
      const number = this.site.floors.find((floor) => floor.key === key)?.number;
      return el('button', { class: 'key', 'aria-pressed': 'true', 'data-name': name, click: (e) => act(
        `key: {floor: ${number}, turn: ${e.currentTarget.getAttribute('aria-pressed') === 'true' ? 'off' : 'on'}}`) });
    });
    this.buses = this.site.buses.slice(0, 6).map((name) => el('button', { class: 'bus', 'data-name': name,
      click: (e) => act(`bus: {name: ${name}, is: ${e.currentTarget.dataset.fault === 'cut' ? 'whole' : 'cut'}}`) }));
    this.kill = el('button', { class: 'kill', text: 'Kill the controller', click: () => act('controller: {is: killed}') });
    $('wall').append(
      el('div', {}, el('h2', { text: 'On the wall' }), ...this.lamps, this.sounder),
      el('div', {}, press('silence', 'Silence'), press('reset', 'Reset'), press('lamp-test', 'Lamp test'), ...this.keys),
      el('div', {}, ...this.buses, this.kill));
  }

  show(picture) {
    const burning = new Map(picture.rooms.map((room) => [room.room, room]));
    this.rooms.forEach(({ node }, index) => {
      const room = burning.get(index);
      set(node, 'fire', room?.fire > 0 ? 'yes' : 'no');
      const smoke = Math.min(1, room?.smoke ?? 0).toFixed(2);
      if (node.dataset.smoke !== smoke) {
        node.dataset.smoke = smoke;
        node.style.setProperty('--smoke', smoke);
      }
    });
    const odd = new Map(picture.detectors.map((d) => [d.detector, d]));
    this.site.rooms.forEach((room, index) => room.detectors.forEach((at, place) => {
      const dot = this.rooms[index].dots[place];
      set(dot, 'trouble', odd.get(at)?.trouble ?? 'none');
      set(dot, 'smells', odd.get(at)?.smells ? 'yes' : 'no');
    }));
    picture.valves.forEach((valve, index) => {
      const floor = this.floors[index];
      const state = valve.position > 0.95 ? 'open' : valve.position > 0 ? 'moving' : 'shut';
      set(floor.node, 'valve', state);
      set(floor.node, 'driven', valve.isDriven);
      floor.valve.setAttribute('aria-label', `valve ${state}`);
      floor.valve.title = `valve ${state}${valve.isStuck ? ', it sticks' : ''}`;
      floor.stick.setAttribute('aria-pressed', valve.isStuck);
    });
    this.keys.forEach((key, index) => {
      key.setAttribute('aria-pressed', picture.keys[index]);
      key.textContent = `Key ${key.dataset.name}: ${picture.keys[index] ? 'on' : 'OFF'}`;
    });
    this.buses.forEach((bus, index) => {
      set(bus, 'fault', picture.buses[index]);
      bus.textContent = picture.buses[index] === 'cut' ? `Mend bus ${bus.dataset.name}` : `Cut bus ${bus.dataset.name}`;
    });
    this.lamps.forEach((lamp) => set(lamp, 'lit', picture.lamps.includes(lamp.dataset.lamp)));
    set(this.sounder, 'lit', picture.sounds);
    this.kill.textContent = picture.isControllerRunning ? 'Kill the controller' : 'The controller is dead…';
    this.people(picture);
    const key = JSON.stringify(picture.events);
    if (key !== this.told) {
      this.told = key;
      $('told').replaceChildren(...picture.events.slice(0, 8).map((event) => el('li', { 'data-teller': event.teller },
        el('time', { text: event.time }), el('span', { text: event.sentence }))));
    }
  }
}

const site = await (await fetch('/demo/site')).json();
$('name').textContent = site.name;
const house = new House(site);
const guide = new Guide($('steps'));
$('beside').append(el('iframe', { src: site.panel, title: 'The operator\u2019s panel' }));

async function look() {
  try {
    const picture = await (await fetch('/demo/state')).json();
    house.show(picture);
    guide.look(picture);
    $('lost').hidden = true;
  } catch {
    $('lost').hidden = false;
  }
}

for (;;) {
  await look();
  await new Promise((done) => setTimeout(done, ASK_EVERY));
}
