import type { Entry } from '../../raft/protocol/types.ts';

export function sameEntry(a: Entry, b: Entry | undefined): boolean {
  if (b === undefined || a.term !== b.term || a.kind !== b.kind || a.position !== b.position) return false;
  return a.kind === 'noop' || b.kind === 'noop' || sameBytes(a.payload, b.payload);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
