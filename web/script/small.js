// Small helps that need no file of their own.
import { addAsset, all, near, onNew } from './dom.js';

const byHand = (text) => {
  const field = document.createElement('textarea');
  field.value = text;
  field.setAttribute('readonly', '');
  field.className = 'govuk-visually-hidden';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done ? Promise.resolve() : Promise.reject(new Error('copy'));
};

/** [data-copy="text"] or [data-copy-from="#part"]: copies, and says so as [data-copied] has it. */
export const copyButtons = () => addEventListener('click', (event) => {
  const button = near(event, '[data-copy], [data-copy-from]');
  if (!button) return;
  const part = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const text = part ? (part.value || part.textContent).trim() : button.dataset.copy;
  const copied = navigator.clipboard
    ? navigator.clipboard.writeText(text).catch(() => byHand(text))
    : byHand(text);
  copied.then(() => {
    const words = button.textContent;
    if (!button.dataset.copied || words === button.dataset.copied) return;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 2000);
  }, () => {});
});

const toField = (event) => {
  const link = near(event, '.govuk-error-summary a[href^="#"]');
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const group = field.closest('fieldset, .govuk-form-group') || field;
  group.scrollIntoView();
  field.focus({ preventScroll: true });
};

const SAID = '.govuk-error-summary, .govuk-notification-banner--success';

/** What is wrong, or was done, is read first and takes the focus; links lead to the fields. */
export const errorSummary = () => {
  onNew((root) => {
    const summary = root.querySelector(SAID);
    if (summary) {
      summary.tabIndex = -1;
      summary.focus();
    }
  });
  addEventListener('click', toField);
};

/**
 * A map is fetched when asked for ([data-map-open="#part"]; with [data-map-here] it goes to where
 * the phone is) or, with [data-map-now], as soon as the page is there.
 */
export const mapsOnDemand = () => {
  let coming = null;
  const load = () => {
    const draw = Boolean(document.querySelector('[data-map=draw]'));
    coming = coming || Promise.all([addAsset('map.css'), addAsset('map.js')])
      .then(() => draw && addAsset('draw.js'))
      .then(() => window.linliMaps.start(document));
    return coming;
  };
  onNew((root) => {
    if (all('[data-map][data-map-now]', root).length) {
      if (coming) coming.then(() => window.linliMaps.start(root));
      else load();
    }
    for (const button of all('[data-map-open]', root)) {
      button.hidden = 'mapHere' in button.dataset && !navigator.geolocation;
    }
  });
  addEventListener('click', (event) => {
    const button = near(event, '[data-map-open]');
    const part = button && document.querySelector(button.dataset.mapOpen);
    if (!part) return;
    part.hidden = false;
    for (const other of all('[data-map-open]')) {
      if (other.dataset.mapOpen === button.dataset.mapOpen) other.hidden = true;
    }
    load().then(() => {
      window.linliMaps.start(document);
      if (!('mapHere' in button.dataset)) return;
      part.querySelector('[data-map]').dispatchEvent(new CustomEvent('linli:here'));
    });
  });
};

/** [data-once]: a second press on the button of a form already on its way does nothing. */
export const once = () => addEventListener('submit', (event) => {
  const form = near(event, 'form[data-once]');
  if (!form || event.defaultPrevented) return;
  if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 5000) event.preventDefault();
  else form.dataset.sent = String(Date.now());
});

/** Lines that can be pushed aside, doors, tabs and the links of a case, begin where one is. */
export const whereOneIs = () => {
  for (const one of all('.doors__list [aria-current], .tabs__list [aria-current], .steps [aria-current]')) {
    const line = one.closest('ul, ol');
    const [mine, frame] = [one, line].map((part) => part.getBoundingClientRect());
    if (mine.left < frame.left || mine.right > frame.right) {
      line.scrollLeft += (mine.left + mine.right - frame.left - frame.right) / 2;
    }
  }
};

/** What is folded up is unfolded on paper, forms apart, and folded up again. */
export const unfoldedOnPaper = () => {
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = all('details:not([open])').filter((one) => !one.querySelector('input'));
    for (const one of folded) one.open = true;
  });
  addEventListener('afterprint', () => {
    for (const one of folded) one.open = false;
    folded = [];
  });
};

const narrow = (list) => {
  const other = document.getElementById(list.dataset.narrows);
  const { fits } = (list.selectedOptions[0] || list).dataset;
  if (!other) return;
  const can = (one) => !fits || fits.split(' ').includes(one.value);
  for (const one of other.options) one.hidden = one.disabled = !can(one);
  const chosen = other.selectedOptions[0];
  if (chosen && !can(chosen)) other.value = [...other.options].find(can).value;
};

/** [data-narrows="id"]: the other list offers what the chosen option [data-fits]. */
export const narrows = () => {
  addEventListener('change', (event) => {
    const list = near(event, '[data-narrows]');
    if (list) narrow(list);
  });
  onNew((part) => all('[data-narrows]', part).forEach(narrow));
};
