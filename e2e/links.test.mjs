// Whoever looks: no link leads to what they may not open, nor to nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DESK, launch, serve, stopAll } from './lib.mjs';
import { Persona } from './persona.mjs';

/** Pages of one shape that are opened, and of one that takes a query. */
const OF_A_SHAPE = 3;
const OF_A_QUERY = 6;

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await serve();
});
after(async () => {
  await browser.close();
  await stopAll();
});

/** An address without what tells one case, place or person from another. */
const shape = (path) => path.replace(/\?.*/, '?')
  .replace(/\/[\w-]{20,}/g, '/ID').replace(/\d{4}-\d{6}/g, 'N').replace(/\d{6,}/g, 'C');

const plain = (text) => text.replace(/&amp;/g, '&').replace(/&#38;/g, '&').replace(/&quot;/g, '"');

/** Where the links and pictures of a page lead within the site. */
function linksOf(html, at) {
  const found = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map((one) => plain(one[1]));
  const here = at.replace(/\?.*/, '');
  return found.map((link) => (link.startsWith('?') ? here + link : link.replace(site.url, '')))
    .filter((link) => /^\/(?!\/)/.test(link))
    .map((link) => link.replace(/#.*/, ''));
}

/** Follows every link from the first page on; gives what was opened and what did not open. */
async function follow(request) {
  const [waiting, known, seen, dead] = [[['/', '']], new Set(['/']), new Map(), []];
  while (waiting.length) {
    const [path, from] = waiting.shift();
    const key = shape(path);
    const times = seen.get(key) || 0;
    if (times >= (key.endsWith('?') ? OF_A_QUERY : OF_A_SHAPE)) continue;
    seen.set(key, times + 1);
    const answer = await request.get(site.url + path);
    if (answer.status() !== 200) dead.push(`${answer.status()} ${path}, on ${from}`);
    if (!(answer.headers()['content-type'] || '').startsWith('text/html')) continue;
    for (const link of linksOf(await answer.text(), path)) {
      if (!known.has(link)) waiting.push([link, path]);
      known.add(link);
    }
  }
  return { dead, opened: known.size };
}

describe('links', () => {
  test('lead somewhere, for everybody', async () => {
    const visitor = await Persona.enter(browser, site, null, { size: DESK });
    await visitor.go('/demo');
    const people = await visitor.page.locator('input[name=persona]')
      .evaluateAll((all) => all.map((one) => one.value));
    await visitor.leave();
    assert.ok(people.length > 10, 'the personas of the demonstration');
    for (const who of [null, ...people]) {
      const one = await Persona.enter(browser, site, who, { size: DESK });
      const { dead, opened } = await follow(one.page.request);
      assert.deepEqual(dead, [], who || 'visitor');
      assert.ok(opened > 30, `${who} found ${opened} links`);
      await one.leave();
    }
  });
});
