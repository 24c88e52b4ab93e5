// A report carried from a phone to its rating by the people concerned, on both engines; by code,
// without script, by keyboard alone; and what every page they see must stand.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DESK, PHONE, answered, compose, engines, fresh, launch, serve, smallTargets, stopAll, tabTo,
} from './lib.mjs';
import { FLYERS, GRID, Persona, photo } from './persona.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => {
  await browser.close();
  await stopAll();
});

const enter = async (who, how) => Persona.enter(browser, await serve(), who, how);

/** Does something as a persona, in a browser of their own. */
async function as(site, who, what, how) {
  const persona = await Persona.enter(browser, site, who, how);
  try {
    return await what(persona);
  } finally {
    await persona.leave();
  }
}

/** Waits until the focus is where it belongs. */
const focusOn = (page, selector) => page.waitForFunction(
  (wanted) => document.activeElement.matches(wanted), selector, { timeout: 5000 },
);

const bodyText = (page) => page.locator('body').innerText();

for (const engine of engines()) {
  describe(`the main loop on ${engine}`, () => {
    test('from the phone to the rating, by five people', async () => {
      const site = await serve(engine);
      const resident = await Persona.enter(browser, site, 'resident');
      const number = await resident.report({
        words: '单元门口墙上贴满小广告，撕了又贴。我的电话 13800000001。',
        photos: [photo('flyers_before.jpg')],
        each: () => resident.sound(),
      });
      await as(site, 'community_clerk', (one) => one.move(number, 'accept'));
      await as(site, 'dispatcher', (one) => one.move(number, 'dispatch', {
        reason: '乱贴小广告由城市管理局清理',
      }));
      await as(site, 'department_officer', async (one) => {
        await one.move(number, 'sign');
        await one.move(number, 'answer', {
          reply: '墙面已经清洗干净，张贴的人已告知。', photos: photo('flyers_after.jpg'),
        });
      });
      await as(site, 'grid_worker', async (one) => {
        await one.go(`/cases/${number}?do=verify`);
        const black = one.page.locator('#do-verify a[href$="/redact?do=verify"]');
        assert.ok(await black.count() > 0, 'what is ticked can be blacked out');
        await one.sound('the form of a move with photos to decide about');
        await one.move(number, 'verify', {
          finding: '到现场看过，墙面干净。', photos: photo('flyers_after.jpg'),
        });
        await one.sound();
      });
      await resident.go('/');
      assert.match(await bodyText(resident.page), /\d+ 件请您评价/);
      await resident.go(`/cases/${number}`);
      assert.equal(await resident.page.locator('.note--public img').count(), 1, 'what was done');
      await resident.move(number, 'rate', { contacted: 'yes', solved: 'yes', satisfied: 'very' });
      await resident.sound();
      const steps = await resident.page.locator('.timeline__title').allInnerTexts();
      const named = steps.map((one) => one.split('→')[0].trim());
      assert.deepEqual(named.reverse(), [
        '反映诉求', '受理', '派遣', '签收', '答复办结情况', '核查通过，办结', '评价',
      ]);
      await resident.leave();

      await as(site, null, async (visitor) => {
        await visitor.go(`/cases/${number}`);
        const seen = await bodyText(visitor.page);
        assert.match(seen, /墙面已经清洗干净/);
        assert.doesNotMatch(seen, /温故知|13800000001/);
        assert.equal(await visitor.page.locator('.note--public img').count(), 0, 'not released');
        await visitor.sound();
        await visitor.go(`/public?q=${encodeURIComponent('小广告')}`);
        await visitor.page.locator(`a[href="/cases/${number}"]`).waitFor();
        assert.doesNotMatch(await bodyText(visitor.page), /温故知|13800000001/);
      });
    });
  });
}

