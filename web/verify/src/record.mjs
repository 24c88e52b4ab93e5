// Leaf, tree, note and seal of the public record, read from their description alone.
import { sha256 } from './hash.mjs';
import { verifySignature } from './ed25519.mjs';

const encoder = new TextEncoder();
export const utf8 = (text) => encoder.encode(text);

export function joined(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

// Strict base64: padding and spare bits must be as an encoder leaves them.
export function fromBase64(text) {
  if (typeof text !== 'string') throw new Error('base64');
  const out = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  if (toBase64(out) !== text) throw new Error('base64');
  return out;
}

export const toBase64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));

export function fromBase64Url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error('base64url');
  const plain = text.replace(/-/g, '+').replace(/_/g, '/');
  return fromBase64(plain + '='.repeat((4 - (plain.length % 4)) % 4));
}

const shiftedIn = (sum, byte) => (sum << 8n) | BigInt(byte);

// The 26 letters of an id, five bits each.
function letters(bits) {
  const places = Array.from({ length: 26 }, (_, place) => BigInt(5 * (25 - place)));
  const letter = (place) => '0123456789abcdefghjkmnpqrstvwxyz'[Number((bits >> place) & 31n)];
  return places.map(letter).join('');
}

// Reads big-endian numbers and texts with their length in two bytes in front.
export function reader(bytes) {
  let at = 0;
  const take = (count) => {
    if (at + count > bytes.length) throw new Error(`ends at byte ${at}`);
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count) => take(count).reduce((sum, byte) => sum * 256 + byte, 0);
  const text = (count) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    .decode(take(count));
  return {
    take,
    number,
    // A text of a leaf; ids that were read before may stand as a mark.
    word: (...known) => {
      const first = number(1);
      if (first === 0xff) return text(number(2));
      if (first < 0x80) return text(first);
      if (first < 0x84) return letters(take(16).reduce(shiftedIn, BigInt(first & 3)));
      if (first - 0x84 >= known.length) throw new Error(`no text ${first}`);
      return known[first - 0x84];
    },
    instant: () => BigInt.asIntN(64, take(8).reduce(shiftedIn, 0n)),
    text: () => text(number(2)),
    end: () => { if (at !== bytes.length) throw new Error(`too long after byte ${at}`); },
  };
}

export function decodeLeaf(bytes) {
  const from = reader(bytes);
  const version = from.number(1);
  if (version !== 1) throw new Error(`version ${version}`);
  const [actId, act, at, subjectKind] = [from.word(), from.word(), from.instant(), from.word()];
  const subjectId = from.word(actId);
  const leaf = { actId, act, at, subjectKind, subjectId, actor: from.take(32), rows: [] };
  for (let left = from.number(2); left > 0; left -= 1) {
    const [table, id] = [from.word(), from.word(actId, subjectId)];
    leaf.rows.push({ table, id, commitment: from.take(32) });
  }
  from.end();
  return leaf;
}

export const leafHash = (bytes) => sha256(joined([[0], bytes]));
const nodeHash = (left, right) => sha256(joined([[1], left, right]));

// Root of the tree of `size` leaves as the proof has it, going down from the top.
export function rootFrom(hash, index, size, proof) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new Error('range');
  if (size === 1) {
    if (proof.length) throw new Error('length');
    return hash;
  }
  if (!proof.length) throw new Error('length');
  let half = 1;
  while (half * 2 < size) half *= 2;
  const [below, other] = [proof.slice(0, -1), proof[proof.length - 1]];
  return index < half
    ? nodeHash(rootFrom(hash, index, half, below), other)
    : nodeHash(other, rootFrom(hash, index - half, size - half, below));
}

const NAME = /^[^\s+\p{Cc}]+$/u;

// First four bytes of the hash over name, newline, signature type and key.
export function keyId(name, key) {
  return sha256(joined([utf8(name), [10, 1], key])).subarray(0, 4);
}

