import { assert } from '../base/assert.ts';
import { type Fingerprint, finish, mix } from './fingerprint.ts';

/**
 * The hash of plain data (plain-values.ts), by content: in every run and on every machine the same. The order of an object's
 * keys does not matter.
 */
export function hashPlain(value: unknown, into: Fingerprint): void {
  walk(value);
  into[0] = high;
  into[1] = low;
}

/** Whether two plain values are the same. */
export function equalPlain(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && equalItems(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalItems(a, b);
  if (Array.isArray(b) || b instanceof Uint8Array) return false;
  return equalFields(a as Fields, b as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

/** The two halves of what was hashed last: a pair that is returned would be an object for each part of each value. */
let high = 0;
let low = 0;

function walk(value: unknown): void {
  switch (typeof value) {
    case 'number':
      hashNumber(value);
      return;
    case 'string': {
      const hash = hashOfText(value);
      high = hash[0] as number;
      low = hash[1] as number;
      return;
    }
    case 'boolean':
      set(value ? 0x3c6ef372 : 0x1b873593);
      return;
    default:
      assert(typeof value === 'object', () => `a ${typeof value} is no plain data`);
      if (value === null) set(0x510e527f);
      else if (Array.isArray(value)) hashItems(value, 0x6a09e667);
      else if (value instanceof Uint8Array) hashItems(value, 0x2545f491);
      else hashFields(value as Fields);
  }
}

function hashNumber(value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) {
    set(value ^ 0x428a2f98);
    return;
  }
  float[0] = value;
  high = mix((floatWords[0] as number) ^ 0x71374491);
  low = mix((floatWords[1] as number) + high);
}

function hashItems(items: ArrayLike<unknown>, seed: number): void {
  let h = seed ^ items.length;
  let l = Math.imul(seed, 0x9e3779b1);
  for (let at = 0; at < items.length; at++) {
    walk(items[at]);
    h = Math.imul(h ^ high, 0x85ebca6b) + (h >>> 15);
    l = Math.imul(l ^ low, 0xc2b2ae35) + (l >>> 13);
  }
  high = mix(h ^ Math.imul(l, 0x27d4eb2f));
  low = mix(l + high);
}

function hashFields(fields: Fields): void {
  let h = 0x5be0cd19;
  let l = 0x1f83d9ab;
  for (const key in fields) {
    const part = fields[key];
    if (part === undefined) continue;
    const name = hashOfText(key);
    walk(part);
    // A sum does not depend on the order of the keys.
    h = (h + mix(Math.imul(high, 0x9e3779b1) ^ (name[0] as number))) | 0;
    l = (l + mix(Math.imul(low, 0x85ebca6b) ^ (name[1] as number))) | 0;
  }
  high = mix(h ^ Math.imul(l, 0x27d4eb2f));
  low = mix(l + high);
}

function set(word: number): void {
  high = mix(word);
  low = mix(high + 0x632be5ab);
}

/** Texts are names, of keys and of things: few, and met again and again. */
function hashOfText(text: string): Fingerprint {
  const known = texts.get(text);
  if (known !== undefined) return known;
  let h = 0xbb67ae85 ^ text.length;
  let l = 0x3c6ef372;
  for (let at = 0; at < text.length; at++) {
    h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
    l = Math.imul((l << 5) ^ (l >>> 27) ^ text.charCodeAt(at), 0x9e3779b1);
  }
  const hash = Int32Array.of(0, 0);
  finish(h, l, hash);
  if (texts.size >= mostTexts) texts.clear();
  texts.set(text, hash);
  return hash;
}

const texts = new Map<string, Fingerprint>();
const mostTexts = 10_000;
const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);

function equalItems(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!equalPlain(a[at], b[at])) return false;
  return true;
}

function equalFields(a: Fields, b: Fields): boolean {
  let more = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!equalPlain(a[key], b[key])) return false;
    more++;
  }
  for (const key in b) if (b[key] !== undefined) more--;
  return more === 0;
}