describe('a resident', () => {
  test('signs in by a code on the way, joins, urges once a day, withdraws', async () => {
    const visitor = await enter(null);
    const number = await visitor.report({
      words: '楼道里又有人乱贴小广告。',
      signIn: () => visitor.byCode('13800009001', '章小满'),
    });
    await visitor.move(number, 'urge', { words: '请快一点' });
    await visitor.go(`/cases/${number}`);
    assert.equal(await visitor.page.locator('#do-urge form').count(), 0, 'urged twice in a day');
    await visitor.move(number, 'withdraw', { reason: '已经有人撕掉了' });
    assert.match(await bodyText(visitor.page), /已撤回/);
    await visitor.leave();
  });

  test('finds the report again that was not finished', async () => {
    const visitor = await enter(null);
    const { page } = visitor;
    await visitor.toPlace('凉亭的柱子上贴满小广告。');
    const left = page.url();
    await visitor.go('/cases/new');
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await visitor.sound(`the first page with a report begun at ${size.width} px`);
    }
    assert.match(await page.locator('.begun').innerText(), /凉亭的柱子上贴满小广告/);
    await page.locator('.begun .govuk-button').click();
    await page.waitForURL(left);
    await visitor.go('/cases/new');
    await page.locator('.begun a', { hasText: '重新写' }).click();
    await page.waitForURL(/anew/);
    await visitor.go('/cases/new');
    assert.equal(await page.locator('.begun').count(), 0);
    await visitor.leave();
  });

  test('a wrong code is told by the field and nobody is signed in', async () => {
    const visitor = await enter(null);
    await visitor.go('/sign-in');
    await visitor.page.locator('#phone').fill('13800000001');
    await visitor.page.locator('form[action="/sign-in/code"] button').first().click();
    await visitor.page.locator('#code').fill('000000');
    await visitor.page.locator('form[action="/sign-in"] button').click();
    await visitor.page.locator('.govuk-error-summary').waitFor();
    assert.equal(await visitor.page.locator('form[action="/sign-out"]').count(), 0);
    await visitor.leave();
  });

  test('what is missing is told on top and by the field, and what was written stays', async () => {
    const visitor = await enter(null);
    await visitor.go('/cases/new');
    await visitor.next();
    await visitor.page.locator('.govuk-error-summary').waitFor();
    const focused = () => visitor.page.evaluate(() => document.activeElement.className);
    assert.match(await focused(), /govuk-error-summary/);
    await visitor.page.locator('.govuk-error-summary a').first().click();
    assert.equal(await visitor.page.evaluate(() => document.activeElement.id), 'words');
    await visitor.sound('the report with an error');
    await visitor.leave();
  });

  test('an address is offered while it is typed, and fixes the grid', async () => {
    const resident = await enter('resident');
    const { page } = resident;
    await resident.toPlace('墙上贴满小广告。');
    await page.locator('#address').focus();
    assert.match(await compose(page, 'wangchao', '望潮路20号'), /wangchao/);
    await page.locator('#address-found label').first().waitFor();
    assert.match(page.url(), /\/cases\/new\/place/);
    await resident.sound('the addresses that are offered');
    await page.locator('#address-found label').first().click();
    assert.equal(await page.locator('#place').inputValue(), GRID);
    assert.match(await page.locator('#address').inputValue(), /^望潮路20号.+楼$/);
    await page.locator('#address').fill('没有这个地方');
    await page.keyboard.press('Enter');
    await page.locator('#address-found', { hasText: '没有找到' }).waitFor();
    assert.match(page.url(), /\/cases\/new\/place/, 'Enter looks it up and sends nothing');
    await resident.leave();
  });

  test('who asks for it is sent a text message that holds the number only', async () => {
    const resident = await enter('resident');
    const number = await resident.report({ words: '楼道墙上贴满小广告。', texts: true });
    await resident.go('/demo/messages');
    const sent = resident.page.locator('.card', { hasText: number });
    for (let n = 0; n < 40 && !await sent.count(); n += 1) {
      await resident.page.waitForTimeout(250);
      await resident.page.reload();
    }
    assert.match(await sent.first().innerText(), /已收到/);
    assert.doesNotMatch(await sent.first().innerText(), /小广告|温故知/);
    await resident.leave();
  });

  test('Enter of an input method does not send the search or a move', async () => {
    const resident = await enter('resident');
    const { page } = resident;
    await resident.go('/cases/new');
    await page.locator('#words').fill('路灯不亮');
    await resident.next();
    await page.locator('#q').focus();
    const before = page.url();
    assert.match(await compose(page, 'ludeng', '路灯'), /ludeng/);
    assert.equal(page.url(), before);
    assert.equal(await page.locator('#q').inputValue(), '路灯');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    await resident.leave();
  });

  test('the large version: letters, targets, the call and the voice on every page', async () => {
    const elder = await enter('resident_elder', { mode: 'elder' });
    const { page } = elder;
    await elder.go('/mine');
    const own = await page.locator('.card a[href^="/cases/"]').first().getAttribute('href');
    await elder.go('/public');
    const listed = await page.locator('.card a[href^="/cases/"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    // Somebody else's case offers to be followed, by text message as well.
    let others;
    for (const path of listed) {
      await elder.go(path);
      if (await page.locator('#follow-texts').count()) {
        others = path;
        break;
      }
    }
    assert.ok(others, 'a public case of somebody else');
    const paths = [
      '/', '/cases/new', '/mine', '/public', `/grids/${GRID}`, '/me', '/me/notices', '/sign-in', own,
      others, '/log',
    ];
    for (const path of paths) {
      await elder.go(path);
      assert.equal(await page.locator('html').getAttribute('data-mode'), 'elder');
      assert.equal(await page.locator('a[href="tel:12345"]:visible').count(), 1, path);
      assert.deepEqual(await smallTargets(page, 60), [], path);
      const least = await page.evaluate(() => {
        const own = (one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        const shown = [...document.querySelectorAll('body *')]
          .filter((one) => own(one) && one.getClientRects().length);
        return Math.min(...shown.map((one) => parseFloat(getComputedStyle(one).fontSize)));
      });
      assert.ok(least >= 18, `${path}: letters of ${least} px`);
      await elder.sound(`${path} (large)`);
      await elder.fitsOpened(`${path} (large)`);
    }
    await elder.go('/');
    assert.ok(await page.locator('main .tile, main .govuk-button:visible').count() <= 6);
    await elder.leave();
  });
});

describe('without script', () => {
  test('a nameless report, and its acceptance at the desk', async () => {
    const how = { script: false };
    const number = await as(await serve(), null, (one) => one.report({
      words: '墙角又贴上了小广告。', photos: [photo('flyers_before.jpg')], named: false,
    }), how);
    await as(await serve(), 'community_clerk', async (clerk) => {
      await clerk.go(`/desk?open=${number}`);
      const form = clerk.page.locator('#do-accept');
      const closed = clerk.page.locator('#do-accept:not([open]) summary');
      if (await closed.count()) await closed.click();
      await answered(clerk.page, () => form.locator('form > button').last().click());
      await clerk.go(`/cases/${number}`);
      assert.match(await bodyText(clerk.page), /待派遣/);
    }, how);
  });

  test('an address is looked up by a button and chosen', async () => {
    const visitor = await enter(null, { script: false });
    const { page } = visitor;
    await visitor.toPlace('墙上贴满小广告。');
    await page.locator('#address').fill('望潮路20号');
    await page.locator('[data-address-find]').click();
    await page.locator('#address-found label').first().click();
    await visitor.next();
    await page.locator('button[name=named][value=no]').click();
    await page.waitForURL(/\/cases\/new\/check/);
    assert.match(await bodyText(page), /望潮路20号梧桐里1号楼\s+望潮街道·北桥社区·北桥第一网格/);
    await visitor.leave();
  });
});

describe('the round', () => {
  test('the place of what was put right is picked on the map', async () => {
    const worker = await enter('grid_worker');
    const { page } = worker;
    await worker.go('/field/handled');
    await page.locator('[data-map-open]').first().click();
    await page.locator('.leaflet-container').waitFor();
    await page.locator('.map-bar button').first().click();
    assert.match(await page.locator('#lat').inputValue(), /^31\.\d+$/);
    await page.locator('.map-bar output', { hasText: '北桥第一网格' }).waitFor();
    await worker.sound('the form with its map');
    await page.locator('#before').setInputFiles(photo('flyers_before.jpg'));
    await page.locator('#before-busy', { hasText: '已选' }).waitFor();
    await page.locator('#after').setInputFiles(photo('flyers_before.jpg'));
    await page.locator('#after-busy', { hasText: '已选' }).waitFor();
    await page.locator('#words').fill('撕掉了单元门口的小广告。');
    await page.locator('#class').selectOption(FLYERS);
    await page.locator('#checked-1').waitFor({ state: 'attached' });
    const lines = await page.locator('#closing label').all();
    for (const line of lines.slice(1)) await line.click();
    await page.locator('form[action="/field/handled"] > button').click();
    await page.locator('.govuk-error-summary a[href="#checked"]').waitFor();
    assert.equal(await page.locator('#closing :checked').count(), lines.length - 1);
    await worker.sound('the closing list with a line that nobody ticked');
    await page.locator('#closing label').first().click();
    await page.locator('form[action="/field/handled"] > button').click();
    await page.waitForURL(/\/cases\/\d{4}-\d{6}/);
    assert.equal(await page.locator('.case-map').count(), 1, 'the case has its point');
    await worker.leave();
  });
});

describe('what others do', () => {
  test('appears on the round by itself, with its figures', async () => {
    const site = await serve();
    const worker = await enter('grid_worker');
    const { page } = worker;
    await worker.go('/field');
    const open = page.locator('#round-figures dd').last();
    const before = Number(await open.textContent());
    const number = await as(site, 'resident', (one) => one.report({ words: '门卫室墙上贴满小广告。' }));
    await page.locator(`#round a[href="/cases/${number}"]`).first().waitFor();
    assert.equal(Number(await open.textContent()), before + 1);
    assert.equal(await page.locator('#round-figures').count(), 1);
    assert.deepEqual(page.errors, []);
    await worker.leave();
  });
});

describe('doors', () => {
  const seen = async (who, href) => {
    const one = await enter(who);
    await one.go('/');
    const count = await one.page.locator(`.doors a[href="${href}"]`).count();
    await one.leave();
    return count;
  };
  test('who goes round a grid starts from there', async () => {
    const worker = await enter('grid_worker');
    await worker.go('/');
    assert.equal(await worker.page.locator('.tile').first().getAttribute('href'), '/field');
    await worker.leave();
  });
  test('only who may has the door to the counter and to the keys', async () => {
    assert.equal(await seen('community_clerk', '/counter'), 1);
    assert.equal(await seen('department_officer', '/counter'), 0);
    assert.equal(await seen('system_admin', '/admin/keys'), 1);
    assert.equal(await seen('community_clerk', '/admin/keys'), 0);
    assert.equal(await seen(null, '/counter'), 0);
  });
});

describe('the desk by keyboard alone', () => {
  test('j k Enter open a case, Tab reaches its form, Enter accepts it', async () => {
    const site = await serve();
    const number = await as(site, 'resident', (one) => one.report({ words: '电线杆上贴小广告。' }));
    const clerk = await enter('community_clerk');
    const { page } = clerk;
    await clerk.go('/desk');
    const here = () => page.locator('tr.is-here a[data-open]').textContent();
    await page.keyboard.press('j');
    const first = await here();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    assert.equal(await here(), first);
    for (let n = 0; n < 60 && await here() !== number; n += 1) await page.keyboard.press('j');
    assert.equal(await here(), number);
    await page.keyboard.press('Enter');
    await page.waitForURL(/open=/);
    await tabTo(page, '#do-accept summary');
    if (!await page.locator('#do-accept').evaluate((one) => one.open)) {
      await page.keyboard.press('Enter');
    }
    await tabTo(page, '#do-accept form > button');
    await page.keyboard.press('Enter');
    // What was done is told with its number; the next case of the list is open, if there is one.
    await page.locator('.desk-done', { hasText: number }).waitFor();
    assert.deepEqual(page.errors, []);
    await page.keyboard.press('?');
    assert.equal(await page.locator('[data-help]').isVisible(), true);
    await clerk.sound('the desk with its help open');
    await clerk.leave();
  });

  test('an opened case takes the focus, a its first act, c gives it back to the row', async () => {
    const clerk = await enter('community_clerk');
    const { page } = clerk;
    await clerk.go('/desk?tab=reported');
    await page.keyboard.press('j');
    const number = await page.locator('tr.is-here [data-open]').textContent();
    await page.keyboard.press('?');
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), number);
    await page.keyboard.press('Enter');
    await page.waitForURL(/open=/);
    await focusOn(page, '#case-title');
    await page.keyboard.press('a');
    assert.ok(await page.evaluate(() => Boolean(document.activeElement.closest('.moves__one form'))));
    await page.evaluate(() => document.activeElement.blur());
    // What is refused is told beside the list, and is read first.
    await page.locator('#do-reject summary').click();
    await answered(page, () => page.locator('#do-reject form > button').click());
    await focusOn(page, '.govuk-error-summary');
    assert.match(await page.locator('.govuk-error-summary').innerText(), /请填写“不受理的原因”/);
    assert.equal(await page.locator('tr.is-open [data-open]').textContent(), number);
    await clerk.sound('a refused act beside the list');
    await page.keyboard.press('c');
    await page.waitForURL((url) => !url.search.includes('open='));
    await focusOn(page, 'tr.is-here [data-open]');
    assert.equal(await page.locator('tr.is-here [data-open]').textContent(), number);
    await page.keyboard.press('t');
    await page.waitForURL((url) => !url.search.includes('tab=reported'));
    await clerk.leave();
  });

  test('what was done is read first, and the list goes on from its row', async () => {
    const clerk = await enter('community_clerk');
    const { page } = clerk;
    await clerk.go('/desk?tab=all');
    await page.locator('[data-open]').first().click();
    await page.waitForURL(/open=/);
    await page.locator('#do-note summary').click();
    await page.locator('#note-words').fill('键盘写的备注');
    await answered(page, () => page.locator('#do-note form > button').click());
    await page.waitForURL(/done=note/);
    await focusOn(page, '.desk-done');
    await page.keyboard.press('j');
    assert.equal(await page.locator('tr.is-here').count(), 1);
    await clerk.leave();
  });

  test('beside an open case j goes on from its row, which is in sight', async () => {
    const clerk = await enter('community_clerk');
    const { page } = clerk;
    await clerk.go('/desk?tab=all');
    const numbers = await page.locator('[data-open]').allTextContents();
    const nth = Math.min(20, numbers.length - 2);
    await page.locator('[data-open]').nth(nth).click();
    await page.waitForURL(/open=/);
    const row = page.locator('tr.is-open');
    assert.equal(await row.locator('[data-open]').textContent(), numbers[nth]);
    await page.waitForFunction(() => {
      const { top, bottom } = document.querySelector('tr.is-open').getBoundingClientRect();
      return top >= 0 && bottom < innerHeight + 1;
    });
    assert.ok(await row.evaluate((one) => one.offsetHeight) <= 96, 'the rows are dense');
    await page.keyboard.press('j');
    assert.equal(await page.locator('tr.is-here [data-open]').textContent(), numbers[nth + 1]);
    // The case beside the list goes along, and one row is marked.
    await page.locator('#case-title', { hasText: numbers[nth + 1] }).waitFor();
    assert.deepEqual(await page.locator('tr.is-open [data-open]').allTextContents(), [numbers[nth + 1]]);
    await focusOn(page, '#case-title');
    assert.match(page.url(), new RegExp(`open=${numbers[nth + 1]}`));
    assert.deepEqual(page.errors, []);
    await clerk.leave();
  });

  test('what is typed into the search is looked for in everything', async () => {
    const clerk = await enter('community_clerk');
    const { page } = clerk;
    await clerk.go('/desk?tab=all');
    const number = await page.locator('[data-open]').last().textContent();
    await clerk.go('/desk?tab=late');
    await page.keyboard.press('/');
    await page.keyboard.type(number);
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=/);
    assert.deepEqual(await page.locator('[data-open]').allTextContents(), [number]);
    await clerk.leave();
  });

  test('the bar offers only what the ticked rows can take', async () => {
    const dispatcher = await enter('dispatcher');
    const { page } = dispatcher;
    await dispatcher.go('/desk?tab=open');
    for (const can of ['dispatch', 'recall']) {
      const box = page.locator(`input[data-can="${can}"]`).first();
      await box.check();
      const shown = page.locator('.bulk button:visible');
      assert.deepEqual(await shown.evaluateAll((all) => all.map((one) => one.value)), [can]);
      assert.equal(await page.locator('#to').isVisible(), can === 'dispatch');
      await box.uncheck();
    }
    await dispatcher.sound('the desk with its bar');
    await dispatcher.leave();
  });

  test('Enter of an input method does not search or open a case', async () => {
    const clerk = await enter('community_clerk');
    await clerk.go('/desk?q=x');
    await clerk.page.locator('#q').fill('');
    await clerk.page.locator('#q').focus();
    const before = clerk.page.url();
    await compose(clerk.page, 'ludeng', '路灯');
    assert.equal(clerk.page.url(), before);
    assert.equal(await clerk.page.locator('#q').inputValue(), '路灯');
    await clerk.leave();
  });

  test('a bulk move is shown before it is done', async () => {
    const dispatcher = await enter('dispatcher');
    const { page } = dispatcher;
    await dispatcher.go('/desk');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.locator('.bulk button:visible').first().click();
    await page.locator('form[action="/desk/bulk/confirm"]').waitFor();
    await dispatcher.sound('the bulk preview');
    await dispatcher.leave();
  });

  test('a bulk dispatch is done, and undone from the page that says so', async () => {
    const site = await serve();
    const number = await as(site, 'resident', (one) => one.report({ words: '车棚墙上贴满小广告。' }));
    await as(site, 'community_clerk', (one) => one.move(number, 'accept'));
    const dispatcher = await enter('dispatcher');
    const { page } = dispatcher;
    await dispatcher.go(`/desk?tab=awaiting_dispatch&q=${number}`);
    await page.locator(`input[name=id][value="${number}"]`).check();
    await page.locator('.bulk button[value=dispatch]').click();
    await page.locator('form[action="/desk/bulk/confirm"] .govuk-button').click();
    await page.locator('form:has(input[name=do][value=recall])').waitFor();
    await dispatcher.sound('a bulk dispatch that was done');
    await page.locator('form:has(input[name=do][value=recall]) button').click();
    await page.locator('.govuk-notification-banner--success', { hasText: number }).waitFor();
    await dispatcher.go(`/cases/${number}`);
    assert.match(await bodyText(page), /收回派遣/);
    assert.equal(await page.locator('#do-dispatch').count(), 1, 'it waits to be dispatched again');
    await dispatcher.leave();
  });
});

