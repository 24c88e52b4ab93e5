// Several cases at once: counts what is ticked in [data-bulk], shows the bar while there is
// something, in it only what some ticked row can take ([data-can] of its box, [data-takes] of the
// control; what most of them can take is the main button), and asks before a form with
// [data-confirm] goes ("{n}" in its words is the number of ticks).
import { all, near, onNew, sentBy } from './dom.js';

const boxes = (root) => all('input[type=checkbox][name]:not([data-select-all])', root);
export const ticked = (root) => boxes(root).filter((box) => box.checked).length;

const offer = (root) => {
  const can = boxes(root).filter((box) => box.checked)
    .flatMap((box) => (box.dataset.can || '').split(' '));
  const takers = (one) => can.filter((act) => act === one.dataset.takes).length;
  const controls = all('[data-takes]', root);
  for (const one of controls) one.hidden = can.length > 0 && takers(one) === 0;
  const buttons = controls.filter((one) => one.matches('button'));
  const most = Math.max(0, ...buttons.map(takers));
  const main = most > 0 ? buttons.find((one) => takers(one) === most) : buttons[0];
  for (const one of buttons) one.classList.toggle('govuk-button--secondary', one !== main);
};

const count = (root) => {
  const n = ticked(root);
  for (const one of all('[data-by-script]', root)) one.hidden = false;
  for (const place of all('[data-bulk-count]', root)) place.textContent = String(n);
  for (const bar of all('[data-bulk-bar]', root)) bar.hidden = n === 0;
  offer(root);
  for (const box of all('[data-select-all]', root)) {
    const total = boxes(root).length;
    box.checked = n > 0 && n === total;
    box.indeterminate = n > 0 && n < total;
  }
};

export const bulk = () => {
  addEventListener('change', (event) => {
    const root = near(event, '[data-bulk]');
    if (!root) return;
    if (event.target.matches('[data-select-all]')) {
      for (const box of boxes(root)) box.checked = event.target.checked;
    }
    count(root);
  });
  onNew((part) => {
    all('[data-bulk]', part).forEach(count);
    const around = part.closest && part.closest('[data-bulk]');
    if (around) count(around);
  });
  addEventListener('submit', (event) => {
    const form = near(event, 'form');
    if (!form) return;
    const button = sentBy(event);
    const words = (button && button.dataset.confirm) || form.dataset.confirm;
    if (words && !confirm(words.replace('{n}', String(ticked(form))))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
};
