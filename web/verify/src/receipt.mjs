// What is right and wrong about a receipt. The codes are those of the published list of findings.
import {
  decodeLeaf, decodePromise, equal, fromBase64, leafHash, openCheckpoint, parseKey, promiseHolds,
  rootFrom, rowCommitment,
} from './record.mjs';

export class Unreadable extends Error {}

const attempt = (work) => {
  try {
    return work();
  } catch {
    return null;
  }
};

const isText = (value) => typeof value === 'string';

function shape(json) {
  const receipt = attempt(() => JSON.parse(json));
  if (!receipt || typeof receipt !== 'object' || Array.isArray(receipt)) {
    throw new Unreadable('not_json');
  }
  if (receipt.linli_receipt !== 1) throw new Unreadable('version');
  const { origin, act_id: actId, promise = null, inclusion = null, rows = [] } = receipt;
  const bytes = attempt(() => ({ key: fromBase64(receipt.key), leaf: fromBase64(receipt.leaf) }));
  const good = bytes && bytes.key.length === 32 && isText(origin) && isText(actId)
    && Array.isArray(rows)
    && rows.every((r) => r && isText(r.table) && isText(r.id) && Array.isArray(r.fields))
    && (!promise || (isText(promise.at) && isText(promise.signature)))
    && (!inclusion || (Array.isArray(inclusion.proof) && isText(inclusion.checkpoint)));
  if (!good) throw new Unreadable('malformed');
  return { ...bytes, origin, actId, promise, inclusion, rows };
}

function checkInclusion(receipt, result) {
  const { inclusion, origin, key, leaf } = receipt;
  const checkpoint = attempt(() => openCheckpoint(inclusion.checkpoint, origin, key));
  if (!checkpoint) return 'checkpoint_forged';
  const root = attempt(() => rootFrom(
    leafHash(leaf), inclusion.index, checkpoint.size, inclusion.proof.map(fromBase64),
  ));
  if (!root || !equal(root, checkpoint.root)) return 'not_in_tree';
  result.checkpoint = checkpoint;
  return null;
}

function checkRow(row, leaf) {
  const marks = leaf.rows.filter((mark) => mark.table === row.table && mark.id === row.id);
  if (!marks.length) return 'row_not_recorded';
  const commitment = attempt(() => rowCommitment(row));
  const fits = commitment && marks.some((mark) => equal(mark.commitment, commitment));
  return fits ? null : 'row_differs';
}

const isOther = (known, origin, key) => known && (known.name !== origin || !equal(known.key, key));

// A whole receipt, as JSON text. `known` is the district's key from elsewhere, or null.
export function verifyReceipt(json, known = null) {
  const receipt = shape(json);
  const { key, origin, actId, promise } = receipt;
  const result = { ...receipt, findings: [], checkpoint: null, act: null };
  const say = (code) => { if (code) result.findings.push(code); };
  if (isOther(known, origin, key)) say('key_unknown');
  if (promise) {
    const held = attempt(() => promiseHolds({
      origin,
      actId,
      key,
      leaf: leafHash(receipt.leaf),
      at: promise.at,
      signature: fromBase64(promise.signature),
    }));
    if (!held) say('promise_forged');
  }
  if (receipt.inclusion) say(checkInclusion(receipt, result));
  else if (!promise) say('no_proof');
  const leaf = attempt(() => decodeLeaf(receipt.leaf));
  if (leaf) {
    result.act = leaf;
    if (leaf.actId !== actId) say('wrong_act');
    receipt.rows.forEach((row) => say(checkRow(row, leaf)));
  } else {
    say('leaf_unreadable');
  }
  return result;
}

// The promise alone, from a QR code.
export function verifyFragment(fragment, known = null) {
  const promise = attempt(() => decodePromise(fragment));
  if (!promise) throw new Unreadable('malformed');
  const { origin, actId, key, at } = promise;
  const findings = [];
  if (isOther(known, origin, key)) findings.push('key_unknown');
  if (!promiseHolds(promise)) findings.push('promise_forged');
  return { origin, actId, key, promise: { at }, inclusion: null, rows: [], findings, act: null };
}

// Whatever was pasted: a receipt, a link with a fragment, or the fragment.
export function verifyAnything(text, keyText = '') {
  const input = text.trim();
  if (input.startsWith('%PDF')) throw new Unreadable('pdf');
  const known = keyText.trim() ? attempt(() => parseKey(keyText)) : null;
  if (keyText.trim() && !known) throw new Unreadable('key');
  if (input.startsWith('{')) return { ...verifyReceipt(input, known), known };
  const fragment = input.slice(input.lastIndexOf('#') + 1);
  return { ...verifyFragment(fragment, known), known };
}
