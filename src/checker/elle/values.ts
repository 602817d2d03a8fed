import { shortened, textOf } from '../linearizability/values.ts';

/** A key or an element as a map can hold it: what is none of these is told apart by its text. */
export type Value = string | number | bigint | boolean;

/** Marks a text that stands for a value of another kind, so that it equals no string of the history. */
const mark = '\0';

export function toValue(raw: unknown): Value {
  switch (typeof raw) {
    case 'number':
    case 'string':
    case 'bigint':
    case 'boolean':
      return raw;
    default:
      return mark + textOf(raw);
  }
}

/** For sentences: a name as it stands, anything else as JSON has it. */
export function shown(value: Value): string {
  if (typeof value !== 'string') return textOf(value);
  if (value.startsWith(mark)) return shortened(value.slice(mark.length));
  return /^[\w.-]+$/.test(value) && !/^\d/.test(value) ? value : shortened(JSON.stringify(value));
}

/** The most elements of a list that a sentence names. */
const mostElements = 8;

/** `[1 2 3]`; of a long list its end, where what matters stands. */
export function shownList(elements: readonly Value[]): string {
  const last = elements.slice(-mostElements).map(shown).join(' ');
  return elements.length > mostElements ? `[... ${last}]` : `[${last}]`;
}