const ON_PLACE = [
  ...['draw', 'merge', 'new', 'change'].map((do_) => `/admin/places/990101?do=${do_}`),
  `/admin/places/${GRID}?do=split`,
];
// What is below the district may be put elsewhere, and ended.
const ON_STREET = ['move', 'close'].map((do_) => `/admin/places/990101001?do=${do_}`);
const PAGES = {
  visitor: [
    '/', '/cases/new', '/public', '/public?phase=closed&q=x', '/grids', `/grids/${GRID}`,
    '/grids/990101001001', '/duties', '/duties?by=act', '/duties?post=grid_worker', '/classes',
    '/log', '/log?act=none', '/verify', '/privacy', '/sign-in', '/sign-in/staff', '/demo',
    '/demo/messages', '/processes', '/processes/appeal', '/public?q=灯', '/api',
  ],
  resident: [
    '/', '/mine', '/mine?q=灯', '/mine?q=zzzz', '/mine?show=followed', '/me', '/me/sessions',
    '/me/close', '/me/post', '/me/notices', '/me/phone', '/me/place',
  ],
  resident_elder: ['/', '/mine', '/me', '/me/phone', '/me/place', '/me/notices', '/public'],
  grid_worker: [
    '/', '/desk', '/field', '/field/handled', '/counter', `/grids/${GRID}`, '/me', '/me/post',
    '/me/password', '/me/phone',
    '/me/delegation', '/admin/people/register', `/field/handled?class=${FLYERS}`,
  ],
  community_clerk: [
    '/', '/desk', '/desk?tab=all', '/desk?tab=all&q=beiq&cols=due&cols=class', '/desk?q=zzzz',
    '/me/delegation', '/me/notices', '/admin/people/register', '/desk/figures',
  ],
  district_supervisor: [
    '/desk', '/desk/figures?period=2026', '/desk/figures?period=2001-01',
    '/desk?tab=late&sort=new', '/desk?tab=all&from=2026-01-01', '/desk?tab=call',
    '/duties', '/admin',
    '/admin/import', '/admin/export',
  ],
  department_officer: ['/', '/desk', '/desk/figures', '/me', '/me/password', '/me/post'],
  property_officer: ['/', '/desk', '/me', '/me/password', '/me/delegation'],
  supervision_committee: ['/', '/desk', '/desk/figures', '/me', '/me/password'],
  system_admin: [
    '/', '/admin', '/admin/posts', '/admin/posts?sort=stroke', '/admin/bodies', '/admin/keys', '/admin/import', '/admin/classes',
    '/admin/classes/new', '/admin/calendar', '/admin/processes', '/admin/processes/appeal',
    '/admin/places/990101', ...ON_PLACE, ...ON_STREET, '/admin/places/990101/import',
    '/admin/places/990101/addresses', '/duties/proposals',
  ],
  security_admin: [
    '/admin', '/admin/people', '/admin/people?q=a', '/admin/people?sort=stroke', '/duties/changes', '/duties/edit?post=grid_worker', '/duties/edit?post=resident',
    '/duties/walls', '/duties/proposals', '/admin/kinds',
  ],
  auditor: ['/', '/log', '/desk', '/admin/audit', '/admin/audit?kind=accounts&day=2026-10-09'],
  audit_admin: ['/', '/admin', '/admin/audit', '/duties/proposals', '/me', '/me/password', '/log'],
};
// Pages with a number in their address: a list, and the links that lead to one of them.
const OPENED = {
  visitor: [['/public?phase=closed', '.card a[href^="/cases/"]']],
  resident: [
    ['/public', '.card a[href^="/cases/"]'], ['/mine', '.card a[href^="/cases/"]'],
    ['/mine', 'a[href*="do=rate"]'], ['/mine', '.card a[href^="/cases/"]', 'a[href^="/receipts/"]'],
  ],
  resident_elder: [['/mine', '.card a[href^="/cases/"]']],
  grid_worker: [['/field', '.card a[href^="/cases/"]']],
  department_officer: [['/desk', 'a[data-open]']],
  property_officer: [['/desk', 'a[data-open]']],
  supervision_committee: [['/public', '.card a[href^="/cases/"]']],
  community_clerk: [['/desk?tab=all', 'a[data-open]']],
  dispatcher: [['/desk', 'a[data-open]']],
  district_dispatcher: [['/desk?tab=closed', 'a[data-open]']],
  system_admin: [
    ['/admin/posts', 'tbody a'], ['/admin/bodies', 'tbody a'],
    ['/admin/bodies', 'tbody a', 'a[href$="/remits"]'],
    ['/admin/bodies', 'tbody a', 'a[href$="/remits"]', 'tbody a[href$="/end"]'],
    ['/admin/classes', 'tbody a[href^="/admin/classes/"]'],
    ['/admin/places/990101/import', 'tbody a[href*="/imports/"]'],
  ],
  security_admin: [['/admin/people', 'tbody a'], ['/admin/kinds', 'tbody a[href^="/admin/kinds/"]']],
};

