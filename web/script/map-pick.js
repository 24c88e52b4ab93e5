// Picking a place: by a touch, by dragging the pin, by the keyboard (arrows move the map, Enter or
// Space sets the pin in the middle), by the phone's own position. Two hidden inputs carry the
// result.
import { here } from './here.js';
import { areas, pin } from './map-show.js';

const field = (element, name) => document.getElementById(element.dataset[name] || '');
const button = (words, act) => {
  const one = document.createElement('button');
  one.type = 'button';
  one.className = 'govuk-button govuk-button--secondary govuk-button--small';
  one.textContent = words;
  one.addEventListener('click', act);
  return one;
};

const bar = (element, acts) => {
  const row = document.createElement('div');
  row.className = 'map-bar';
  for (const [words, act] of acts) if (words) row.append(button(words, act));
  const said = document.createElement('output');
  said.className = 'small';
  row.append(said);
  element.after(row);
  return said;
};

const locate = (element, put, said) => here(
  (at) => put(at, true),
  () => { said.textContent = element.dataset.noPosition || ''; },
);

export const pick = (element, map, given, L) => {
  const words = element.dataset;
  const lat = field(element, 'latInput');
  const lng = field(element, 'lngInput');
  let marker = null;
  let said = null;

  // The server knows in which grid the pin lies; until it says so the figures stand.
  const name = (at) => {
    if (!words.pickedAt) return;
    const asked = `${words.pickedAt}?lat=${at.lat.toFixed(6)}&lng=${at.lng.toFixed(6)}`;
    const show = (text) => {
      if (text && marker && marker.getLatLng().equals(at)) said.textContent = text;
    };
    const heard = (answer) => {
      // Asked too often: the question waits as long as it is told to.
      if (answer.status === 429) {
        setTimeout(name, 1000 * Number(answer.headers.get('Retry-After')), at);
      }
      return answer.ok ? answer.text() : '';
    };
    if (!marker || !marker.getLatLng().equals(at)) return;
    fetch(asked, { credentials: 'same-origin' }).then(heard).then(show, () => {});
  };
  const tell = (at) => {
    if (lat) lat.value = at.lat.toFixed(6);
    if (lng) lng.value = at.lng.toFixed(6);
    said.textContent = (words.picked || '{lat}, {lng}')
      .replace('{lat}', at.lat.toFixed(5)).replace('{lng}', at.lng.toFixed(5));
    name(at);
    element.dispatchEvent(new CustomEvent('linli:picked', { bubbles: true, detail: { lat: at.lat, lng: at.lng } }));
  };
  const put = (where, follow) => {
    const at = L.latLng(where);
    if (marker) marker.setLatLng(at);
    else {
      marker = L.marker(at, { icon: pin(L, 'red'), draggable: true, keyboard: false, alt: words.pinName || '' }).addTo(map);
      marker.on('dragend', () => tell(marker.getLatLng()));
    }
    if (follow) map.setView(at, Math.max(map.getZoom(), 17), { animate: false });
    tell(at);
  };
  const clear = () => {
    if (marker) marker.remove();
    marker = null;
    if (lat) lat.value = '';
    if (lng) lng.value = '';
    said.textContent = '';
  };

  said = bar(element, [
    [words.pickCenter, () => put(map.getCenter())],
    [navigator.geolocation && words.pickHere, () => locate(element, put, said)],
    [words.pickClear, clear],
  ]);
  element.addEventListener('linli:here', () => locate(element, put, said));
  if (given.areas) areas(L, map, given.areas);
  map.on('click', (event) => put(event.latlng));
  element.classList.add('map--pick');
  element.addEventListener('keydown', (event) => {
    if (event.target !== element || event.isComposing) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      put(map.getCenter());
    }
  });
  if (lat && lng && lat.value && lng.value) put([Number(lat.value), Number(lng.value)], true);
};
