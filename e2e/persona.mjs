// What the personas of the demo do, as a person at the screen does it: by links, fields, buttons.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PHONE, DESK, axeFaults, openPage, tooWide, top } from './lib.mjs';

/** A grid of 北桥社区: its grid worker, clerk and dispatcher are personas of the demo. */
export const GRID = '99010100100101';
/** 乱贴小广告: public, may be nameless, answered for by the urban management persona. */
export const FLYERS = 'E0104';
export const photo = (name) => join(top, 'crates/linli/data/demo/photos', name);

/** Keys of messages that stand where their sentence should; names of acts in `code` are meant. */
const bareKeys = (page) => page.evaluate(() => {
  const key = /\b(case|notice|duty|field|desk|act|refusal|problem)\.[a-z_]+(\.[a-z_]+)*\b/g;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (parentElement.closest('code, .code, pre, script, style, textarea')) continue;
    found.push(...(data.match(key) || []).map((one) => `no sentence for ${one}`));
  }
  return found;
});

export class Persona {
  /** A browser of their own for a persona of the demo's list; `who` null stays a visitor. */
  static async enter(browser, site, who, how = {}) {
    const size = ['resident', 'resident_elder', 'grid_worker', null].includes(who) ? PHONE : DESK;
    const page = await openPage(browser, { base: site.url, size, ...how });
    const persona = new Persona(page, who, how.script !== false);
    if (who) await persona.become(who);
    return persona;
  }

  async become(who) {
    this.who = who;
    await this.page.goto('/demo');
    await this.page.locator(`form:has(input[name=persona][value=${who}]) button`).click();
    await this.page.locator('form[action="/sign-out"] button').waitFor();
  }

  constructor(page, who, script) {
    this.page = page;
    this.who = who;
    this.script = script;
  }

  async leave() {
    await this.page.context().close();
  }

  /** From now on in this language, chosen by the button every page has. */
  async speak(lang) {
    const { page } = this;
    await page.goto('/');
    const switched = page.locator(`html[lang|="${lang}"]`);
    if (!await switched.count()) {
      await page.locator(`form:has([name=lang][value=${lang}]) button:visible`).first().click();
    }
    await switched.waitFor();
  }

  /** Goes there; an answer other than 200 is a fault. */
  async go(path) {
    this.page.errors.length = 0;
    const answer = await this.page.goto(path);
    assert.equal(answer.status(), 200, `${this.who || 'visitor'} at ${path}`);
  }

  /** The page at both widths, from one visit. */
  async soundAt(path) {
    await this.go(path);
    for (const size of [PHONE, DESK]) {
      await this.page.setViewportSize(size);
      await this.sound(`${path} at ${size.width} px`);
    }
    await this.page.setViewportSize(PHONE);
    await this.fitsOpened(`${path} at ${PHONE.width} px`);
  }

  /** What is folded away is no wider than the page either, once it is opened. */
  async fitsOpened(what) {
    await this.page.evaluate(() => {
      for (const one of document.querySelectorAll('details')) one.open = true;
    });
    assert.equal(await tooWide(this.page), false, `${this.who || 'visitor'}: ${what}, all opened`);
  }

  /** What every page must stand: nothing found by axe, no complaint, no scrolling sideways. */
  async sound(what = this.page.url()) {
    // A map is looked at once it is there.
    if (await this.page.locator('[data-map-now]').count()) {
      await this.page.locator('.leaflet-container').first().waitFor();
    }
    const found = await axeFaults(this.page);
    found.push(...await bareKeys(this.page));
    if (await tooWide(this.page)) found.push('can be scrolled sideways');
    found.push(...this.page.errors.splice(0));
    assert.deepEqual(found, [], `${this.who || 'visitor'}: ${what}`);
  }

  next() {
    return this.page.locator('main form[method=post] button[type=submit]').last().click();
  }

  /** Answers what the class asks: the last choice of each question, which is never the alarm. */
  async answerQuestions() {
    for (const group of await this.page.locator('main fieldset:has([type=radio])').all()) {
      await group.locator('[type=radio]').last().check({ force: true });
    }
    const fields = await this.page.locator('main .govuk-input').all();
    for (const field of fields) await field.fill('不清楚');
    await this.next();
  }

  /** Goes down the list of places, street by community by grid, as far as the code says. */
  async choosePlace(code) {
    const list = this.page.locator('#place');
    const steps = new Set([code.slice(0, 9), code.slice(0, 12), code]);
    for (const step of steps) {
      const option = list.locator(`option[value="${step}"]`);
      await option.waitFor({ state: 'attached' });
      await list.selectOption(step);
      if (step !== code) await this.page.locator('button[name=down][value=next]').click();
    }
  }

