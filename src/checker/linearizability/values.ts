/**
 * A value as text, the same for equal values whatever the order of an object's keys, a Map's or a Set's; a long is its
 * digits, whether it was read as a number or, beyond 2^53, as a bigint.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (value instanceof Map) return `Map{${sortedTexts(value, ([key, held]) => `${textOf(key)}:${textOf(held)}`)}}`;
  if (value instanceof Set) return `Set{${sortedTexts(value, textOf)}}`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}[${new Uint8Array(value.buffer, value.byteOffset, value.byteLength)}]`;
  if (typeof value === 'object' && value !== null) {
    // As JSON has it: what is particular to a date is none of its fields.
    if ('toJSON' in value && typeof value.toJSON === 'function') return textOf(value.toJSON());
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${textOf(field)}`).join(',')}}`;
  }
  return value === undefined ? 'null' : String(value);
}

function sortedTexts<Item>(items: Iterable<Item>, text: (item: Item) => string): string {
  return Array.from(items, text).sort().join(',');
}

/** For sentences: cut in the middle where it is long. */
export function shortened(text: string, most = 60): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 3) / 2);
  return `${text.slice(0, half)}...${text.slice(text.length - half)}`;
}

/** Numbers by their size and before all else, the rest by its text. */
export function compareTexts(a: string, b: string): number {
  const [one, other] = [Number(a), Number(b)];
  if (Number.isNaN(one) || Number.isNaN(other)) {
    if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (one !== other) return one - other;
  // Longs beyond 2^53 are told apart by their digits.
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return Number(BigInt(a) - BigInt(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
