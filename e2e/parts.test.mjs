// The parts that pages are made of, without the program: no fault found by axe, nothing the content
// policy refuses, nothing wider than the phone; and the little script's promises.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DESK, PHONE, answered, axeFaults, compose, launch, openPage, smallTargets, tooWide,
} from './lib.mjs';
import { still } from './still.mjs';

let browser;
let site;
before(async () => {
  browser = await launch();
  site = await still();
});
after(async () => {
  await browser.close();
  await site.stop();
});

async function visit(path, how = {}) {
  const page = await openPage(browser, { base: site.url, ...how });
  await page.goto(path);
  return page;
}

// A click is told to the test before the page has answered it.
async function enlarge(page) {
  await page.locator('[data-mode-switch]').click();
  await page.locator('html[data-mode="elder"]').waitFor();
}

describe('the look of the parts', () => {
  const cases = [
    ['/resident.html', PHONE, undefined], ['/resident.html', DESK, undefined],
    ['/resident.html', PHONE, 'elder'], ['/desk.html', PHONE, undefined], ['/desk.html', DESK, undefined],
  ];
  for (const [path, size, mode] of cases) {
    test(`${path} at ${size.width} px${mode ? ` (${mode})` : ''}`, async () => {
      const page = await visit(path, { size });
      if (mode) await enlarge(page);
      if (path === '/desk.html') await page.locator('.leaflet-tile-loaded').first().waitFor();
      assert.deepEqual(await axeFaults(page), []);
      assert.equal(await tooWide(page), false, 'the page can be scrolled sideways');
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  test('controls are high enough to touch, and higher in the large version', async () => {
    const page = await visit('/resident.html', { size: PHONE });
    assert.deepEqual(await smallTargets(page, 44), []);
    await enlarge(page);
    assert.deepEqual(await smallTargets(page, 60), []);
    const letters = await page.evaluate(() => {
      const sizes = [];
      const letter = (one) => parseFloat(getComputedStyle(one).fontSize);
      for (const one of document.querySelectorAll('main *, header *, footer *')) {
        const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (own && one.getClientRects().length) sizes.push(letter(one));
      }
      return { least: Math.min(...sizes), button: letter(document.querySelector('.govuk-button')) };
    });
    assert.ok(letters.least >= 18, `letters of ${letters.least} px`);
    assert.ok(letters.button >= 30, `a button's letters of ${letters.button} px`);
    await page.context().close();
  });

  test('what unfolds and what leads back is as high as a finger on a phone', async () => {
    const page = await visit('/resident.html', { size: PHONE });
    for (const one of await page.locator('.govuk-details__summary, .govuk-back-link').all()) {
      const box = await one.boundingBox();
      if (box) assert.ok(box.height >= 43.5, `${await one.textContent()} ${box.height}`);
    }
    await page.context().close();
  });

  test('an input keeps to the width it names', async () => {
    const page = await visit('/resident.html', { size: DESK });
    const wide = await page.evaluate(() => {
      const one = document.createElement('input');
      one.className = 'govuk-input govuk-input--width-5';
      document.querySelector('main').append(one);
      return one.offsetWidth;
    });
    assert.ok(wide < 160, `${wide} px for a year`);
    await page.context().close();
  });

  test('a long name stays beside its tick on a phone', async () => {
    const page = await visit('/desk.html', { size: PHONE });
    const [tick, name] = await page.evaluate(() => {
      const table = document.createElement('table');
      table.className = 'dense dense--cards';
      const row = table.createTBody().insertRow();
      row.innerHTML = `<td><label class="tick"><input type="checkbox"></label></td>
        <th scope="row">${'看诉求里被隐去的号码'.repeat(5)}</th>`;
      document.querySelector('main').append(table);
      return [...row.cells].map((one) => {
        const { left, top, bottom } = one.getBoundingClientRect();
        return { left, top, bottom };
      });
    });
    assert.ok(name.left > tick.left && name.top < tick.bottom, `${name.top} ${tick.bottom}`);
    await page.context().close();
  });

  test('on paper a case is one column and what is folded up is unfolded', async () => {
    const page = await visit('/resident.html', { size: { width: 718, height: 1000 } });
    const folded = page.locator('main details').last();
    const told = () => folded.evaluate((one) => [
      one.open, one.querySelector('.govuk-details__text').checkVisibility(),
    ]);
    assert.deepEqual(await told(), [false, false]);
    await page.emulateMedia({ media: 'print' });
    assert.deepEqual(await told(), [false, true], 'by style');
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.deepEqual(await told(), [true, true], 'by script');
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.deepEqual(await told(), [false, true]);
    const columns = await page.evaluate(() => {
      const row = document.createElement('div');
      row.className = 'govuk-grid-row case-columns';
      row.innerHTML = `<div class="govuk-grid-column-two-thirds">一</div>
        <div class="govuk-grid-column-one-third">二</div>`;
      document.querySelector('main').append(row);
      return [...row.children].map((one) => one.offsetWidth);
    });
    assert.ok(columns[0] === columns[1] && columns[1] > 500, `${columns}`);
    await page.context().close();
  });

  test('an English page takes its signs from a Latin face', async () => {
    const page = await visit('/resident.html');
    const first = (lang) => page.evaluate((it) => {
      document.documentElement.lang = it;
      const letters = getComputedStyle(document.querySelector('main .govuk-button')).fontFamily;
      return letters.indexOf('Arial') >= 0 && letters.indexOf('Arial') < letters.indexOf('PingFang');
    }, lang);
    assert.deepEqual([await first('zh-CN'), await first('en')], [false, true]);
    await page.context().close();
  });

  test('is readable and can be sent without script', async () => {
    const page = await visit('/resident.html', { size: PHONE, script: false });
    const sent = site.posts.length;
    await page.locator('#words').fill('路灯不亮');
    await answered(page, () => page.locator('button', { hasText: '下一步' }).click());
    assert.equal(site.posts.length, sent + 1);
    assert.ok(site.posts[sent].body.includes(Buffer.from('路灯不亮')));
    await page.context().close();
  });
});

describe('the little script', () => {
  test('words that were typed stay until a page says that they were taken', async () => {
    const page = await visit('/resident.html');
    const words = page.locator('#words');
    const send = () => answered(page, () => page.locator('button', { hasText: '下一步' }).click());
    await words.fill('路灯不亮');
    // The form again: it was not taken, and still is not after a reload.
    await send();
    await page.waitForFunction(() => document.querySelector('#words').value === '路灯不亮');
    await page.reload();
    assert.equal(await words.inputValue(), '路灯不亮');
    // The browser's own page, for there is no network; Back from it.
    await page.context().setOffline(true);
    await page.locator('button', { hasText: '下一步' }).click();
    await page.waitForURL(/chrome-error|\/report/).catch(() => {});
    await page.context().setOffline(false);
    await page.goto('/resident.html');
    assert.equal(await words.inputValue(), '路灯不亮');
    // A part that htmx brings says nothing either.
    await page.evaluate(() => {
      sessionStorage.setItem('linli sent', JSON.stringify(Object.keys(sessionStorage)));
      const part = document.createElement('p');
      document.body.append(part);
      part.dispatchEvent(new CustomEvent('htmx:load', { bubbles: true }));
    });
    await page.reload();
    assert.equal(await words.inputValue(), '路灯不亮');
    site.after.post = '/taken.html';
    await send();
    await page.waitForURL(/taken/);
    site.after.post = '/resident.html';
    await page.goto('/resident.html');
    assert.equal(await words.inputValue(), '');
    await page.context().close();
  });

  test('Enter that chooses a word neither sends the form nor moves the desk', async () => {
    const page = await visit('/desk.html');
    const before = page.url();
    await page.locator('#q').focus();
    assert.match(await compose(page, 'ludeng', '路灯'), /ludeng/);
    assert.equal(page.url(), before);
    assert.equal(await page.locator('#q').inputValue(), '路灯');
    assert.equal(await page.locator('.is-here').count(), 0);
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=%E8%B7%AF%E7%81%AF/);
    await page.context().close();
  });

  test('the desk by keyboard alone', async () => {
    const page = await visit('/desk.html');
    // The first case is open beside the list: one goes on from there.
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    assert.equal(await page.locator('input[name=id][value="2"]').isChecked(), true);
    assert.equal(await page.locator('[data-bulk-count]').textContent(), '1');
    await page.keyboard.press('k');
    assert.equal(await page.locator('tr.is-here a').textContent(), '1121-0042');
    // Its case comes beside the list and takes the focus: only then is the rest asked.
    await page.waitForFunction(() => document.activeElement.id === 'case-title');
    assert.match(page.url(), /open=1/);
    await page.keyboard.press('?');
    assert.equal(await page.locator('[data-help]').isVisible(), true);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('[data-help]').isVisible(), false);
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
    await page.keyboard.type('jk');
    assert.equal(await page.locator('#q').inputValue(), 'jk');
    await page.keyboard.press('Tab');
    await page.locator('tr.is-here a').focus();
    const opened = page.waitForEvent('load');
    await page.keyboard.press('Enter');
    await opened;
    assert.match(page.url(), /open=1/);
    await page.context().close();
  });

  test('on a phone the doors stand in one line, pushed to where one is', async () => {
    const page = await openPage(browser, { base: site.url, size: { width: 260, height: 600 } });
    await page.route('**/desk.html', async (route) => {
      const told = await route.fetch();
      const html = (await told.text()).replace(' aria-current="page"', '')
        .replace('href="/log"', 'href="/log" aria-current="page"');
      await route.fulfill({ response: told, body: html });
    });
    await page.goto('/desk.html');
    const { line, mine, end } = await page.evaluate(() => ({
      line: document.querySelector('.doors__list').offsetHeight,
      mine: document.querySelector('.doors__list [aria-current]').getBoundingClientRect(),
      end: innerWidth,
    }));
    assert.ok(line < 60, `${line} px`);
    assert.ok(mine.left >= 0 && mine.right <= end, `${mine.left} to ${mine.right} of ${end}`);
    assert.equal(await tooWide(page), false);
    await page.context().close();
  });

  test('shortcuts can be switched off for good', async () => {
    const page = await visit('/desk.html');
    await page.keyboard.press('?');
    await page.locator('label[for=keys-off]').click();
    await page.reload();
    await page.keyboard.press('j');
    assert.equal(await page.locator('.is-here').count(), 0);
    await page.context().close();
  });

  test('a bulk move asks with the number of cases and can be called off', async () => {
    const page = await visit('/desk.html');
    const sent = site.posts.length;
    await page.locator('.tick').first().click();
    assert.equal(await page.locator('[data-bulk-count]').textContent(), '4');
    let asked = '';
    page.once('dialog', (dialog) => {
      asked = dialog.message();
      dialog.dismiss();
    });
    await page.locator('[data-bulk-bar] button').click();
    assert.equal(asked, '把选中的 4 件派出去？');
    assert.equal(site.posts.length, sent);
    await page.context().close();
  });

  test('a change elsewhere refreshes the list, and only offers it while rows are ticked', async () => {
    const page = await visit('/desk.html');
    while (!site.watching()) await page.waitForTimeout(50);
    await page.evaluate(() => { document.querySelector('#cases tbody').dataset.old = '1'; });
    await page.locator('input[name=id]').first().check();
    site.change();
    await page.locator('.fresh button').waitFor();
    assert.equal(await page.locator('tbody[data-old]').count(), 1);
    await page.locator('.fresh button').click();
    await page.waitForFunction(() => !document.querySelector('tbody[data-old]'));
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('a large photo is shrunk and loses what the camera wrote into it', async () => {
    const page = await visit('/resident.html', { size: PHONE });
    const large = await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      canvas.width = 3000;
      canvas.height = 2000;
      canvas.getContext('2d').fillRect(10, 10, 500, 500);
      const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg'); });
      return Array.from(new Uint8Array(await blob.arrayBuffer()));
    });
    const exif = Buffer.from('ffe1001045786966000047505320484552', 'hex');
    exif.writeUInt16BE(exif.length - 2, 2);
    const whole = Buffer.from(large);
    const buffer = Buffer.concat([whole.subarray(0, 2), exif, whole.subarray(2)]);
    const file = { name: 'IMG 1.jpg', mimeType: 'image/jpeg', buffer };
    await page.locator('#photos').setInputFiles(file);
    await page.locator('#photos-busy', { hasText: '已选 1 张' }).waitFor();
    const after = await page.evaluate(async () => {
      const [file] = document.getElementById('photos').files;
      const image = await createImageBitmap(file);
      return { name: file.name, width: image.width, height: image.height, text: await file.text() };
    });
    assert.deepEqual([after.name, after.width, after.height], ['IMG 1.jpg', 1600, 1067]);
    assert.equal(after.text.includes('GPS HER'), false);
    assert.equal(await page.locator('#photos-list img').count(), 1);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('photos taken one after another are all sent, up to the most, less those deleted', async () => {
    const page = await visit('/resident.html', { size: PHONE });
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const shot = (name) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
    const names = () => page.evaluate(
      () => Array.from(document.getElementById('photos').files, (file) => file.name),
    );
    const busy = page.locator('#photos-busy');
    await page.locator('#photos').setInputFiles(shot('one'));
    await busy.filter({ hasText: '已选 1 张' }).waitFor();
    await page.locator('#photos').setInputFiles(shot('two'));
    await busy.filter({ hasText: '已选 2 张' }).waitFor();
    assert.deepEqual(await names(), ['one.jpg', 'two.jpg']);
    assert.equal(await page.locator('#photos-list img').count(), 2);
    await page.locator('#photos').setInputFiles([shot('three'), shot('four')]);
    await busy.filter({ hasText: '最多 3 张' }).waitFor();
    assert.deepEqual(await names(), ['one.jpg', 'two.jpg', 'three.jpg']);
    assert.deepEqual(await smallTargets(page, 44), []);
    assert.deepEqual(await axeFaults(page), []);
    await page.locator('#photos-list button', { hasText: '删除' }).nth(1).click();
    await busy.filter({ hasText: '已选 2 张' }).waitFor();
    assert.deepEqual(await names(), ['one.jpg', 'three.jpg']);
    const sent = site.posts.length;
    await answered(page, () => page.locator('button', { hasText: '下一步' }).click());
    const { body } = site.posts[sent];
    assert.deepEqual(['one', 'two', 'three'].map((name) => body.includes(`${name}.jpg`)), [true, false, true]);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('words outlive a reload, until somebody signs out', async () => {
    const page = await visit('/resident.html');
    const words = page.locator('#words');
    await words.fill('路灯不亮');
    await page.reload();
    assert.equal(await words.inputValue(), '路灯不亮');
    await words.fill('写给自己看的');
    await page.evaluate(() => sessionStorage.setItem('linli who', '周*'));
    await page.reload();
    assert.equal(await words.inputValue(), '', 'nobody is signed in any more');
    await page.context().close();
  });

  test('what is wrong has the focus; its link leads to the field', async () => {
    const page = await visit('/resident.html');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'govuk-error-summary');
    await page.locator('.govuk-error-summary a').first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'words');
    await page.context().close();
  });

  test('the large version is remembered in a cookie that the server can read', async () => {
    const page = await visit('/resident.html', { size: PHONE });
    await enlarge(page);
    const [cookie] = await page.context().cookies();
    assert.deepEqual([cookie.name, cookie.value], ['linli_mode', 'elder']);
    assert.equal(await page.locator('[data-mode-switch]').textContent(), '标准版');
    await page.context().close();
  });
});

describe('maps', () => {
  test('a place is picked by keyboard alone, and the map comes only when asked for', async () => {
    const page = await visit('/resident.html', { size: PHONE });
    const loaded = [];
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await page.waitForTimeout(300);
    assert.equal(loaded.includes('/static/map.js'), false);
    await page.locator('[data-map-open]').focus();
    await page.keyboard.press('Enter');
    await page.locator('.leaflet-tile-loaded').first().waitFor();
    await page.locator('#where .map').focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#lat').inputValue(), '31.238600');
    assert.equal(await page.locator('#lng').inputValue(), '121.500500');
    assert.match(await page.locator('output').textContent(), /已选好位置：31\.2386/);
    assert.match(await page.locator('.leaflet-control-attribution').textContent(), /© OpenStreetMap/);
    assert.deepEqual(await axeFaults(page), []);
    await page.locator('button', { hasText: '清除' }).click();
    assert.equal(await page.locator('#lat').inputValue(), '');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test('points and areas are shown; an area is drawn and written as GeoJSON', async () => {
    const page = await visit('/desk.html');
    await page.locator('.pin--red').waitFor();
    assert.equal(await page.locator('.pin').count(), 3);
    assert.equal(await page.locator('.area-name').textContent(), '南苑二格');
    await page.locator('[data-map=draw] .marker-icon').first().waitFor();
    await page.locator('button', { hasText: '清除' }).click();
    assert.equal(await page.locator('#shape').inputValue(), '');
    await page.locator('button', { hasText: '开始画' }).click();
    const box = await page.locator('[data-map=draw]').boundingBox();
    const at = (x, y) => page.mouse.click(box.x + x, box.y + y);
    await at(200, 100);
    await at(400, 100);
    await at(400, 250);
    await page.mouse.dblclick(box.x + 200, box.y + 250);
    await page.waitForFunction(() => document.getElementById('shape').value !== '');
    const shape = JSON.parse(await page.locator('#shape').inputValue());
    assert.equal(shape.type, 'Polygon');
    assert.ok(shape.coordinates[0].length >= 5);
    assert.deepEqual(shape.coordinates[0][0], shape.coordinates[0].at(-1));
    await page.locator('button', { hasText: '清除' }).click();
    await page.locator('button', { hasText: '画切割线' }).click();
    await at(220, 120);
    await at(380, 240);
    await page.locator('button', { hasText: '画好了' }).click();
    const line = JSON.parse(await page.locator('#shape').inputValue());
    assert.equal(line.type, 'LineString');
    assert.equal(line.coordinates.length, 2);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
});
