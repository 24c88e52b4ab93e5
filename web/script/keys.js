// The desk by keyboard: j and k go down and up the rows of [data-keys], from the one whose case is
// open, which is brought into sight; Enter opens, x ticks, / goes to the search box, ? shows the
// help, Escape closes it. Who prefers none of it switches it off with the tick box
// [data-keys-off]; the choice stays on this device.
import { all, isTyping } from './dom.js';
import { belongsToInputMethod } from './typing.js';

const KEPT = 'linli-keys';
const store = {
  get: () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  },
  set: (value) => {
    try {
      localStorage.setItem(KEPT, value);
    } catch { /* the choice then lasts no longer than the page */ }
  },
};

const rows = () => all('[data-keys] [data-row]');
const link = (row) => row.querySelector('[data-open]') || row.querySelector('a[href]');

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

const help = (show) => {
  const panel = document.querySelector('[data-help]');
  if (!panel) return false;
  panel.hidden = show === undefined ? !panel.hidden : !show;
  if (!panel.hidden) {
    panel.tabIndex = -1;
    panel.focus();
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

const acts = { j: () => go(1), k: () => go(-1), x: tick, '/': search, '?': () => help() };

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

export const deskKeys = () => {
  const opened = rows().find((row) => row.classList.contains('is-open'));
  if (opened) opened.scrollIntoView({ block: 'nearest' });
  addEventListener('keydown', pressed);
  addEventListener('focusin', (event) => {
    const row = event.target instanceof Element && event.target.closest('[data-keys] [data-row]');
    if (row) for (const one of rows()) one.classList.toggle('is-here', one === row);
  });
  for (const box of all('[data-keys-off]')) {
    box.checked = store.get() === 'off';
    box.addEventListener('change', () => store.set(box.checked ? 'off' : 'on'));
  }
  for (const button of all('[data-help-open]')) button.addEventListener('click', () => help());
};
