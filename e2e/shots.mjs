// Pictures of pages: node e2e/shots.mjs BASE FOLDER PATH…  (PATH may end in @390, @1440, @elder)
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DESK, PHONE, launch, openPage } from './lib.mjs';

/** One picture of a whole page, named after its path and size; returns the file. */
export async function shot(browser, base, path, folder, { size = DESK, mode, cookies = [] } = {}) {
  const page = await openPage(browser, { size, mode, base });
  if (cookies.length) await page.context().addCookies(cookies);
  await page.goto(path, { waitUntil: 'load' });
  await page.evaluate((value) => {
    if (value) document.documentElement.dataset.mode = value;
    if (document.activeElement) document.activeElement.blur();
    scrollTo(0, 0);
  }, mode);
  // Maps draw their tiles after the page is there.
  await page.waitForTimeout(await page.locator('.leaflet-container').count() ? 2500 : 300);
  const name = path.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'home';
  const file = join(folder, `${name}-${size.width}${mode ? `-${mode}` : ''}.png`);
  await page.screenshot({ path: file, fullPage: true });
  await page.context().close();
  return file;
}

const wanted = (text) => {
  const [path, ...marks] = text.split('@');
  return {
    path,
    size: marks.includes('390') || marks.includes('elder') ? PHONE : DESK,
    mode: marks.includes('elder') ? 'elder' : undefined,
  };
};

async function main([base, folder, ...paths]) {
  if (!paths.length) throw new Error('usage: node e2e/shots.mjs BASE FOLDER PATH…');
  await mkdir(folder, { recursive: true });
  const browser = await launch();
  try {
    for (const text of paths) {
      const { path, ...how } = wanted(text);
      console.log(await shot(browser, base, path, folder, how));
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop())) {
  await main(process.argv.slice(2));
}
