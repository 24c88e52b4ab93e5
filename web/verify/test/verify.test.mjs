// The page's own verifier against receipts that the Rust crate made, and against every lie.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import { buildVerify } from '../build.mjs';
import { ACTS } from '../src/acts.mjs';
import { sha256, sha512 } from '../src/hash.mjs';
import { verifySignature } from '../src/ed25519.mjs';
import { parseKey, printKey } from '../src/record.mjs';
import { Unreadable, verifyAnything, verifyReceipt } from '../src/receipt.mjs';

const path = '../../../crates/linli-record/tests/vectors/receipts.json';
const vectors = JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'));
const whole = vectors.cases.find((c) => c.name === 'leaf 700 of 1001').receipt;
const check = (receipt) => verifyAnything(JSON.stringify(receipt), vectors.key).findings;

test('hashes equal those of node for every length around a block', () => {
  for (let length = 0; length < 300; length += 1) {
    const bytes = randomBytes(length);
    const expect = (name) => createHash(name).update(bytes).digest('hex');
    assert.equal(Buffer.from(sha256(bytes)).toString('hex'), expect('sha256'));
    assert.equal(Buffer.from(sha512(bytes)).toString('hex'), expect('sha512'));
  }
});

test('signatures of node are good, and bad after one changed bit', () => {
  for (let round = 0; round < 12; round += 1) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const message = randomBytes(round * 17);
    const signature = sign(null, message, privateKey);
    assert.equal(verifySignature(key, message, signature), true);
    const bad = Buffer.from(signature);
    bad[(round * 11) % 64] ^= 1 << (round % 8);
    assert.equal(verifySignature(key, message, bad), false);
    assert.equal(verifySignature(key, Buffer.concat([message, Buffer.of(0)]), signature), false);
  }
});

