// The guided first minute: five things to do, each ticked off by what is seen in the building.

const isOpen = (picture) => picture.valves.some((valve) => valve.position > 0.95);

export const STEPS = [
  {
    title: 'Set a room on fire', text: 'Click any room. Smoke fills it and reaches its detectors.',
    isDone: (picture) => picture.rooms.some((room) => room.fire > 0),
  },
  {
    title: 'Watch the water come',
    text: 'The floor\u2019s valve opens, lamp and sounder go on, a text and a mail arrive, and the panel says Fire.',
    isDone: isOpen,
  },
  {
    title: 'Kill the controller', text: 'It is started again by itself, and the open valve stays open.',
    isDone: (picture, past) => {
      past.starts ??= picture.controllerStarts;
      if (picture.controllerStarts > past.starts && picture.isControllerRunning) {
        past.survived ||= past.wasOpen && isOpen(picture);
        past.starts = picture.controllerStarts;
      }
      past.wasOpen = isOpen(picture);
      return past.survived === true;
    },
  },
  {
    title: 'Turn the key',
    text: 'Only a human\u2019s key closes a valve. While it is off the floors are isolated: no water there.',
    isDone: (picture) => picture.keys.includes(false),
  },
  {
    title: 'Break something',
    text: 'Click a detector to silence it, or cut a bus. The fault is told when its limit is over.',
    isDone: (picture) => picture.buses.includes('cut')
      || picture.detectors.some((detector) => detector.trouble !== 'none'),
  },
];

/** Follows the steps; one that was done stays done. */
export class Guide {
  constructor(list) {
    this.done = new Set();
    this.past = {};
    this.items = STEPS.map((step, index) => {
      const item = document.createElement('li');
      const title = document.createElement('b');
      const text = document.createElement('span');
      title.textContent = `${index + 1} ${step.title}`;
      text.textContent = step.text;
      item.append(title, text);
      list.append(item);
      return item;
    });
  }

  look(picture) {
    STEPS.forEach((step, index) => { if (step.isDone(picture, this.past)) this.done.add(index); });
    const next = STEPS.findIndex((_, index) => !this.done.has(index));
    this.items.forEach((item, index) => {
      const state = this.done.has(index) ? 'done' : index === next ? 'next' : 'later';
      if (item.dataset.state === state) return;
      item.dataset.state = state;
      if (state === 'next') item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    });
  }
}