// A log's key as it is published: name+id+key.
export function parseKey(text) {
  const [name, id, ...rest] = text.trim().split('+');
  const typed = fromBase64(rest.join('+'));
  const key = typed.subarray(1);
  const hex = Array.from(keyId(name, key), (b) => b.toString(16).padStart(2, '0')).join('');
  if (!NAME.test(name) || typed[0] !== 1 || key.length !== 32 || hex !== id) {
    throw new Error('key');
  }
  return { name, key };
}

export function printKey(name, key) {
  const hex = Array.from(keyId(name, key), (b) => b.toString(16).padStart(2, '0')).join('');
  return `${name}+${hex}+${toBase64(joined([[1], key]))}`;
}

// A signed checkpoint; throws unless the log has signed it.
export function openCheckpoint(note, name, key) {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n') || !NAME.test(name)) throw new Error('no signatures');
  const text = note.slice(0, split + 1);
  const id = keyId(name, key);
  const lines = note.slice(split + 2, -1).split('\n').map((line) => {
    const found = /^\u2014 (\S+) (\S+)$/u.exec(line);
    if (!found) throw new Error('signature line');
    return { name: found[1], bytes: fromBase64(found[2]) };
  });
  const own = lines.find((l) => l.name === name && equal(l.bytes.subarray(0, 4), id));
  const held = own && verifySignature(key, utf8(text), own.bytes.subarray(4));
  if (!held) throw new Error('signature');
  const [origin, size, root, ...more] = text.slice(0, -1).split('\n');
  if (origin !== name || !/^(0|[1-9]\d{0,14})$/.test(size)) throw new Error('body');
  const time = more.find((line) => /^time -?\d+$/.test(line));
  const hash = fromBase64(root);
  if (hash.length !== 32) throw new Error('root');
  return { size: Number(size), root: hash, time: time ? BigInt(time.slice(5)) : null };
}

function promiseText(p) {
  return `linli promise v1\n${p.origin}\n${p.actId}\n${toBase64(p.leaf)}\n${p.at}\n`;
}

export function promiseHolds(p) {
  if (!NAME.test(p.origin) || /\p{Cc}/u.test(p.actId)) return false;
  return verifySignature(p.key, utf8(promiseText(p)), p.signature);
}

// The promise of a QR code.
export function decodePromise(fragment) {
  const from = reader(fromBase64Url(fragment));
  const version = from.number(1);
  if (version !== 1) throw new Error(`version ${version}`);
  const promise = {
    origin: from.text(),
    actId: from.text(),
    leaf: from.take(32),
    at: from.instant(),
    key: from.take(32),
    signature: from.take(64),
  };
  from.end();
  return promise;
}

function long(number) {
  const out = new DataView(new ArrayBuffer(8));
  out.setBigInt64(0, number);
  return new Uint8Array(out.buffer);
}

function sized(bytes) {
  const out = new DataView(new ArrayBuffer(4));
  out.setUint32(0, bytes.length);
  return joined([new Uint8Array(out.buffer), bytes]);
}

function valueBytes(field) {
  if ('text' in field) return joined([[2], sized(utf8(field.text))]);
  if ('blob' in field) return joined([[3], sized(fromBase64(field.blob))]);
  if ('int' in field) return joined([[1], long(BigInt(field.int))]);
  if ('null' in field) return Uint8Array.of(0);
  throw new Error('field');
}

// The commitment of a row that is laid open.
export function rowCommitment({ table, id, salt, fields }) {
  const place = [sized(utf8(table)), sized(utf8(id))];
  const start = joined([utf8('linli field v1\n'), fromBase64(salt), ...place]);
  const digests = fields.map((field) => {
    const named = joined([start, sized(utf8(field.name)), valueBytes(field)]);
    return sha256(named).subarray(0, 16);
  });
  const count = sized(new Uint8Array(digests.length)).subarray(0, 4);
  return sha256(joined([utf8('linli row v1\n'), ...place, count, ...digests]));
}
