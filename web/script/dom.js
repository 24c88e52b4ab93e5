/** The nearest element at or above the target of an event that matches a selector, or null. */
export const near = (event, selector) =>
  event.target instanceof Element ? event.target.closest(selector) : null;

export const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

/** Runs at once and again on every part of the page that htmx brings in. */
export const onNew = (work) => {
  work(document);
  document.addEventListener('htmx:load', (event) => {
    if (event.target !== document.body) work(event.target);
  });
};

let pressed = null;
document.addEventListener('click', (event) => {
  pressed = near(event, 'button, input[type=submit]');
}, true);

/** The button by which a form is sent; older browsers do not say it, so what was pressed last. */
export const sentBy = (event) => {
  // eslint-disable-next-line no-restricted-properties
  const said = event.submitter;
  if (said !== undefined) return said;
  return pressed && pressed.form === event.target ? pressed : null;
};

/** Where this site's assets are, and the version they carry, read from our own script element. */
const own = document.currentScript && document.currentScript.src;
export const asset = (name) => {
  const here = new URL(own || '/static/app.js', location.href);
  const there = new URL(name, here);
  there.search = here.search;
  return there.href;
};

export const addAsset = (name) =>
  new Promise((done, failed) => {
    const style = name.endsWith('.css');
    const element = document.createElement(style ? 'link' : 'script');
    if (style) element.rel = 'stylesheet';
    element[style ? 'href' : 'src'] = asset(name);
    element.onload = done;
    element.onerror = failed;
    document.head.append(element);
  });

export const isTyping = (element) =>
  element instanceof Element && Boolean(element.closest('input:not([type=checkbox]), textarea, select, [contenteditable]'));
