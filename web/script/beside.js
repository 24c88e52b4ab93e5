// The case beside the list of the desk (.split__case): whoever goes along the list by keyboard has
// each case shown there, without leaving the page; and after a move that sends a case on, the next
// one of the list is opened, and what was done is told with the number and the receiver.
import { all, near } from './dom.js';

// Whoever holds the key down passes over the cases between.
const PAUSE = 250;

export const rows = () => all('[data-keys] [data-row]');
export const link = (row) => row.querySelector('[data-open]') || row.querySelector('a[href]');

/** A word in a store of the browser. */
export const kept = (storage, name) => ({
  get: () => {
    try {
      return window[storage].getItem(name);
    } catch {
      return null;
    }
  },
  set: (value) => {
    try {
      window[storage].setItem(name, value);
    } catch { /* it then lasts no longer than the page */ }
  },
});

export const focusOn = (part) => {
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
};

const beside = () => document.querySelector('.split__case');

let wanted = '';
let timer = 0;

/** The case is read from its title on, unless somebody has gone elsewhere meanwhile. */
const read = (row) => {
  const title = document.querySelector('.split__case #case-title');
  const active = document.activeElement;
  if (title && (active === document.body || active === link(row))) focusOn(title);
};

const bring = (row, address) => {
  const old = beside();
  window.htmx.trigger(old, 'htmx:abort');
  window.htmx.ajax('GET', address, {
    source: old, target: old, select: '.split__case', swap: 'outerHTML',
  }).then(() => {
    if (wanted !== address) return;
    if (old.isConnected || !beside()) location.assign(address);
    else {
      history.replaceState(history.state, '', address);
      read(row);
    }
  }, () => {});
};

/** Shows the case of a row, where one is open already. */
export const showBeside = (row) => {
  if (!beside() || !window.htmx) return;
  for (const one of rows()) one.classList.toggle('is-open', one === row);
  wanted = link(row).href;
  clearTimeout(timer);
  timer = setTimeout(bring, PAUSE, row, wanted);
};

const sent = kept('sessionStorage', 'linli-sent');
const SENDS_ON = '.split__case .moves__one:not(.moves__one--plain) .moves__form';

/** To whom a form sends the case, in the words it was chosen by. */
const receiver = (form) => {
  const chosen = form.querySelector('select[name=body] option:checked, [name=body]:checked + label');
  return chosen && chosen.value !== '' ? ` → ${chosen.textContent.trim()}` : '';
};

const sendOn = (form) => {
  const list = rows().filter((row) => row.offsetParent !== null);
  const at = list.findIndex((row) => row.classList.contains('is-open'));
  if (at < 0) return;
  sent.set(link(list[at]).textContent.trim() + receiver(form));
  if (list[at + 1]) form.elements.next.value = link(list[at + 1]).getAttribute('href');
};

export const caseBeside = () => {
  const told = document.querySelector('.desk-done .govuk-notification-banner__heading');
  const words = sent.get();
  if (told && words) told.textContent += ` · ${words}`;
  if (words) sent.set('');
  addEventListener('submit', (event) => {
    const form = near(event, SENDS_ON);
    if (form && !event.defaultPrevented) sendOn(form);
  });
};
