// Where the phone is: asked by a tap and never without one, and never needed.
import { all, near, onNew } from './dom.js';

export const here = (put, failed) => navigator.geolocation.getCurrentPosition(
  (got) => put([got.coords.latitude, got.coords.longitude]),
  failed,
  { enableHighAccuracy: true, timeout: 10000 },
);

const set = (group, value, said) => {
  group.querySelector('input').value = value;
  group.querySelector('[data-nowhere]').hidden = !value;
  group.querySelector('output').textContent = said || '';
};

/** [data-position]: a hidden field, a button that fills it and one that empties it again. */
export const positions = () => {
  onNew((root) => all('[data-position]', root).forEach((group) => {
    if (navigator.geolocation) group.hidden = false;
  }));
  addEventListener('click', (event) => {
    const button = near(event, '[data-here], [data-nowhere]');
    const group = button && button.closest('[data-position]');
    if (!group) return;
    const words = group.querySelector('output').dataset;
    if (!('here' in button.dataset)) {
      set(group, '', '');
      group.querySelector('[data-here]').focus();
      return;
    }
    here(
      (at) => set(group, at.map((degrees) => degrees.toFixed(6)).join(','), words.taken),
      () => set(group, '', words.none),
    );
  });
};
