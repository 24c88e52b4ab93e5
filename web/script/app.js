// The little script of every page. All of it is an addition: each page works without it.
// Order in the page: htmx.min.js, then this file, both with `defer`.
import { guardComposition } from './typing.js';
import { deskKeys } from './keys.js';
import { shrinkPhotos } from './photos.js';
import { addresses } from './address.js';
import { caseBeside } from './beside.js';
import { bulk } from './bulk.js';
import { positions } from './here.js';
import { live } from './live.js';
import { elder } from './elder.js';
import { keepWords } from './draft.js';
import { copyButtons, errorSummary, mapsOnDemand, narrows, once, unfoldedOnPaper, whereOneIs } from './small.js';

if (window.htmx) {
  // No evaluated text, no style of htmx's own or carried over from the part that goes, no page kept
  // in the browser's storage.
  Object.assign(window.htmx.config, {
    allowEval: false,
    allowScriptTags: false,
    includeIndicatorStyles: false,
    attributesToSettle: [],
    historyCacheSize: 0,
  });
}

guardComposition();
deskKeys();
caseBeside();
shrinkPhotos();
addresses();
positions();
bulk();
live();
elder();
copyButtons();
errorSummary();
mapsOnDemand();
narrows();
once();
unfoldedOnPaper();
whereOneIs();
keepWords();