describe('every page at 390 and 1440 px: axe, console, width', () => {
  for (const who of new Set([...Object.keys(PAGES), ...Object.keys(OPENED)])) {
    let one;
    before(async () => {
      one = await enter(null, { size: DESK });
      if (who !== 'visitor') await one.become(who);
    });
    after(() => one.leave());
    for (const path of PAGES[who] || []) test(`${who} ${path}`, () => one.soundAt(path));
    for (const [list, ...links] of OPENED[who] || []) {
      test(`${who} ${[list, ...links].join(' → ')}`, async () => {
        let path = list;
        for (const link of links) {
          await one.go(path);
          path = await one.page.locator(link).first().getAttribute('href');
        }
        await one.soundAt(path);
      });
    }
  }
});

test('what is not for everyone is drawn black on a photo', async () => {
  const site = await serve();
  const resident = await Persona.enter(browser, site, 'resident');
  const number = await resident.report({
    words: '单元门口墙上贴满小广告，门牌也拍进去了。', photos: [photo('flyers_before.jpg')],
  });
  await resident.leave();
  await as(site, 'community_clerk', async (one) => {
    const { page } = one;
    await one.go(`/cases/${number}`);
    await page.locator('#photos summary').click();
    await page.locator('a[href$="/redact"]').first().click();
    const stage = page.locator('.redact');
    await stage.locator('img').waitFor();
    await page.waitForFunction(() => document.querySelector('.redact img').complete);
    const { x, y, width, height } = await stage.boundingBox();
    await page.mouse.move(x + width * 0.1, y + height * 0.1);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + height * 0.3, { steps: 3 });
    await page.mouse.up();
    const [left, top, wide, high] = (await page.locator('#areas').inputValue()).split(' ').map(Number);
    const near = (n, wanted) => Math.abs(n - wanted) < 1;
    assert.ok(near(left, 10) && near(top, 10) && near(wide, 40) && near(high, 20));
    assert.equal(await page.locator('.redact__area').count(), 1);
    await one.sound();
    await page.setViewportSize(PHONE);
    await one.sound('on a phone');
    await page.locator('.redact__area').click();
    assert.equal(await page.locator('#areas').inputValue(), '');
    await page.locator('#areas').fill('10 10 40 20');
    await answered(page, () => page.locator('form:has(#areas) button.govuk-button').click());
    await page.locator('#photos', { hasText: '已公开涂黑后的一张' }).waitFor();
    assert.equal(await page.locator('#photos').evaluate((one) => one.open), true, 'it is seen');
    await one.sound('the photos after one was blacked out');
  });
});

