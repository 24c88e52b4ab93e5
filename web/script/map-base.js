// The base map's own look: warm paper, quiet streets, names of streets and stations. The layers
// are those of any Protomaps-like file: landuse, water, roads, buildings, transit, pois, places.
import {
  CenteredTextSymbolizer, GeomType, LineLabelSymbolizer, LineSymbolizer, PolygonSymbolizer, exp,
  leafletLayer,
} from 'protomaps-leaflet';

const LETTERS = '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", '
  + '"WenQuanYi Micro Hei", sans-serif';
const PAPER = '#f3efe8';
const INK = '#4b443c';

const GROUND = {
  park: '#d3e3c6', garden: '#d3e3c6', grass: '#dbe8cf', forest: '#c6dab8', natural_wood: '#c6dab8',
  wood: '#c6dab8', recreation_ground: '#d3e3c6', pitch: '#cfe0c8', pedestrian: '#efe6d6',
  pier: '#e6ded0', hospital: '#f4dedb', school: '#efe6c8', library: '#efe6c8', commercial: '#f1e8de',
  retail: '#f3e4da', parking: '#e9e5de', place_of_worship: '#ece2d2', attraction: '#e6e8d5',
};

const is = (...kinds) => (zoom, feature) => kinds.includes(feature.props.kind);
const shape = (zoom, feature) => feature.geomType === GeomType.Polygon;
const line = (zoom, feature) => feature.geomType === GeomType.Line;

const road = (kinds, colour, stops, minzoom = 0) => ({
  dataLayer: 'roads',
  minzoom,
  filter: is(...kinds),
  symbolizer: new LineSymbolizer({ color: colour, width: exp(1.6, stops), lineCap: 'round', lineJoin: 'round' }),
});

const MAJOR = ['highway', 'major_road', 'medium_road'];
const PAINT = [
  { dataLayer: 'earth', symbolizer: new PolygonSymbolizer({ fill: PAPER }) },
  {
    dataLayer: 'landuse',
    filter: (zoom, feature) => shape(zoom, feature) && feature.props.kind in GROUND,
    symbolizer: new PolygonSymbolizer({
      fill: (zoom, feature) => GROUND[feature.props.kind],
      perFeature: true,
    }),
  },
  { dataLayer: 'water', filter: shape, symbolizer: new PolygonSymbolizer({ fill: '#b5d8de' }) },
  {
    dataLayer: 'buildings',
    minzoom: 14,
    filter: shape,
    symbolizer: new PolygonSymbolizer({ fill: '#e2dacd', stroke: '#d0c6b6', width: 0.7 }),
  },
  road(['path', 'other'], '#fbf9f5', [[14, 0.6], [18, 4]], 15),
  road(['minor_road'], '#d8cfc1', [[13, 1.2], [16, 5], [18, 15]]),
  road(MAJOR, '#d9bd8a', [[12, 2], [16, 9], [18, 22]]),
  road(['minor_road'], '#ffffff', [[13, 0.7], [16, 3.6], [18, 13]]),
  road(MAJOR, '#fdf0d0', [[12, 1.2], [16, 7], [18, 19]]),
  {
    dataLayer: 'roads',
    filter: is('rail'),
    symbolizer: new LineSymbolizer({ color: '#b3a999', width: 1.2, dash: [5, 3] }),
  },
  {
    dataLayer: 'roads',
    filter: is('ferry'),
    symbolizer: new LineSymbolizer({ color: '#7fb0ba', width: 1, dash: [3, 4] }),
  },
];

const text = (size, weight, fill, stroke = PAPER) => ({
  labelProps: ['name'],
  font: `${weight} ${size}px ${LETTERS}`,
  fill,
  stroke,
  width: 2.5,
});

const LABELS = [
  { dataLayer: 'places', symbolizer: new CenteredTextSymbolizer(text(14, 600, INK)) },
  {
    dataLayer: 'roads',
    filter: is(...MAJOR),
    symbolizer: new LineLabelSymbolizer(text(13, 500, INK, '#fffaf0')),
  },
  {
    dataLayer: 'roads',
    minzoom: 15,
    filter: is('minor_road'),
    symbolizer: new LineLabelSymbolizer(text(12, 400, INK, '#ffffff')),
  },
  {
    dataLayer: 'water',
    filter: line,
    symbolizer: new LineLabelSymbolizer(text(13, 500, '#2c6470', '#d9ecef')),
  },
  {
    dataLayer: 'transit',
    filter: is('station'),
    symbolizer: new CenteredTextSymbolizer(text(13, 600, '#24466f', '#ffffff')),
  },
  {
    dataLayer: 'landuse',
    minzoom: 15,
    filter: (zoom, feature) => shape(zoom, feature) && feature.props.kind in GROUND,
    symbolizer: new CenteredTextSymbolizer(text(12, 500, '#3d5a33')),
  },
  {
    dataLayer: 'buildings',
    minzoom: 17,
    filter: shape,
    symbolizer: new CenteredTextSymbolizer(text(12, 400, INK)),
  },
  { dataLayer: 'pois', minzoom: 16, symbolizer: new CenteredTextSymbolizer(text(12, 400, '#6b3a24')) },
];

/** The base layer: one file, read in pieces from our own server. */
export const baseLayer = (url, attribution, maxDataZoom) => leafletLayer({
  url,
  attribution,
  maxDataZoom,
  noWrap: true,
  backgroundColor: PAPER,
  paintRules: PAINT,
  labelRules: LABELS,
});
