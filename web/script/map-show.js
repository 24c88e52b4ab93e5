// Showing: points with a sign and a link, areas with a name. Titles are set as text, never as
// markup.
const COLOURS = { red: '#a8231c', yellow: '#8a6100', green: '#1c5a2b', teal: '#0f5c56', blue: '#24466f', grey: '#5b534a' };
const colour = (tone) => COLOURS[tone] || COLOURS.teal;

export const pin = (L, tone) => L.divIcon({
  className: `pin pin--${COLOURS[tone] ? tone : 'teal'}`,
  iconSize: [28, 28],
  iconAnchor: [14, 28],
  popupAnchor: [0, -26],
});

const card = (one) => {
  const box = document.createElement('div');
  const title = document.createElement(one.href ? 'a' : 'strong');
  title.textContent = one.title || '';
  if (one.href) title.href = one.href;
  box.append(title);
  if (one.text) {
    const text = document.createElement('p');
    text.textContent = one.text;
    box.append(text);
  }
  return box;
};

const outline = (feature) => {
  const given = feature.properties || {};
  return { color: colour(given.tone), weight: 2, fillOpacity: given.tone ? 0.18 : 0.08 };
};

export const areas = (L, map, collection) => L.geoJSON(collection, {
  style: outline,
  pointToLayer: (feature, at) => L.marker(at, { icon: pin(L, (feature.properties || {}).tone) }),
  onEachFeature: (feature, layer) => {
    const given = feature.properties || {};
    const title = given.title || given.name;
    if (title) {
      layer.bindPopup(card({ title, text: given.text, href: given.href }));
      if (layer.getBounds && given.label !== false) {
        const words = document.createElement('span');
        words.textContent = title;
        layer.bindTooltip(words, { permanent: true, direction: 'center', className: 'area-name' });
      }
    }
  },
}).addTo(map);

/** `{"points": [{lat, lng, title, text, href, tone}], "areas": GeoJSON, "fit": true}` */
export const show = (element, map, given, L) => {
  const all = L.featureGroup();
  if (given.areas) all.addLayer(areas(L, map, given.areas));
  for (const one of given.points || []) {
    const named = Boolean(one.title);
    const marker = L.marker([one.lat, one.lng], {
      icon: pin(L, one.tone), title: one.title || '', alt: one.title || '', interactive: named, keyboard: named,
    });
    marker.bindPopup(card(one));
    all.addLayer(marker);
  }
  all.addTo(map);
  if (given.fit !== false && all.getLayers().length) {
    // Parts of a step, so that what is shown fills the frame, beside the buttons of the map.
    map.options.zoomSnap = 0.125;
    map.fitBounds(all.getBounds(), {
      maxZoom: 17, paddingTopLeft: [64, 16], paddingBottomRight: [16, 24], animate: false,
    });
  }
};
