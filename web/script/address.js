// Addresses offered while one types in a field with [data-addresses="#where they go"]. What is
// offered are the choices of the form, which the server reads; here the field only shows the
// choice. Letters an input method is still composing are not looked up.
import { all, near } from './dom.js';

const PAUSE = 250;
const places = (field) => document.querySelector(field.dataset.addresses);
const fieldOf = (inside) => inside.form && inside.form.querySelector('[data-addresses]');

const look = (field) => {
  const asked = field.value.trim();
  const place = places(field);
  const put = (html) => { if (field.value.trim() === asked) place.innerHTML = html; };
  if (!asked) return put('');
  return fetch(`/addresses?q=${encodeURIComponent(asked)}`, { credentials: 'same-origin' })
    .then((answer) => {
      // Asked too often: the question waits as long as it is told to.
      const wait = 1000 * Number(answer.headers.get('Retry-After'));
      const again = () => field.value.trim() === asked && look(field);
      if (answer.status === 429) setTimeout(again, wait);
      return answer.ok ? answer.text() : '';
    })
    .then(put, () => {});
};

let timer = 0;
/** What stood in the form before one of the addresses was chosen. */
let typed;
const later = (event) => {
  const field = near(event, '[data-addresses]');
  if (!field || event.isComposing) return;
  typed = undefined;
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE, field);
};

const choose = (event) => {
  const one = near(event, 'input[name=address_id]');
  const field = one && fieldOf(one);
  if (!field) return;
  const list = field.form.elements[field.dataset.placeField];
  if (!typed) typed = { words: field.value, place: list ? list.value : '' };
  field.value = one.dataset.text || typed.words;
  if (!list) return;
  if (!one.dataset.text) list.value = typed.place;
  if (!one.dataset.code) return;
  // The list shows one step of the tree; the grid may lie further down.
  if (!all(`option[value="${one.dataset.code}"]`, list).length) {
    list.append(new Option(one.dataset.grid, one.dataset.code));
  }
  list.value = one.dataset.code;
};

/** Another place in the list is what counts then. */
const forget = (event) => {
  const list = near(event, 'select');
  const field = list && fieldOf(list);
  if (!field || list.name !== field.dataset.placeField) return;
  for (const one of all('input[name=address_id]', list.form)) one.checked = false;
};

export const addresses = () => {
  addEventListener('input', later);
  addEventListener('compositionend', later);
  addEventListener('change', choose);
  addEventListener('change', forget);
  addEventListener('click', (event) => {
    const button = near(event, '[data-address-find]');
    const field = button && fieldOf(button);
    if (!field) return;
    event.preventDefault();
    clearTimeout(timer);
    look(field);
  });
};