  /**
   * A report from the first page to the confirmation; gives its number. `each` is called on every
   * page on the way, `signIn` when the way asks a visitor to sign in.
   */
  async report({
    words, photos = [], address = '望潮路20号梧桐里1号楼门口', kind = FLYERS, named = true,
    texts = false, each = async () => {}, signIn,
  }) {
    const { page } = this;
    await this.go('/cases/new');
    await page.locator('#words').fill(words);
    if (photos.length) {
      await page.locator('#photos').setInputFiles(photos);
      if (this.script) {
        await page.locator('#photos-busy', { hasText: `已选 ${photos.length} 张` }).waitFor();
      }
    }
    await each();
    await this.next();
    await page.locator(`#class-${kind}`).waitFor({ state: 'attached' });
    const group = page.locator(`details:has(#class-${kind}):not([open]) summary`);
    if (await group.count()) await group.click();
    await page.locator(`label[for=class-${kind}]`).click();
    await each();
    await this.next();
    await page.waitForURL(/\/cases\/new\/(questions|place)/);
    if (page.url().includes('/questions')) {
      await each();
      await this.answerQuestions();
      await page.waitForURL(/\/cases\/new\/place/);
    }
    await page.locator('#address').fill(address);
    await this.choosePlace(GRID);
    await each();
    await this.next();
    await page.waitForURL(/\/cases\/new\/(who|about|check)/);
    if (page.url().includes('/who')) {
      await each();
      if (signIn && named) {
        await page.locator('main a.govuk-button[href^="/sign-in"]').click();
        await signIn(page);
        await page.waitForURL(/\/cases\/new/);
      }
      const choice = page.locator(`button[name=named][value=${named ? 'yes' : 'no'}]`);
      if (await choice.count()) await choice.click();
    }
    await page.waitForURL(/\/cases\/new\/(check|about)/);
    if (page.url().includes('/about')) {
      await each();
      await this.next();
      await page.waitForURL(/\/cases\/new\/check/);
    }
    await each();
    if (texts) await page.locator('label[for=texts]').click();
    await page.locator('form[action="/cases"] button').click();
    await page.waitForURL(/\/received/);
    await each();
    const number = (await page.locator('#number').textContent()).trim();
    assert.match(number, /^\d{4}-\d{6}$/);
    return number;
  }

  /** A report as far as the page that asks where it is. */
  async toPlace(words) {
    const { page } = this;
    await this.go('/cases/new');
    await page.locator('#words').fill(words);
    await this.next();
    await page.locator(`label[for=class-${FLYERS}]`).click();
    await this.next();
    await page.waitForURL(/\/cases\/new\/place/);
  }

  /** A move on the page of a case: opens its form, fills it, sends it. */
  async move(number, act, fields = {}) {
    const { page } = this;
    await this.go(`/cases/${number}`);
    const place = page.locator(`#do-${act}`);
    await place.waitFor();
    if (!await place.evaluate((one) => one.open)) await place.locator('summary').click();
    for (const [name, value] of Object.entries(fields)) await this.fill(place, name, value);
    // The closing list: whoever answers or verifies here has seen to every line.
    for (const line of await place.locator('[type=checkbox][name=checked]').all()) {
      await place.locator(`label[for="${await line.getAttribute('id')}"]`).click();
    }
    await place.locator('form > button').last().click();
    await page.locator('.govuk-notification-banner--success').waitFor();
    assert.equal(await page.locator('.govuk-error-summary').count(), 0);
  }

  async fill(place, name, value) {
    const field = place.locator(`[name="${name}"]`).first();
    const kind = await field.evaluate((one) => one.type);
    if (kind === 'radio') {
      const choice = place.locator(`[name="${name}"][value="${value}"]`);
      await place.locator(`label[for="${await choice.getAttribute('id')}"]`).click();
    } else if (kind === 'select-one') {
      await field.selectOption(value);
    } else if (kind === 'file') {
      await field.setInputFiles(value);
      const id = await field.getAttribute('id');
      if (this.script) await this.page.locator(`#${id}-busy`, { hasText: '已选' }).waitFor();
    } else {
      await field.fill(value);
    }
  }

  /** Signs in by the code sent to a phone; the code is read where the demo shows what it "sent". */
  async byCode(phone, name) {
    const { page } = this;
    await page.locator('#phone').fill(phone);
    await page.locator('form[action="/sign-in/code"] button').first().click();
    await page.locator('#code').waitFor();
    const other = await page.context().newPage();
    await other.goto('/demo/messages');
    // News of a case may have gone out since, and its number has six digits too.
    const sent = await other.locator('.card', { hasText: '验证码' }).first().textContent();
    await other.close();
    const [code] = /(?<!\d)\d{5,6}(?!\d)/.exec(sent);
    await page.locator('#code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await page.locator('form[action="/sign-in"] button').click();
    if (name) {
      await page.locator('#name').fill(name);
      await page.locator('label[for=consent]').click();
      await page.locator('form[action="/sign-in/join"] button').click();
    }
    await page.locator('form[action="/sign-out"] button').waitFor();
  }
}
