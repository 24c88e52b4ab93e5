// What others do appears by itself: [data-live="address of the event stream"] is fetched anew when
// the stream says so. While somebody types or has ticked rows in it, it waits and offers a button
// instead.
import { all, isTyping, onNew } from './dom.js';
import { ticked } from './bulk.js';

const PAUSE = 400;

const inUse = (part) => {
  const active = document.activeElement;
  return (part.contains(active) && isTyping(active)) || ticked(part) > 0;
};

const refresh = (part) => {
  // Not `part.id`: a form with fields named "id" would give those.
  const id = part.getAttribute('id');
  const focus = part.contains(document.activeElement) ? document.activeElement.id : '';
  window.htmx.ajax('GET', part.dataset.liveFrom || location.pathname + location.search, {
    target: part, select: `#${id}`, swap: 'outerHTML',
  }).then(() => {
    const again = focus && document.getElementById(focus);
    if (again) again.focus();
  });
};

const offer = (part) => {
  if (part.querySelector('.fresh')) return;
  const place = document.createElement('div');
  place.className = 'fresh';
  place.setAttribute('role', 'status');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = part.dataset.liveText || '↻';
  button.addEventListener('click', () => refresh(part));
  place.append(button);
  part.prepend(place);
};

const streams = new Map();

const listen = (address) => {
  if (streams.has(address)) return;
  let timer = 0;
  const source = new EventSource(address);
  streams.set(address, source);
  source.addEventListener('change', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const parts = all('[data-live]').filter((part) => part.dataset.live === address);
      if (!parts.length) {
        source.close();
        streams.delete(address);
      }
      for (const part of parts) (inUse(part) ? offer : refresh)(part);
    }, PAUSE);
  });
};

export const live = () => {
  if (!window.EventSource || !window.htmx) return;
  onNew((root) => {
    const parts = all('[data-live]', root);
    if (root.matches && root.matches('[data-live]')) parts.push(root);
    for (const part of parts) listen(part.dataset.live);
  });
  // A page that leaves lets go of its stream at once.
  addEventListener('pagehide', () => {
    for (const source of streams.values()) source.close();
    streams.clear();
  });
};
