// Maps that need no network but our own server: Leaflet draws, the base map is one .pmtiles file
// read in pieces. An element says what it is by data-map: "pick" a point, "show" points and areas,
// "draw" an area (draw.js adds that). The words a person reads come from the page, in its
// language.
import L from 'leaflet';
import { baseLayer } from './map-base.js';
import { pick } from './map-pick.js';
import { show } from './map-show.js';

const OSM = '© OpenStreetMap contributors';
const number = (text, otherwise) => (
  text !== undefined && text !== '' && Number.isFinite(Number(text)) ? Number(text) : otherwise
);

const base = (element) => baseLayer(
  new URL('/map.pmtiles', location.href).href,
  document.body.dataset.mapSource || OSM,
  number(element.dataset.mapMaxData, 15),
);

const make = (element) => {
  const center = [number(element.dataset.lat, 31.2386), number(element.dataset.lng, 121.5005)];
  element.textContent = '';
  const map = L.map(element, {
    center,
    zoom: number(element.dataset.zoom, 15),
    minZoom: number(element.dataset.minZoom, 12),
    maxZoom: 19,
    zoomControl: false,
    attributionControl: false,
    zoomAnimation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
  });
  const words = element.dataset;
  L.control.zoom({
    zoomInText: '+', zoomOutText: '−',
    zoomInTitle: words.zoomIn || '+', zoomOutTitle: words.zoomOut || '−',
  }).addTo(map);
  L.control.attribution({ prefix: false }).addTo(map);
  base(element).addTo(map);
  element.tabIndex = 0;
  return map;
};

const read = (data) => {
  try {
    return data ? JSON.parse(data.textContent) : {};
  } catch {
    return {};
  }
};

const kinds = { pick, show };
const maps = new WeakMap();

const start = (root) => {
  const found = Array.from(root.querySelectorAll('[data-map]'));
  if (root instanceof Element && root.matches('[data-map]')) found.push(root);
  for (const element of found) {
    const kind = kinds[element.dataset.map];
    if (!kind || maps.has(element) || element.closest('[hidden]')) continue;
    // What the page says about the map is read before the map takes the element over.
    const data = element.querySelector('script[type="application/json"]');
    const given = read(data);
    const map = make(element);
    maps.set(element, map);
    kind(element, map, given, L);
  }
};

window.linliMaps = { start, kinds, L, of: (element) => maps.get(element) };
