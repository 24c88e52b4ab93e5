// What the browser tests share: a browser, a fresh district served by the built program, and the
// checks every page must stand.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const here = dirname(fileURLToPath(import.meta.url));
export const top = dirname(here);
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1440, height: 900 };

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export const launch = () => chromium.launch({
  executablePath: process.env.LINLI_CHROMIUM || '/usr/bin/chromium',
  args: FLAGS,
});

export async function freePort() {
  const server = createServer();
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return port;
}

/** The engines tests run on: SQLite always, PostgreSQL where the environment names a server. */
export const engines = () => (process.env.LINLI_TEST_PG ? ['sqlite', 'postgres'] : ['sqlite']);

async function ready(url, child, said) {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`linli ended with ${child.exitCode}:\n${said()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer && answer.ok) return;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  throw new Error(`linli was not ready in a minute:\n${said()}`);
}

/** A PostgreSQL district gets a schema of its own in the database named by LINLI_TEST_PG. */
function place(engine, folder, port) {
  if (engine === 'sqlite') return ['--dir', folder];
  const database = process.env.LINLI_TEST_PG;
  const schema = `schema=e2e_${process.pid}_${port}`;
  return ['--dir', folder, '--store', `${database}${database.includes('?') ? '&' : '?'}${schema}`];
}

/** Has the program make a district; what it printed. */
function make(program, ...how) {
  const made = spawnSync(program, how, { encoding: 'utf8', timeout: 240_000 });
  if (made.status !== 0) throw new Error(`linli ${how[0]}: ${made.stdout}${made.stderr}`);
  return made.stdout;
}

/** A demo district, served on a free port. */
const start = (engine) => served(engine, (program, folder, port) => {
  make(program, 'demo', ...place(engine, folder, port));
  return {};
});

/** A real district with nobody in it yet; `first` is the page for who comes first. */
export const fresh = (division) => served('sqlite', (program, folder) => {
  const printed = make(program, 'init', '--dir', folder, '--division', division);
  return { first: /\/sign-in\/begin\/\S+/.exec(printed)[0] };
});

/** A district in a folder of its own, served. `stop()` ends the program and removes the folder. */
async function served(engine, found) {
  const program = process.env.LINLI_BIN;
  if (!program || !existsSync(program)) throw new Error('LINLI_BIN does not name the program');
  const folder = await mkdtemp(join(tmpdir(), 'linli-e2e-'));
  const port = await freePort();
  const more = found(program, folder, port);
  const child = spawn(program, ['serve', '--dir', folder, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { log += part; });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      const gone = new Promise((done) => { child.once('exit', done); });
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(url, child, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, folder, engine, ...more, log: () => log, stop };
}

const districts = new Map();

/** The district on an engine: made at the first call, shared by all tests of a run. */
export function serve(engine = 'sqlite') {
  if (!districts.has(engine)) districts.set(engine, start(engine));
  return districts.get(engine);
}

/** Ends every district this run has started. */
export async function stopAll() {
  for (const district of districts.values()) await (await district).stop();
  districts.clear();
}

/**
 * A page of its own context. `page.errors` collects what the console and the page complain of:
 * refused content (CSP) and failed requests too.
 */
export async function openPage(browser, { size = DESK, script = true, mode, base, ...more } = {}) {
  const context = await browser.newContext({
    viewport: size,
    isMobile: size.width < 600,
    hasTouch: size.width < 600,
    javaScriptEnabled: script,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    baseURL: base,
    ...more,
  });
  if (mode) {
    // The first is what the program reads, the second what the script alone would keep.
    await context.addCookies([
      { name: 'elder', value: mode === 'elder' ? '1' : '0', url: base },
      { name: 'linli_mode', value: mode, url: base },
    ]);
  }
  const page = await context.newPage();
  page.errors = [];
  page.on('console', (said) => {
    // A form that comes back with what is wrong in it says 422, as it should.
    const told = said.text().includes('status of 422');
    if (['error', 'warning'].includes(said.type()) && !told) page.errors.push(said.text());
  });
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('requestfailed', (request) => {
    // A stream or a picture given up because the page was left is no fault.
    const why = request.failure() ? request.failure().errorText : '';
    if (why !== 'net::ERR_ABORTED') page.errors.push(`${why} ${request.url()}`);
  });
  return page;
}

/**
 * Does what sends a form and waits for its answer: a click may be told before the page has sent
 * anything, and a page that is left meanwhile sends nothing.
 */
export async function answered(page, act) {
  const answer = page.waitForResponse((one) => one.request().method() === 'POST');
  await act();
  return answer;
}

let axe;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The faults axe finds on the page, one line each; an empty list is what every test expects. */
export async function axeFaults(page) {
  axe = axe || await readFile(join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');
  // Through the debugger, so that the page's own content policy stays as strict as it is.
  await page.evaluate(axe);
  const found = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags } }),
    RULES,
  );
  return found.violations.map((one) => {
    const where = one.nodes.slice(0, 5).map((node) => `${node.target.join(' ')} ${node.failureSummary}`);
    return `${one.id}: ${one.help}\n    ${where.join('\n    ')}`;
  });
}

/** True when the page can be scrolled sideways: on a phone it must not be. */
export const tooWide = (page) => page.evaluate(
  () => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1,
);

/** Controls lower than `least` CSS pixels, links inside running text apart. */
export const smallTargets = (page, least) => page.evaluate((limit) => {
  const list = document.querySelectorAll('button, .govuk-button, input:not([type=hidden]), select, textarea');
  const small = [];
  for (const one of list) {
    const choice = ['radio', 'checkbox'].includes(one.type) && one.labels[0];
    const box = (choice || one).getBoundingClientRect();
    if (box.height > 0 && box.height < limit - 0.5) small.push(`${one.outerHTML.slice(0, 80)} ${box.height}`);
  }
  return small;
}, least);

/**
 * Types through an input method, as a person writing Chinese does: shows the letters being
 * composed, presses Enter inside the composition, then takes the word. Gives the field's text
 * while it was composed.
 */
export async function compose(page, letters, word) {
  const debuggee = await page.context().newCDPSession(page);
  await debuggee.send('Input.imeSetComposition', {
    text: letters, selectionStart: letters.length, selectionEnd: letters.length,
  });
  // What a browser tells a page of a key the input method has taken: code 229.
  for (const type of ['rawKeyDown', 'keyUp']) {
    await debuggee.send('Input.dispatchKeyEvent', {
      type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: type === 'keyUp' ? 13 : 229,
    });
  }
  const during = await page.evaluate(() => document.activeElement.value);
  await debuggee.send('Input.insertText', { text: word });
  await debuggee.detach();
  return during;
}

/** Presses Tab until what has the focus fits the selector, as a person without a mouse does. */
export async function tabTo(page, selector, most = 200) {
  for (let n = 0; n < most; n += 1) {
    if (await page.evaluate((it) => document.activeElement.matches(it), selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} cannot be reached by Tab`);
}