describe('pages that come with a form sent', () => {
  test('what another version of a procedure changes', async () => {
    const keeper = await enter('system_admin', { size: DESK });
    const { page } = keeper;
    await keeper.go('/admin/processes/appeal');
    const text = await page.locator('#text').inputValue();
    await page.locator('#text').fill(text.replace('version = 1', 'version = 2').replace('n = 2 }', 'n = 3 }'));
    await answered(page, () => page.locator('form[enctype] button').click());
    await page.locator('form[action$="/adopt"]').waitFor();
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await keeper.sound(`the differences at ${size.width} px`);
    }
    await keeper.leave();
  });

  test('a case whose words hold a number, before and after somebody says why', async () => {
    const words = '楼道墙上贴满小广告，上面写着 13812345678。';
    const number = await as(await serve(), 'resident', (one) => one.report({ words }));
    const clerk = await enter('community_clerk', { size: DESK });
    const { page } = clerk;
    await clerk.soundAt(`/cases/${number}`);
    assert.doesNotMatch(await bodyText(page), /13812345678/);
    assert.match(await bodyText(page), /138\*{4}5678/);
    // To look at the whole page every fold of it was opened.
    await page.locator('#unmask-words').fill('回电核实');
    await answered(page, () => page.locator('.unmask:has(#unmask-words) button').click());
    assert.match(await bodyText(page), /上面写着 13812345678/);
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await clerk.sound(`numbers opened at ${size.width} px`);
    }
    await clerk.go(`/cases/${number}`);
    assert.doesNotMatch(await bodyText(page), /13812345678/);
    await clerk.leave();
  });

  test('what would come of merging two grids, and the way back to what was typed', async () => {
    const keeper = await enter('system_admin', { size: DESK });
    const { page } = keeper;
    await keeper.go('/admin/places/990101001001?do=merge');
    await page.locator('label[for^="grid-"]').nth(0).click();
    await page.locator('label[for^="grid-"]').nth(1).click();
    await page.locator('#name0').fill('合并试格');
    await answered(page, () => page.locator('main form .govuk-button').first().click());
    await page.locator('button[value=yes]', { hasText: '确认合并' }).waitFor();
    assert.match(await bodyText(page), /合并试格[\s\S]*转入的在办诉求[\s\S]*岗位和人员/);
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await keeper.sound(`a merge looked at first at ${size.width} px`);
    }
    await answered(page, () => page.locator('button[value=back]').click());
    assert.equal(await page.locator('#name0').inputValue(), '合并试格');
    await keeper.leave();
  });

  test('without script an account is stopped only with a tick and a reason', async () => {
    const keeper = await enter('security_admin', { script: false });
    const { page } = keeper;
    await keeper.go('/admin/people');
    await keeper.go(await page.locator('tbody a').nth(3).getAttribute('href'));
    const form = page.locator('form[action$="/suspend"]');
    await form.locator('#suspend_why').fill('离岗');
    await form.locator('button').click();
    assert.equal(await form.locator('input[type=checkbox]:invalid').count(), 1, 'the browser wants the tick');
    assert.equal(await page.locator('form[action$="/resume"]').count(), 0);
    await keeper.leave();
  });

  test('a wall looked at before it is put up', async () => {
    const keeper = await enter('security_admin', { size: DESK });
    const { page } = keeper;
    await keeper.go('/duties/walls');
    await page.locator('[name=ends]').nth(1).check();
    await answered(page, () => page.locator('#change button').click());
    assert.match(await bodyText(page), /停用\s*受理：反映的就是本单位/);
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await keeper.sound(`the walls before and after at ${size.width} px`);
    }
    await keeper.leave();
  });

  test('a right for every resident, proposed by one administrator and confirmed by another', async () => {
    const site = await serve();
    const sizes = async (who, what) => {
      for (const size of [PHONE, DESK]) {
        await who.page.setViewportSize(size);
        await who.sound(`${what} at ${size.width} px`);
      }
    };
    const taken = async (resident) => (await resident.page.goto('/admin/export')).status();
    const reason = '居民想把公开的诉求带走核对';
    await as(site, 'resident', async (one) => assert.equal(await taken(one), 404));
    await as(site, 'security_admin', async (keeper) => {
      const { page } = keeper;
      await keeper.go('/duties/edit?post=resident');
      await page.locator('[id="new_act.0"]').selectOption('case.export');
      await page.locator('[id="new_scope.0"]').selectOption('public');
      await page.locator('[id="new_ground.0"]').fill('政府信息公开条例 第19条');
      await answered(page, () => page.locator('#change button').click());
      await page.locator('#reason').waitFor();
      assert.doesNotMatch(await bodyText(page), /请先任命/);
      await sizes(keeper, 'what is to be proposed');
      await answered(page, () => page.locator('form[action="/duties/proposals"] button').click());
      await page.locator('.govuk-error-summary').waitFor();
      await sizes(keeper, 'a proposal without a reason');
      await page.locator('#reason').fill(reason);
      await answered(page, () => page.locator('form[action="/duties/proposals"] button').click());
      await page.waitForURL(/\/duties\/proposals\/\w+/);
      await sizes(keeper, 'the proposal that waits');
      assert.equal(await page.locator('form[action$="/confirm"]').count(), 0);
    });
    await as(site, 'resident', async (one) => assert.equal(await taken(one), 404));
    await as(site, 'system_admin', async (other) => {
      const { page } = other;
      await page.waitForTimeout(500);
      await other.go('/me/notices');
      await page.locator('a[href^="/duties/proposals/"]').first().click();
      await page.locator('form[action$="/confirm"]').waitFor();
      assert.match(await bodyText(page), /增加权限\s*居民：导出诉求台账/);
      await page.locator('summary', { hasText: '不同意' }).click();
      await sizes(other, 'the proposal to be confirmed');
      await answered(page, () => page.locator('form[action$="/confirm"] button').click());
      await page.locator('h1', { hasText: '已同意，已生效' }).waitFor();
      await sizes(other, 'the proposal that was confirmed');
    });
    await as(site, 'resident', async (one) => assert.equal(await taken(one), 200));
    await as(site, 'security_admin', async (keeper) => {
      const { page } = keeper;
      await keeper.go('/duties/edit?post=resident');
      const row = page.locator('tr', { hasText: '导出诉求台账' });
      await row.locator('select').selectOption('');
      await answered(page, () => page.locator('#change button').click());
      await page.locator('#reason').fill('核对完了');
      await answered(page, () => page.locator('form[action="/duties/changes"] button').click());
      await page.waitForURL(/\/duties\?/);
    });
    await as(site, 'resident', async (one) => assert.equal(await taken(one), 404));
  });

  test('a number that is known at the counter is told with its masked holder', async () => {
    const clerk = await enter('community_clerk', { size: DESK });
    const { page } = clerk;
    await clerk.go('/admin/people/register');
    await page.locator('#name').fill('赵小川');
    await page.locator('#phone').fill('13800000001');
    await page.locator('label[for=consent]').click();
    await answered(page, () => page.locator('form[action$="/register"] button').click());
    assert.match(await bodyText(page), /温\*\*/);
    assert.doesNotMatch(await bodyText(page), /温故知/);
    for (const size of [PHONE, DESK]) {
      await page.setViewportSize(size);
      await clerk.sound(`the known number at ${size.width} px`);
    }
    await answered(page, () => page.locator('form[action$="/register"] button').click());
    await page.waitForURL(/\/admin\/people\//);
    await clerk.sound('where it leads');
    await clerk.leave();
  });

  test('the page by which the first administrator comes in', async () => {
    const site = await fresh('620802');
    try {
      const visitor = await Persona.enter(browser, site, null, { size: DESK });
      await visitor.soundAt(site.first);
      await visitor.leave();
    } finally {
      await site.stop();
    }
  });
});

