/** What is done to objects, and what was observed. Values are texts, see `textOf`. */
export type RegisterAction =
  | { readonly f: 'read'; readonly value: string }
  | { readonly f: 'write'; readonly value: string }
  | { readonly f: 'cas'; readonly from: string; readonly to: string }
  /** A cas that found another value than `from`. */
  | { readonly f: 'differs'; readonly from: string; readonly to: string };

/** Of something that holds values, which come out again one at a time. */
export type ContainerAction =
  | { readonly f: 'insert'; readonly value: string }
  | { readonly f: 'remove'; readonly value: string }
  /** A removal that found nothing. */
  | { readonly f: 'empty' }
  /** A removal of which nobody knows what it took, or whether it found anything. */
  | { readonly f: 'take' };

export type SetAction =
  /** `changed`: whether it found the element missing (or there, for a remove); null where that is not known. */
  | { readonly f: 'add' | 'remove'; readonly element: string; readonly changed: boolean | null }
  | { readonly f: 'contains'; readonly element: string; readonly found: boolean }
  /** `total`: how many elements it returned, of which some may not be told. */
  | { readonly f: 'read'; readonly elements: readonly string[]; readonly total: number };

export type LogAction =
  | { readonly f: 'append'; readonly value: string }
  /** `text`: see `textOfList`. `total`: how many values it returned, of which some may not be told. */
  | { readonly f: 'read'; readonly values: readonly string[]; readonly text: string; readonly total: number };

/** A read of a log of which only some values count. */
export function logReadOf(values: readonly string[], total: number): LogAction & { readonly f: 'read' } {
  return { f: 'read', values, text: textOfList(values), total };
}

/** A comma before each value: texts of values tell where they end. */
function textOfList(values: readonly string[]): string {
  return values.length === 0 ? '' : `,${values.join(',')}`;
}