test('the first signature of RFC 8032 is good; its malleable twin and weak keys are not', () => {
  const key = Buffer.from(
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
  const signature = Buffer.from(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4'
    + '6bd25bf5f0595bbe24655141438e7a100b', 'hex');
  const nothing = Buffer.alloc(0);
  assert.equal(verifySignature(key, nothing, signature), true);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = order;
  for (let i = 63; i >= 32; i -= 1) s += BigInt(signature[i]) << BigInt(8 * (i - 32));
  const twin = Buffer.from(signature);
  for (let i = 32; i < 64; i += 1) twin[i] = Number((s >> BigInt(8 * (i - 32))) & 255n);
  assert.equal(verifySignature(key, nothing, twin), false);
  const weak = Buffer.alloc(32);
  weak[0] = 1;
  const zero = Buffer.concat([weak, Buffer.alloc(32)]);
  assert.equal(verifySignature(weak, nothing, zero), false);
  assert.equal(verifySignature(Buffer.alloc(32, 0xff), nothing, signature), false);
});

for (const { name, receipt, findings } of vectors.cases) {
  test(`says the same as the server's code of: ${name}`, () => {
    assert.deepEqual(check(receipt), findings);
  });
}

test('a QR fragment, bare or in a link, holds', () => {
  for (const text of [vectors.fragment, `https://linli.example/verify#${vectors.fragment}`]) {
    const result = verifyAnything(text, vectors.key);
    assert.deepEqual(result.findings, []);
    assert.equal(result.actId, '01JACT0000000000000000');
  }
  const at = vectors.fragment.length - 9;
  const other = vectors.fragment[at] === 'A' ? 'B' : 'A';
  const forged = vectors.fragment.slice(0, at) + other + vectors.fragment.slice(at + 1);
  assert.deepEqual(verifyAnything(forged).findings, ['promise_forged']);
});

// Every string and number of a receipt, with a way to put another in its place.
function* places(value, path = []) {
  for (const [name, inner] of Object.entries(value)) {
    if (inner && typeof inner === 'object') yield* places(inner, [...path, name]);
    else yield [...path, name];
  }
}

function changed(receipt, path) {
  const copy = structuredClone(receipt);
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce((at, name) => at[name], copy);
  const value = holder[last];
  if (typeof value === 'number') holder[last] = value + 1;
  else if (value === null) { delete holder[last]; holder.int = '0'; }
  else {
    const middle = Math.floor(value.length / 2);
    const other = value[middle] === '7' ? '8' : '7';
    holder[last] = value.slice(0, middle) + other + value.slice(middle + 1);
  }
  return copy;
}

test('no single value can be changed unseen', () => {
  let tried = 0;
  for (const path of places(whole)) {
    tried += 1;
    let found;
    try {
      found = check(changed(whole, path));
    } catch (error) {
      assert.ok(error instanceof Unreadable, `${path}: ${error}`);
      found = [error.message];
    }
    assert.notDeepEqual(found, [], path.join('.'));
  }
  assert.ok(tried > 25, `${tried} places`);
});

test('nonsense is refused in words, not by falling over', () => {
  const refused = (text) => assert.throws(() => verifyAnything(text), Unreadable, text);
  ['{', '{}', '??', '#', 'AQ', '随便写的'].forEach(refused);
  ['{"linli_receipt":2}', '{"linli_receipt":1}'].forEach(refused);
  assert.throws(() => verifyAnything('%PDF-1.7', 'not a key'), { message: 'pdf' });
  refused(JSON.stringify({ ...whole, rows: [null] }));
  refused(JSON.stringify({ ...whole, inclusion: 5 }));
  refused(JSON.stringify({ ...whole, key: 'AAAA' }));
  assert.throws(() => verifyAnything('{}', 'not a key'), Unreadable);
  const deep = { ...whole, rows: [{ ...whole.rows[0], fields: [{ name: 'x' }] }] };
  assert.deepEqual(check(deep), ['row_differs']);
});

test('published keys come and go in one form', () => {
  const { name, key } = parseKey(vectors.key);
  assert.equal(printKey(name, key), vectors.key);
});

test('a receipt is verified within 50 ms', () => {
  const text = JSON.stringify(whole);
  const known = parseKey(vectors.key);
  const times = Array.from({ length: 15 }, () => {
    const start = performance.now();
    verifyReceipt(text, known);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  assert.ok(times[7] <= 50, `${times[7]} ms`);
});

test('acts are called what the procedure calls them', async () => {
  const file = '../../../crates/linli/src/affairs/appeal/process.toml';
  const text = await readFile(new URL(file, import.meta.url), 'utf8');
  const named = /^act = "(\w+)"\ntitle = \{ zh = "([^"]*)", en = "([^"]*)" \}$/gm;
  const moves = new Map([...text.matchAll(named)].map(([, act, zh, en]) => [act, [zh, en]]));
  assert.ok(moves.size > 30, `${moves.size} acts`);
  // Of several moves of one act the last is the ordinary one.
  for (const [act, names] of moves) assert.deepEqual(ACTS[`case.${act}`], names, act);
});

// As much of a browser as the page asks for.
function browser(protocol = 'https:') {
  const element = () => ({
    value: '', className: '', children: [], listeners: {},
    append(...more) { this.children.push(...more); },
    addEventListener(name, f) { this.listeners[name] = f; },
    set textContent(text) { this.children = text === '' ? [] : [text]; },
    get textContent() { return this.children.map((c) => c.textContent ?? String(c)).join(' '); },
  });
  const byId = {};
  const document = {
    createElement: element,
    getElementById: (id) => { byId[id] ??= element(); return byId[id]; },
  };
  const location = { hash: '', protocol };
  const context = {
    document, location, TextEncoder, TextDecoder, atob, btoa, addEventListener() {},
  };
  return { byId, context };
}

test('the built page is one file without addresses, and speaks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'linli-verify-'));
  try {
    const { file, csp } = await buildVerify(folder, { key: vectors.key });
    const html = await readFile(file, 'utf8');
    assert.doesNotMatch(html, /https?:|src=|href=|\{\{|^import |^export |@import|url\(/m);
    assert.ok(html.includes(csp) && csp.startsWith("default-src 'none'"));
    const code = /<script>([\s\S]*)<\/script>/.exec(html)[1];
    const digest = createHash('sha256').update(code).digest('base64');
    assert.ok(csp.includes(`'sha256-${digest}'`));
    const { byId, context } = browser();
    context.location.hash = `#${vectors.fragment}`;
    vm.runInNewContext(code, context);
    assert.match(byId.result.textContent, /只差核对公钥/);
    assert.equal(byId.home.children[0].href, '/', 'the way back to the district');
    const kept = browser('file:');
    vm.runInNewContext(code, kept.context);
    assert.equal(kept.byId.home, undefined, 'a kept copy has no home to go to');
    byId.receipt.value = JSON.stringify(whole);
    byId.key.value = vectors.key;
    byId.receipt.listeners.input();
    assert.match(byId.result.textContent, /回执有效[\s\S]*一字不差[\s\S]*701 \/ 1001[\s\S]*三号楼前路灯不亮/);
    assert.match(byId.result.textContent, /回执编号[\s\S]*办的事[\s\S]*办理时间[\s\S]*存证名称/);
    assert.match(byId.result.textContent, /标题[\s\S]*其余记录的内容[\s\S]*balance/, 'what people look for comes first');
    byId.receipt.value = JSON.stringify(whole).replace('路灯不亮', '路灯很亮');
    byId.receipt.listeners.input();
    assert.match(byId.result.textContent, /回执有问题[\s\S]*有人改过/);
    byId.receipt.value = '乱写';
    byId.receipt.listeners.input();
    assert.match(byId.result.textContent, /已损坏/);
    await byId.file.listeners.change({ target: { files: [new Blob(['%PDF-1.7 …'])] } });
    assert.match(byId.result.textContent, /这是 PDF/);
    assert.equal(byId.receipt.value, '', 'what cannot be read does not fill the box');
    const receipt = new Blob([JSON.stringify(whole)]);
    await byId.file.listeners.change({ target: { files: [receipt] } });
    assert.match(byId.result.textContent, /回执有效/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
