// The pictures of the README, from the demo: LINLI_BIN=… node e2e/pictures.mjs [NAME…]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DESK, PHONE, launch, serve, stopAll, top } from './lib.mjs';
import { Persona, photo } from './persona.mjs';

const MOST = 240 * 1024;
const FOLDER = join(top, 'docs/pictures');

const opened = (path) => (one) => one.go(path);

async function reporting(one) {
  await one.go('/cases/new');
  await one.page.locator('#words').fill('小区东门的路灯坏了三天，晚上看不清台阶，老人摔过一次。');
  await one.page.locator('#photos').setInputFiles(photo('lamp_before.jpg'));
  await one.page.locator('#photos-list img').waitFor();
}

/** The first case of a list that somebody may look at. */
const firstOf = (path, link) => async (one) => {
  await one.go(path);
  await one.page.locator(link).first().click();
  await one.page.waitForLoadState('load');
};

const WIDE = { ...DESK, height: 800 };
const pictures = [
  ['home', null, PHONE, opened('/')],
  ['report', 'resident', PHONE, reporting],
  ['case', 'resident', PHONE, firstOf('/public?phase=closed', '.card a[href^="/cases/"]')],
  ['desk', 'dispatcher', { ...WIDE, height: 720 }, firstOf('/desk', 'a[data-open]')],
  ['field', 'grid_worker', PHONE, opened('/field')],
  ['public', null, WIDE, opened('/public')],
  ['grids', null, PHONE, opened('/grids')],
  ['duties', null, WIDE, opened('/duties?post=grid_worker')],
  ['record', null, WIDE, opened('/log')],
];

async function draw(browser, site, [name, who, size, reach]) {
  const one = await Persona.enter(browser, site, who, { size });
  await reach(one);
  await one.page.evaluate(() => {
    if (document.activeElement) document.activeElement.blur();
    scrollTo(0, 0);
  });
  // Maps draw their tiles after the page is there.
  const map = await one.page.locator('.leaflet-container').count();
  await one.page.waitForTimeout(map ? 3000 : 300);
  const picture = await one.page.screenshot();
  await one.leave();
  if (picture.length > MOST) throw new Error(`${name}.png would have ${picture.length} bytes`);
  await writeFile(join(FOLDER, `${name}.png`), picture);
  console.log(`${name}.png ${picture.length}`);
}

await mkdir(FOLDER, { recursive: true });
const wanted = process.argv.slice(2);
const browser = await launch();
try {
  const site = await serve();
  for (const one of pictures) {
    if (!wanted.length || wanted.includes(one[0])) await draw(browser, site, one);
  }
} finally {
  await browser.close();
  await stopAll();
}
