/** Deeper than any history, and far from where writing a value again would exhaust the stack. */
export const deepestNesting = 1000;

/** The text is JSON, but nested more deeply than any value of a history is. */
export class TooDeep extends Error {
  override readonly name = 'TooDeep';
  /** From 1. */
  readonly column: number;

  constructor(column: number) {
    super(`nested more than ${deepestNesting} deep`);
    this.column = column;
  }
}

/**
 * JSON as a value, where an integer beyond 2^53 is a bigint, so that no two of them become one. Throws a SyntaxError, or
 * TooDeep.
 */
export function parseJson(text: string): unknown {
  if (text.length > deepestNesting) checkDepth(text);
  const value: unknown = JSON.parse(text);
  if (!hasManyDigits(text)) return value;
  const longs = markLongs(text);
  return longs === null ? value : JSON.parse(longs.text, (_, part) => unmarked(part, longs.mark));
}

/** The fewest digits that a long beyond 2^53 has. */
const manyDigits = 16;

/** Whether so many digits stand in a row: of these, one is at a place that is looked at. Few lines have as many. */
function hasManyDigits(text: string): boolean {
  for (let at = manyDigits - 1; at < text.length; at += manyDigits) {
    if (!isDigit(text, at)) continue;
    let [first, end] = [at, at + 1];
    while (isDigit(text, first - 1)) first--;
    while (isDigit(text, end)) end++;
    if (end - first >= manyDigits) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** For JSON.stringify, which knows no bigints. */
export function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}

function checkDepth(text: string): void {
  if (!hasMoreThan(text, deepestNesting)) return;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '[' || character === '{') {
      depth++;
      if (depth > deepestNesting) throw new TooDeep(at + 1);
    } else if (character === ']' || character === '}') depth--;
  }
}

/** Whether so many brackets are opened at all: what is not, need not be read character by character. */
function hasMoreThan(text: string, count: number): boolean {
  let found = 0;
  for (const bracket of '[{') {
    for (let at = text.indexOf(bracket); at >= 0 && found <= count; at = text.indexOf(bracket, at + 1)) found++;
  }
  return found > count;
}

/** Of the string that begins here: where it ends. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at++;
  }
  return text.length;
}

/** The text, which is JSON, with each long integer as a string that begins with a mark which no other has; null where there are none. */
function markLongs(text: string): { readonly text: string; readonly mark: string } | null {
  let mark = '#';
  while (text.includes(`"${mark}`)) mark += '#';
  let found = false;
  const marked = text.replace(stringsAndLongs, (token, digits: string | undefined) => {
    if (digits === undefined || Number.isSafeInteger(Number(digits))) return token;
    found = true;
    return `"${mark}${digits}"`;
  });
  return found ? { text: marked, mark } : null;
}

/** Strings, so that what is in them is passed over, and integers of sixteen digits or more. */
const stringsAndLongs = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])(-?\d{16,})(?![\d.eE])/g;

function unmarked(value: unknown, mark: string): unknown {
  if (typeof value !== 'string' || !value.startsWith(mark)) return value;
  const digits = value.slice(mark.length);
  return BigInt(digits);
}

/** A value as JSON, with bigints as the integers that they are. */
export function formatJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    // What JSON.stringify throws where there is a bigint: most values have none, and need not be looked through.
    if (thrown instanceof TypeError) return exactJson(value);
    throw thrown;
  }
}

function exactJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${exactJson(field)}`).join(',')}}`;
}