// A phone of some years on a mobile network, as Lighthouse has it: a quarter of this machine's
// speed, 1.6 Mbit/s, 150 ms there and back.
const SLOWER = 4;
const NETWORK = {
  offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750,
};

/** What a page costs that is opened for the first time: bytes, and when its largest part stood. */
async function firstLoad(page, path, { slow = true, waitUntil = 'networkidle' } = {}) {
  const debuggee = await page.context().newCDPSession(page);
  await debuggee.send('Network.enable');
  await debuggee.send('Network.clearBrowserCache');
  if (slow) {
    await debuggee.send('Network.emulateNetworkConditions', NETWORK);
    await debuggee.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  }
  await page.addInitScript(() => {
    window.shifted = 0;
    window.largest = 0;
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) window.largest = one.startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
  });
  const loaded = [];
  const note = (request) => loaded.push(request);
  page.on('requestfinished', note);
  const answer = await page.goto(path, { waitUntil });
  assert.equal(answer.status(), 200, path);
  // What comes later is not asked for: its answer would reach a page already closed.
  page.off('requestfinished', note);
  let [all, script] = [0, 0];
  for (const request of loaded) {
    const { responseBodySize } = await request.sizes();
    all += responseBodySize;
    if (request.resourceType() === 'script') script += responseBodySize;
  }
  const { shifted, largest } = await page.evaluate(
    () => ({ shifted: window.shifted, largest: window.largest }),
  );
  return { all, script, shifted, largest };
}

