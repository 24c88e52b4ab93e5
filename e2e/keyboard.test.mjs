// By keyboard alone: Tab, Enter, Space, arrows and typing. Nothing is clicked, and nothing but the
// keys moves the focus.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DESK, PHONE, launch, serve, stopAll, tabTo } from './lib.mjs';
import { FLYERS, GRID, Persona } from './persona.mjs';

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

/** Signed in as somebody of the demo by its page, which has a button for each. */
async function comeIn(who, size) {
  const one = await Persona.enter(browser, site, null, { size });
  await one.go('/demo');
  await press(one.page, `form:has(input[value=${who}]) button`);
  await one.page.locator('form[action="/sign-out"] button').first().waitFor({ state: 'attached' });
  return one;
}

/** Whoever goes by keyboard sees where they are (WCAG 2.4.7, 2.4.11): in sight, and marked. */
async function seen(page, selector) {
  const { shown, marked } = await page.evaluate(() => {
    const at = document.activeElement;
    const label = at.labels && at.labels[0];
    const own = ['radio', 'checkbox'].includes(at.type) && label ? label : at;
    const { top, bottom, height } = own.getBoundingClientRect();
    const mark = (style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return {
      shown: height > 0 && bottom > 0 && top < innerHeight,
      marked: mark(getComputedStyle(at)) || mark(getComputedStyle(own, '::before')),
    };
  });
  assert.ok(shown, `${selector} has the focus out of sight`);
  assert.ok(marked, `${selector} has the focus and nothing shows it`);
}

/** Goes to a control by Tab and presses a key on it. */
async function press(page, selector, key = 'Enter') {
  await tabTo(page, selector);
  await seen(page, selector);
  await page.keyboard.press(key);
}

async function write(page, selector, text) {
  await tabTo(page, selector);
  await seen(page, selector);
  await page.keyboard.type(text);
}

/** From one choice of a group to another, by arrow. */
async function choose(page, group, wanted) {
  await press(page, `[name=${group}]`, 'Space');
  for (let n = 0; n < 40; n += 1) {
    if (await page.evaluate((it) => document.activeElement.matches(it), wanted)) return;
    await page.keyboard.press('ArrowDown');
  }
  assert.fail(`${wanted} cannot be reached by arrow`);
}

/** The button that leads on: it has no name, and is not that of the place one lives at. */
const NEXT = 'main form[method=post]:not(:has([name=home])) button[type=submit]:not([name])';

/** A report from the first page to its receipt; gives its number. */
async function report(page, words) {
  await page.goto('/');
  await press(page, 'main a[href="/cases/new"]');
  await page.waitForURL(/\/cases\/new$/);
  await write(page, '#words', words);
  await press(page, NEXT);
  await page.waitForURL(/\/cases\/new\/class/);
  await choose(page, 'class', `#class-${FLYERS}`);
  await press(page, NEXT);
  await page.waitForURL(/\/cases\/new\/place/);
  await write(page, '#address', '望潮路20号');
  await page.locator('#address-found input').first().waitFor({ state: 'attached' });
  await press(page, '#address-found input', 'Space');
  assert.equal(await page.locator('#place').inputValue(), GRID, 'the address has its grid');
  await press(page, NEXT);
  await page.waitForURL(/\/cases\/new\/(who|check)/);
  if (page.url().includes('/who')) await press(page, 'button[name=named][value=yes]');
  await page.waitForURL(/\/cases\/new\/check/);
  await press(page, 'form[action="/cases"] button');
  await page.waitForURL(/\/received/);
  await page.waitForLoadState();
  return (await page.locator('#number').textContent()).trim();
}

describe('by keyboard alone', () => {
  test('a resident on a phone, from the first page to the receipt', async () => {
    const resident = await comeIn('resident', PHONE);
    const { page } = resident;
    const number = await report(page, '单元门口贴满小广告。');
    await press(page, `main a[href="/cases/${number}"]`);
    await page.waitForURL(new RegExp(`/cases/${number}$`));
    await press(page, 'main a[href^="/receipts/"]');
    await page.waitForURL(/\/receipts\//);
    assert.match(await page.locator('main').innerText(), new RegExp(number));
    await page.goto('/cases/new');
    assert.equal(await page.locator('#words').inputValue(), '', 'words that were sent are gone');
    assert.deepEqual(page.errors, []);
    await resident.leave();
  });

  test('a clerk accepts and a dispatcher dispatches on the desk', async () => {
    const resident = await comeIn('resident', PHONE);
    const number = await report(resident.page, '车棚的柱子上贴满小广告。');
    await resident.leave();
    for (const [who, act, reason] of [
      ['community_clerk', 'accept'], ['dispatcher', 'dispatch', '乱贴小广告由城市管理局清理'],
    ]) {
      const one = await comeIn(who, DESK);
      const { page } = one;
      await press(page, '.doors a[href="/desk"]');
      await page.waitForURL(/\/desk/);
      await page.keyboard.press('/');
      await page.keyboard.type(number);
      await page.keyboard.press('Enter');
      await page.waitForURL(/q=/);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(/open=/);
      await tabTo(page, `#do-${act} summary`);
      if (!await page.locator(`#do-${act}`).evaluate((it) => it.open)) {
        await page.keyboard.press('Enter');
      }
      if (reason) await write(page, `#do-${act} [name=reason]`, reason);
      await press(page, `#do-${act} form > button`);
      await page.locator('.desk-done', { hasText: number }).waitFor();
      assert.deepEqual(page.errors, []);
      await one.leave();
    }
    const resident2 = await comeIn('resident', PHONE);
    await resident2.go(`/cases/${number}`);
    assert.match(await resident2.page.locator('main').innerText(), /待签收/);
    await resident2.leave();
  });
});
