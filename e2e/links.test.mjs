// Whoever looks, in Chinese and in English: no link leads to what they may not open, nor to
// nothing; and who reads English is spoken to in English on every page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { earForChinese } from './chinese.mjs';
import { FILE, follow } from './crawl.mjs';
import { DESK, launch, serve, stopAll } from './lib.mjs';
import { Persona } from './persona.mjs';

let browser;
let site;
const everybody = [];
before(async () => {
  browser = await launch();
  site = await serve();
  const visitor = await Persona.enter(browser, site, null, { size: DESK });
  await visitor.go('/demo');
  const people = await visitor.page.locator('input[name=persona]')
    .evaluateAll((all) => all.map((one) => one.value));
  assert.ok(people.length > 10, 'the personas of the demonstration');
  everybody.push(visitor);
  for (const who of people) {
    everybody.push(await Persona.enter(browser, site, who, { size: DESK }));
  }
});
after(async () => {
  await browser.close();
  await stopAll();
});

test('links lead somewhere, for everybody', async () => {
  for (const one of everybody) {
    const { dead, opened } = await follow(one.page.request, site.url);
    assert.deepEqual(dead, [], one.who || 'visitor');
    assert.ok(opened > 30, `${one.who} found ${opened} links`);
  }
});

test('in English no page has a bare key or a sentence of the Chinese interface', async () => {
  const heard = await earForChinese(browser);
  const found = new Map();
  for (const one of everybody) {
    await one.speak('en');
    const look = async (path, html) => {
      // The offline verifier is one file for everybody and says everything twice.
      if (path === '/verify') return;
      for (const fault of await heard(html)) {
        if (!found.has(fault)) found.set(fault, `${one.who || 'visitor'} ${path}: ${fault}`);
      }
    };
    const most = { ofShape: 1, ofQuery: 2 };
    const { opened } = await follow(one.page.request, site.url, { look, most, skip: FILE });
    assert.ok(opened > 30, `${one.who} found ${opened} links`);
  }
  assert.deepEqual([...found.values()], []);
});
