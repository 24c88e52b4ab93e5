// Words that were typed and not sent outlive a reload of the page: fields with [data-keep] are kept
// in the tab, under the form they belong to, until that form was taken. The page that answers says
// so with [data-took]; the form shown again, a failure, and the browser's own page where there is
// no network say nothing. Nobody else's words are put into a form: once somebody else sits here, or
// nobody is signed in any more, all of them are gone.
import { all, near, onNew } from './dom.js';

const START = 'linli words ';
const WHO = 'linli who';
const SENT = 'linli sent';

/** The store of this tab; none where the browser keeps nothing. */
const shelf = () => {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
};

const place = (field) => {
  const draft = new URLSearchParams(location.search).get('d') || '';
  return `${START}${field.form.getAttribute('action')} ${draft} ${field.name}`;
};

const clear = (kept) => {
  for (const key of Object.keys(kept)) if (key.startsWith(START)) kept.removeItem(key);
};

const handOver = (kept) => {
  const name = document.querySelector('.top__who');
  const here = name ? name.textContent.trim() : '';
  const before = kept.getItem(WHO);
  if (before && before !== here) clear(kept);
  kept.setItem(WHO, here);
};

/** Whether one came to this page by Back or Forward: then it answers nothing. */
const cameBack = () => {
  const [visit] = performance.getEntriesByType('navigation');
  return Boolean(visit) && visit.type === 'back_forward';
};

// What was sent last is gone where the page that answers says that it was taken; else it is kept.
const settle = (kept) => {
  const sent = kept.getItem(SENT);
  if (!sent) return;
  kept.removeItem(SENT);
  if (cameBack() || !document.querySelector('[data-took]')) return;
  for (const key of JSON.parse(sent)) kept.removeItem(key);
};

const refill = (kept, field) => {
  const words = kept.getItem(place(field));
  if (words === null || words === field.value) return;
  field.value = words;
  const folded = field.closest('details');
  if (folded) folded.open = true;
};

const keep = (kept, field) => {
  try {
    kept.setItem(place(field), field.value);
  } catch { /* no room: the words are still in the form */ }
};

export const keepWords = () => {
  const kept = shelf();
  if (!kept) return;
  handOver(kept);
  settle(kept);
  onNew((root) => {
    for (const field of all('form [data-keep]', root)) refill(kept, field);
  });
  addEventListener('input', (event) => {
    const field = near(event, 'form [data-keep]');
    if (field) keep(kept, field);
  });
  addEventListener('submit', (event) => {
    const form = near(event, 'form');
    if (!form || event.defaultPrevented) return;
    const sent = all('[data-keep]', form).map(place).filter((key) => kept.getItem(key) !== null);
    if (sent.length) kept.setItem(SENT, JSON.stringify(sent));
  });
};
