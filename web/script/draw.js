// Drawing a boundary. The page holds the area as GeoJSON in a text field, which is also how it is
// given without script; drawing only writes that field.
import L from 'leaflet';
import '@geoman-io/leaflet-geoman-free';
import { areas } from './map-show.js';

const LINE = { color: '#b5472a', weight: 3, fillOpacity: 0.15 };

const button = (words, act) => {
  const one = document.createElement('button');
  one.type = 'button';
  one.className = 'govuk-button govuk-button--secondary govuk-button--small';
  one.textContent = words;
  one.addEventListener('click', act);
  return one;
};

const read = (text) => {
  try { return text.trim() ? JSON.parse(text) : null; } catch { return null; }
};

// An area, or the line a grid is cut along.
const drawn = (shape) => {
  try {
    return L.geoJSON(shape, { style: LINE }).getLayers().find((one) => one instanceof L.Polyline);
  } catch {
    return null;
  }
};

const round = (layer) => {
  const shape = L.geoJSON(layer.toGeoJSON(), {}).toGeoJSON();
  const six = (value) => (Array.isArray(value) ? value.map(six) : Math.round(value * 1e6) / 1e6);
  const geometry = shape.features[0].geometry;
  return { type: geometry.type, coordinates: six(geometry.coordinates) };
};

/**
 * `{"areas": GeoJSON}` shows the neighbours; the field named by data-target holds the area. With
 * [data-draw-line] a line can be drawn instead.
 */
const draw = (element, map, given) => {
  const words = element.dataset;
  const target = document.getElementById(words.target || '');
  const mine = L.featureGroup().addTo(map);
  map.pm.setGlobalOptions({ pathOptions: LINE, templineStyle: LINE, hintlineStyle: { ...LINE, dashArray: '5 5' }, tooltips: false });

  const write = () => {
    const layers = mine.getLayers();
    if (target) target.value = layers.length ? JSON.stringify(round(layers[0])) : '';
    element.dispatchEvent(new CustomEvent('linli:drawn', { bubbles: true }));
  };
  const take = (layer) => {
    mine.clearLayers();
    mine.addLayer(layer);
    layer.pm.enable({ allowSelfIntersection: false });
    layer.on('pm:edit pm:dragend pm:vertexadded pm:vertexremoved', write);
    write();
  };
  // The corners stay clear of the buttons at the top left.
  const fit = (bounds) => map.fitBounds(bounds, { animate: false, paddingTopLeft: [60, 20] });
  const show = () => {
    const shape = target && read(target.value);
    const layer = shape && drawn(shape);
    if (!layer) return;
    take(layer);
    fit(layer.getBounds().pad(0.2));
  };

  // The corners are for the mouse and the finger; by keyboard the area is given in the text field.
  new MutationObserver(() => {
    for (const corner of element.querySelectorAll('.marker-icon:not([aria-hidden])')) {
      corner.tabIndex = -1;
      corner.setAttribute('aria-hidden', 'true');
    }
  }).observe(map.getPane('markerPane'), { childList: true });

  const start = (pen) => {
    map.pm.enableDraw(pen, { allowSelfIntersection: false, finishOn: 'dblclick' });
    element.focus();
  };
  const pen = () => ['Polygon', 'Line'].map((name) => map.pm.Draw[name]).find((one) => one.enabled());
  // What has corners enough is finished as it stands; less is no area and no line.
  const finish = () => {
    const now = pen();
    if (!now) return;
    const corners = now._layer ? now._layer.getLatLngs().length : 0;
    if (corners >= (now === map.pm.Draw.Line ? 2 : 3)) now._finishShape();
  };
  const row = document.createElement('div');
  row.className = 'map-bar';
  row.append(
    button(words.drawStart || '+', () => start('Polygon')),
    ...(words.drawLine ? [button(words.drawLine, () => start('Line'))] : []),
    button(words.drawUndo || '−', () => {
      const now = pen();
      if (now) now._removeLastVertex();
    }),
    button(words.drawDone || '✓', finish),
    button(words.drawClear || '×', () => {
      map.pm.disableDraw();
      mine.clearLayers();
      write();
    }),
  );
  element.after(row);
  // Who saves in the middle of drawing means what they have drawn.
  const form = element.closest('form');
  if (form) form.addEventListener('submit', finish, true);
  map.on('pm:create', (event) => {
    map.removeLayer(event.layer);
    take(event.layer);
  });
  if (target) target.addEventListener('change', show);
  if (given.areas) {
    const around = areas(L, map, given.areas);
    if (around.getLayers().length) fit(around.getBounds());
  }
  show();
};

window.linliMaps.kinds.draw = (element, map, given) => draw(element, map, given);
