import { withoutBigints } from './json.ts';

/**
 * EDN as plain values. Keywords and symbols are strings without their colon, lists and sets are arrays, maps are objects
 * (by the text of their keys), and tags and metadata are passed over, so that a record is a map. An integer beyond 2^53 is
 * a bigint, so that no two of them become one; every other number is a JavaScript number.
 */
export type EdnValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly EdnValue[]
  | { readonly [key: string]: EdnValue };

/** Lines and columns count from 1. */
export interface EdnPlace {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text, and where. */
export class EdnError extends Error {
  override readonly name = 'EdnError';
  readonly place: EdnPlace;

  constructor(message: string, place: EdnPlace) {
    super(message);
    this.place = place;
  }
}

const characters: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
  formfeed: '\f',
  backspace: '\b',
};

/** The character that is named by what follows the backslash. */
export function characterOf(name: string): string {
  const code = /^u([0-9a-fA-F]{4})$/.exec(name)?.[1];
  return code === undefined ? (characters[name] ?? name) : String.fromCharCode(Number.parseInt(code, 16));
}

/** What follows the first #. */
export const symbolicNumbers: Readonly<Record<string, number>> = {
  '#Inf': Number.POSITIVE_INFINITY,
  '#-Inf': Number.NEGATIVE_INFINITY,
  '#NaN': Number.NaN,
};

const words: ReadonlyMap<string, EdnValue> = new Map<string, EdnValue>([
  ['nil', null],
  ['true', true],
  ['false', false],
]);

/** The value of a token that is neither a string nor a character. */
export function valueOfToken(token: string, place: EdnPlace): EdnValue {
  const code = token.charCodeAt(0);
  const isDigit = code >= zero && code <= nine;
  if (isDigit && token.length < 16 && isPlain(token)) return Number(token);
  if (isDigit || /^[+-]\d/.test(token)) return numberOf(token, place);
  const name = code === colon ? token.slice(token.startsWith('::') ? 2 : 1) : token;
  if (name === '') throw new EdnError(`expected a name after ${token}`, place);
  const word = code === colon ? undefined : words.get(token);
  return word === undefined ? ownName(name) : word;
}

const [zero, nine, colon] = [0x30, 0x39, 0x3a];

/** Whether the token is digits and nothing else. */
function isPlain(token: string): boolean {
  for (let at = 1; at < token.length; at++) {
    const code = token.charCodeAt(at);
    if (code < zero || code > nine) return false;
  }
  return true;
}

/** The same name each time, as few names come again and again. */
function ownName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const own = ownText(name);
  if (names.size < mostNames) names.set(own, own);
  return own;
}

const names = new Map<string, string>();
const mostNames = 10_000;

/** The same text, without the piece of the file that it was cut from being kept for its sake. */
export function ownText(text: string): string {
  // Engines copy what is short anyway.
  return text.length <= 12 ? text : decoder.decode(encoder.encode(text));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What a tag makes of a form. A record is its map; only a tuple of Jepsen's `independent` is a pair, however it is written. */
export function taggedValue(tag: string, form: EdnValue): EdnValue {
  if (!/(?:^|\.)(?:Tuple|MapEntry)$/.test(tag) || typeof form !== 'object' || form === null) return form;
  if (Array.isArray(form)) return form;
  const { key, k, value, val, v } = form as { readonly [key: string]: EdnValue };
  const [name, held] = [key ?? k, value ?? val ?? v];
  return name === undefined ? form : [name, held ?? null];
}

function numberOf(token: string, place: EdnPlace): EdnValue {
  if (/^[+-]?(\d+|0[xX][0-9a-fA-F]+)N?$/.test(token)) {
    const digits = token.replace(/N$/, '');
    const isShort = digits.length < 16 && !/x/i.test(digits);
    if (isShort) return Number(digits);
    const exact = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace('+', ''));
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(token)) return Number(token.replace('M', ''));
  if (/^[+-]?\d+\/\d+$/.test(token)) return token;
  throw new EdnError(`not a number: ${token.slice(0, 40)}`, place);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** A string's text, by what stands between its quotes. */
export function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw.length <= 12 ? ownName(raw) : ownText(raw);
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A map by its forms, keys and values in turn. */
export function mapOf(items: readonly EdnValue[], place: EdnPlace): EdnValue {
  if (items.length % 2 === 1) throw new EdnError('a map needs a value for each key, and the last has none', place);
  const map: Record<string, EdnValue> = {};
  for (let at = 0; at < items.length; at += 2) {
    const key = keyText(items[at] ?? null);
    if (map[key] !== undefined && Object.hasOwn(map, key))
      throw new EdnError(`the key ${key.slice(0, 40)} stands twice in a map`, place);
    // Assigning to this name would set what objects inherit from.
    if (key === '__proto__') Object.defineProperty(map, key, { ...ownProperty, value: items[at + 1] ?? null });
    else map[key] = items[at + 1] ?? null;
  }
  return map;
}

const ownProperty = { enumerable: true, writable: true, configurable: true };

function keyText(key: EdnValue): string {
  if (typeof key === 'string') return key;
  return typeof key === 'object' && key !== null ? JSON.stringify(key, withoutBigints) : String(key);
}
