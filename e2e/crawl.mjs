// Follows the links of the pages as somebody who is signed in finds them, from the first page on.

/** Pages of one shape that are opened, and of one that takes a query. */
const USUAL = { ofShape: 3, ofQuery: 6 };

/** An address without what tells one case, place, person or class from another. */
const shape = (path) => path.replace(/\?.*/, '?')
  .replace(/\/[\w-]{20,}/g, '/ID').replace(/\d{4}-\d{6}/g, 'N').replace(/\d{6,}/g, 'C')
  .replace(/\/[A-Z]\d{4}$/, '/K');

const plain = (text) => text.replace(/&amp;/g, '&').replace(/&#38;/g, '&').replace(/&quot;/g, '"');

/** Where the links and pictures of a page lead within the site. */
function linksOf(html, at, site) {
  const found = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map((one) => plain(one[1]));
  const here = at.replace(/\?.*/, '');
  return found.map((link) => (link.startsWith('?') ? here + link : link.replace(site, '')))
    .filter((link) => /^\/(?!\/)/.test(link))
    .map((link) => link.replace(/#.*/, ''));
}

/** Addresses of what is no page: files to take away, pictures, styles and scripts. */
export const FILE = /^\/static\/|\.(pdf|xlsx|json|geojson|atom|jpg)(\?|$)|\/export$/;

/**
 * Gives what was opened and what did not open; `look` is called with each page and its address,
 * and what fits `skip` is left alone.
 */
export async function follow(request, site, { look = async () => {}, most = USUAL, skip } = {}) {
  const [waiting, known, seen, dead] = [[['/', '']], new Set(['/']), new Map(), []];
  while (waiting.length) {
    const [path, from] = waiting.shift();
    if (skip && skip.test(path)) continue;
    const key = shape(path);
    const times = seen.get(key) || 0;
    if (times >= (key.endsWith('?') ? most.ofQuery : most.ofShape)) continue;
    seen.set(key, times + 1);
    const answer = await request.get(site + path);
    if (answer.status() !== 200) dead.push(`${answer.status()} ${path}, on ${from}`);
    if (!(answer.headers()['content-type'] || '').startsWith('text/html')) continue;
    const html = await answer.text();
    await look(path, html);
    for (const link of linksOf(html, path, site)) {
      if (!known.has(link)) waiting.push([link, path]);
      known.add(link);
    }
  }
  return { dead, opened: known.size };
}
