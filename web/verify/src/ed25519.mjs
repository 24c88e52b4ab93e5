// Checking Ed25519 signatures (RFC 8032 §5.1.7). Only checking: there is no secret here to leak.
import { sha512 } from './hash.mjs';

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (x) => { const r = x % P; return r < 0n ? r + P : r; };

function power(base, exponent) {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

function littleEndian(bytes) {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

// A point in extended coordinates [X, Y, Z, T], or null when the bytes are no point.
function point(bytes) {
  const number = littleEndian(bytes);
  const y = number & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const odd = number >> 255n;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(v * x * x) !== u) return null;
  if (x === 0n && odd === 1n) return null;
  if ((x & 1n) !== odd) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

const ZERO = [0n, 1n, 1n, 0n];

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * D * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function double([x1, y1, z1]) {
  const a = mod(x1 * x1);
  const b = mod(y1 * y1);
  const c = mod(2n * z1 * z1);
  const h = a + b;
  const e = h - mod((x1 + y1) ** 2n);
  const g = a - b;
  const f = c + g;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

const negative = ([x, y, z, t]) => [mod(-x), y, z, mod(-t)];

const same = ([x1, y1, z1], [x2, y2, z2]) =>
  mod(x1 * z2) === mod(x2 * z1) && mod(y1 * z2) === mod(y2 * z1);

// One of the eight points whose signatures would fit many messages.
const weak = (p) => same(double(double(double(p))), ZERO);

const baseBytes = new Uint8Array(32).fill(0x66);
baseBytes[0] = 0x58;
const BASE = point(baseBytes);

// m·p + n·q, both scalars walked together.
function combine(m, p, n, q) {
  const both = add(p, q);
  let sum = ZERO;
  for (let bit = 255n; bit >= 0n; bit -= 1n) {
    sum = double(sum);
    const [a, b] = [(m >> bit) & 1n, (n >> bit) & 1n];
    if (a && b) sum = add(sum, both);
    else if (a) sum = add(sum, p);
    else if (b) sum = add(sum, q);
  }
  return sum;
}

export function verifySignature(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const a = point(key);
  const r = point(signature.subarray(0, 32));
  const s = littleEndian(signature.subarray(32));
  if (!a || !r || s >= L || weak(a) || weak(r)) return false;
  const input = new Uint8Array(64 + message.length);
  input.set(signature.subarray(0, 32));
  input.set(key, 32);
  input.set(message, 64);
  const h = littleEndian(sha512(input)) % L;
  return same(combine(s, BASE, h, negative(a)), r);
}
