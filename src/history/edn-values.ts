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
  if (token.startsWith(':')) return token.slice(token.startsWith('::') ? 2 : 1);
  if (/^[+-]?\d/.test(token)) return numberOf(token, place);
  const word = words.get(token);
  return word === undefined ? token : word;
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
  if (!raw.includes('\\')) return raw;
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A map by its forms, keys and values in turn. */
export function mapOf(items: readonly EdnValue[], place: EdnPlace): EdnValue {
  if (items.length % 2 === 1) throw new EdnError('a map needs a value for each key, and the last has none', place);
  const entries: [string, EdnValue][] = [];
  for (let at = 0; at < items.length; at += 2) entries.push([keyText(items[at] ?? null), items[at + 1] ?? null]);
  return Object.fromEntries(entries);
}

function keyText(key: EdnValue): string {
  if (typeof key === 'string') return key;
  return typeof key === 'object' && key !== null
    ? JSON.stringify(key, (_, part) => (typeof part === 'bigint' ? `${part}` : part))
    : String(key);
}