/** The number of a case everyone may read. */
async function published(page) {
  await page.goto('/public');
  const links = page.locator('main a[href^="/cases/2"]');
  return (await links.first().getAttribute('href')).split('?')[0];
}

describe('what a first load costs', () => {
  test('the desk of a dispatcher', async () => {
    const dispatcher = await enter('dispatcher');
    // The desk keeps a stream of news open, so the network never rests.
    const { all } = await firstLoad(dispatcher.page, '/desk', { slow: false, waitUntil: 'load' });
    assert.ok(all > 0 && all <= 350 * 1024, `${all} bytes`);
    await dispatcher.leave();
  });

  // The pages of residents and of those who are out in the grids; a map has a budget of its
  // own, for it brings its script and the ground it shows.
  const map = { bytes: 250, scripts: 128 };
  for (const [who, path, budget] of [
    [null, '/'], [null, '/cases/new'], [null, '/public'], [null, published],
    [null, '/grids', map], [null, `/grids/${GRID}`, map],
    ['resident', '/mine'], ['resident', '/me/place'], ['grid_worker', '/field', map],
  ]) {
    const { bytes, scripts } = budget || { bytes: 100, scripts: 40 };
    test(`${typeof path === 'string' ? path : 'a case'} for ${who || 'a visitor'}`, async () => {
      const one = await enter(who);
      const found = typeof path === 'string' ? path : await path(one.page);
      const { all, script, shifted, largest } = await firstLoad(one.page, found);
      assert.ok(all > 0 && all <= bytes * 1024, `${all} bytes`);
      assert.ok(script > 0 && script <= scripts * 1024, `${script} bytes of script`);
      assert.ok(shifted <= 0.1, `layout shift of ${shifted}`);
      assert.ok(largest > 0 && largest <= 2500, `the largest part stood after ${largest} ms`);
      await one.leave();
    });
  }
});
