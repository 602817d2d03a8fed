import { unreachable } from '../../base/assert.ts';
import { sameConfiguration } from '../../raft/protocol/configuration.ts';
import type { Entry, Stamp } from '../../raft/protocol/entries.ts';

export function sameEntry(a: Entry, b: Entry | undefined): boolean {
  if (b === undefined || a.term !== b.term) return false;
  switch (a.kind) {
    case 'noop':
    case 'session':
      return b.kind === a.kind;
    case 'configuration':
      return b.kind === a.kind && sameConfiguration(a.configuration, b.configuration);
    case 'message':
      return b.kind === a.kind && sameBytes(a.payload, b.payload) && sameStamp(a.stamp, b.stamp);
    default:
      return unreachable(a);
  }
}

export function sameStamp(a: Stamp | null, b: Stamp | null): boolean {
  if (a === null || b === null) return a === b;
  return a.session === b.session && a.sequence === b.sequence;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
