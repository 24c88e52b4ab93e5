// The desk by keyboard: j and k go down and up the rows of [data-keys], from the one whose case is
// open, which is brought into sight, and the case shown beside goes with them; Enter opens, a goes
// to the first act of the open case, c closes it, x ticks, b goes to the bar, t to the next tab, /
// to the search box, ? shows the help, Escape closes it. A case that opens takes the focus, and
// gives it back to its row. Who prefers none of it switches it off with the tick box
// [data-keys-off]; the choice stays on this device.
import { focusOn, kept, link, rows, showBeside } from './beside.js';
import { all, isTyping, near } from './dom.js';
import { belongsToInputMethod } from './typing.js';

const store = kept('localStorage', 'linli-keys');
/** The row whose case was just closed, until the list is there again. */
const left = kept('sessionStorage', 'linli-row');

const go = (step) => {
  const list = rows();
  if (!list.length) return;
  const marked = (name) => list.findIndex((row) => row.classList.contains(name));
  // Beside an open case one goes on from its row.
  const here = marked('is-here') < 0 ? marked('is-open') : marked('is-here');
  const next = list[Math.min(list.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
  for (const row of list) row.classList.toggle('is-here', row === next);
  const target = link(next);
  if (target) target.focus();
  next.scrollIntoView({ block: 'nearest' });
  showBeside(next);
};

const here = () => rows().find((row) => row.classList.contains('is-here'));

const tick = () => {
  const box = here() && here().querySelector('input[type=checkbox]');
  if (box) box.click();
};

const open = (event) => {
  const row = here();
  if (!row || (event.target !== document.body && row !== event.target)) return false;
  const target = link(row);
  if (target) target.click();
  return Boolean(target);
};

/** Where the focus was before the help took it. */
let cameFrom = null;

const help = (show) => {
  const panel = document.querySelector('[data-help]');
  if (!panel) return false;
  const was = !panel.hidden;
  panel.hidden = show === undefined ? was : !show;
  if (!panel.hidden) {
    cameFrom = document.activeElement;
    focusOn(panel);
  } else if (was && cameFrom && cameFrom.isConnected) {
    cameFrom.focus({ preventScroll: true });
  }
  return true;
};

const search = () => {
  const box = document.querySelector('[data-search]');
  const folded = box && box.closest('details:not([open])');
  if (folded) folded.open = true;
  if (box) {
    box.focus();
    box.select();
  }
};

const follow = (selector) => {
  const target = document.querySelector(selector);
  if (target) target.click();
};

const CONTROLS = 'input:not([type=hidden]), select, textarea, button';
const first = (root) => all(CONTROLS, root).find((one) => one.offsetParent !== null);

/** The first act of the open case: its form unfolded, and in it the first thing to fill in. */
const firstAct = () => {
  const form = document.querySelector('.moves__one[open]') || document.querySelector('.moves__one');
  if (!form) return;
  form.open = true;
  form.scrollIntoView({ block: 'nearest' });
  const control = first(form);
  if (control) control.focus();
};

const bar = () => {
  const control = all('[data-bulk-bar]:not([hidden])').map(first).find(Boolean);
  if (control) control.focus();
};

const nextTab = () => {
  const tabs = all('.tabs--line .tabs__link');
  const at = tabs.findIndex((tab) => tab.hasAttribute('aria-current'));
  if (tabs.length) tabs[(at + 1) % tabs.length].click();
};

const acts = {
  j: () => go(1),
  k: () => go(-1),
  a: firstAct,
  b: bar,
  c: () => follow('[data-close]'),
  t: nextTab,
  x: tick,
  '/': search,
  '?': () => help(),
};

const pressed = (event) => {
  if (event.defaultPrevented || belongsToInputMethod(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    help(false);
    return;
  }
  if (isTyping(event.target) || store.get() === 'off' || !document.querySelector('[data-keys]')) return;
  if (event.key === 'Enter') {
    if (open(event)) event.preventDefault();
  } else if (Object.prototype.hasOwnProperty.call(acts, event.key)) {
    event.preventDefault();
    acts[event.key]();
  }
};

/** The open case is read first; beside none, one goes on from the row one came from. */
const arrive = () => {
  const title = document.querySelector('.split__case #case-title');
  if (title) focusOn(title);
  const number = left.get();
  left.set('');
  const back = !title && number && rows().find((row) => link(row).textContent === number);
  if (back) link(back).focus({ preventScroll: true });
  if (back) back.scrollIntoView({ block: 'nearest' });
  addEventListener('click', (event) => {
    if (!near(event, '[data-close]')) return;
    const row = rows().find((one) => one.classList.contains('is-open'));
    if (row) left.set(link(row).textContent);
  });
};

export const deskKeys = () => {
  const opened = rows().find((row) => row.classList.contains('is-open'));
  if (opened) opened.scrollIntoView({ block: 'nearest' });
  addEventListener('keydown', pressed);
  addEventListener('focusin', (event) => {
    const row = event.target instanceof Element && event.target.closest('[data-keys] [data-row]');
    if (row) for (const one of rows()) one.classList.toggle('is-here', one === row);
  });
  arrive();
  for (const box of all('[data-keys-off]')) {
    box.checked = store.get() === 'off';
    box.addEventListener('change', () => store.set(box.checked ? 'off' : 'on'));
  }
  for (const button of all('[data-help-open]')) {
    button.hidden = false;
    button.addEventListener('click', () => help());
  }
};
